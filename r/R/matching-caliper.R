#' The calipers of a study, one by one
#'
#' @param section Section `matching` of a study.
#' @return A list of mappings `value`, `unit`, `on`.
#' @noRd
calipers <- function(section) {
  given <- section[["caliper"]]
  if (is.null(given)) {
    return(list())
  }
  if (is.null(names(given))) given else list(given)
}

#' Arguments on how far apart the units of a pair may be
#'
#' @inheritParams matching_arguments
#' @return A named list, empty for no caliper.
#' @noRd
caliper_arguments <- function(section) {
  given <- calipers(section)
  if (!length(given)) {
    return(list())
  }
  on <- vapply(given, function(caliper) !is.null(caliper[["on"]]), logical(1))
  named <- character(length(given))
  named[on] <- paste0("on", seq_len(sum(on)))
  values <- vapply(given, function(caliper) as.double(caliper[["value"]]), double(1))
  list(
    caliper = stats::setNames(values, named),
    std.caliper = vapply(given, function(caliper) identical(caliper[["unit"]], "sd"), logical(1))
  )
}

#' The caliper on the distance in units of the score
#'
#' As MatchIt has it, a standard deviation is that of all units.
#'
#' @param section Section `matching` of a study.
#' @param scores Scores to match on.
#' @return A number, or `NULL` for no caliper.
#' @noRd
caliper_width <- function(section, scores) {
  for (caliper in calipers(section)) {
    if (is.null(caliper[["on"]])) {
      return(width_of(caliper, scores))
    }
  }
  NULL
}

#' A caliper in units of what it is on
#'
#' @param caliper A mapping `value`, `unit`.
#' @param values Scores or a column.
#' @return A number.
#' @noRd
width_of <- function(caliper, values) {
  caliper[["value"]] * (if (identical(caliper[["unit"]], "sd")) stats::sd(values) else 1)
}

#' Tell which differences keep to a caliper
#'
#' @param apart Differences, not negative.
#' @param width Largest one allowed; below 0 they must be larger than that. `NULL` for any.
#' @return Logical vector.
#' @noRd
keeps_to <- function(apart, width) {
  if (is.null(width)) {
    return(rep_len(TRUE, length(apart)))
  }
  if (width < 0) apart > -width else apart <= width
}
