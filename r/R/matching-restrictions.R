#' The columns that restrict who can be paired
#'
#' MatchIt makes texts of values, which would put numbers together that differ in the sixteenth digit: it is
#' given whole numbers that stand for them, in their order: that of the strata, which an order drawn at random meets.
#'
#' @param section Section `matching` of a study.
#' @param frame A data frame as from `prepare_frame()`.
#' @param call Frame of the function to name in an error.
#' @return A list of columns: `on1`, ... for calipers; `exact1`, ..., `apart1`, ... and `unit1`.
#' @noRd
restricting_columns <- function(section, frame, call = rlang::caller_env()) {
  on <- unlist(lapply(calipers(section), `[[`, "on"))
  coded <- list(exact = section[["exact"]], apart = section[["antiexact"]], unit = section[["unit_id"]])
  keys <- c(exact = "matching.exact", apart = "matching.antiexact", unit = "matching.unit_id")
  columns <- if (length(on)) number_columns(frame, on, "matching.caliper.on", call) else list()
  names(columns) <- paste0(rep_len("on", length(on)), seq_along(on))
  for (kind in names(coded)) {
    names <- as.character(unlist(coded[[kind]]))
    check_columns(frame, names, keys[[kind]], call)
    codes <- lapply(names, function(name) value_codes(frame[[name]]))
    columns[paste0(rep_len(kind, length(names)), seq_along(names))] <- codes
  }
  columns
}

#' Arguments on who can be paired
#'
#' @inheritParams matching_arguments
#' @return A named list.
#' @noRd
restriction_arguments <- function(section) {
  named <- function(kind, key) {
    count <- length(unlist(section[[key]]))
    if (count) paste0(kind, seq_len(count))
  }
  Filter(length, list(
    exact = named("exact", "exact"), antiexact = named("apart", "antiexact"), unit.id = named("unit", "unit_id")
  ))
}

#' Tell who can be paired with a unit
#'
#' @param section Section `matching` of a study.
#' @param scores Scores to match on.
#' @param columns A list as from `restricting_columns()`.
#' @param kept Logical vector: units that are not discarded.
#' @return A function of a row and of other rows: a logical vector, one value for each of those.
#' @noRd
may_pair <- function(section, scores, columns, kept = rep_len(TRUE, length(scores))) {
  width <- caliper_width(section, scores[kept])
  on <- Filter(function(caliper) !is.null(caliper[["on"]]), calipers(section))
  of <- function(kind) columns[startsWith(as.character(names(columns)), kind)]
  values <- of("on")
  widths <- Map(function(caliper, column) width_of(caliper, column[kept]), on, values)
  exact <- of("exact")
  apart <- of("apart")
  function(row, others) {
    may <- kept[row] & kept[others] & keeps_to(abs(scores[row] - scores[others]), width)
    for (i in seq_along(values)) may <- may & keeps_to(abs(values[[i]][row] - values[[i]][others]), widths[[i]])
    for (codes in exact) may <- may & codes[row] == codes[others]
    for (codes in apart) may <- may & codes[row] != codes[others]
    may
  }
}
