#' Stage matching: propensity scores, nearest neighbours, balance
#'
#' Scores by [stats::glm()], rounded to `digits`, or as handed in; pairs by [MatchIt::matchit()] with
#' `method = "nearest"` on the numeric scores and `std.caliper = FALSE`; balance by its `summary()`.
#'
#' @inheritParams run_stage
#'
#' @return A list of `rows` and `artefacts` as described at [run_stage()].
#' @noRd
stage_matching <- function(study, frame, artefacts, allow_known_defects = FALSE) {
  section <- study_section(study, "matching")
  check_matching(section)
  treated <- treatment_column(study, frame)
  check_supply(section[["ratio"]], treated)
  check_columns(frame, section[["covariates"]], "matching.covariates")
  model <- fit_propensity(treated, frame, section[["covariates"]], study)
  scores <- matching_scores(model$fitted, section, artefacts, nrow(frame))
  check_reach(scores, treated, section[["caliper"]])
  covariates <- balance_columns(frame, section[["covariates"]], treated)
  matched <- with_notes(match_nearest(treated, scores, covariates$data, section))
  taken <- match_artefacts(matched$value, scores)
  broken <- broken_rules(taken$match_matrix, taken$weights, scores, treated, section)
  if (!allow_known_defects) {
    refuse_broken(broken)
  }
  note <- paste(c(matched$note[nzchar(matched$note)], broken), collapse = "; ")
  rows <- bind_rows(
    make_rows("score_coefficient", model$coefficients, model$terms, note = model$note),
    count_rows(taken$match_matrix, scores, treated, note),
    balance_rows(matched$value, covariates)
  )
  list(rows = rows, artefacts = taken)
}

#' Refuse options of the section `matching` that are not available
#'
#' @param section Section `matching` of a study.
#' @param call Frame of the function to name in an error.
#' @return Nothing.
#' @noRd
check_matching <- function(section, call = rlang::caller_env()) {
  distance <- section[["distance"]]
  caliper <- section[["caliper"]]
  check_choice(section[["method"]], "nearest", "matching.method", call)
  check_choice(distance[["method"]], "glm", "matching.distance.method", call)
  check_choice(distance[["link"]], "logit", "matching.distance.link", call)
  check_choice(section[["order"]], c("largest", "smallest", "data"), "matching.order", call)
  check_choice(section[["estimand"]], "ATT", "matching.estimand", call)
  check_number(section[["ratio"]], "matching.ratio", above = 0, whole = TRUE, call = call)
  check_flag(section[["replace"]], "matching.replace", call)
  if (!is.null(distance[["digits"]])) {
    check_number(distance[["digits"]], "matching.distance.digits", above = 0, below = 16, whole = TRUE, call = call)
  }
  if (!is.null(caliper)) {
    check_number(caliper[["value"]], "matching.caliper.value", above = 0, call = call)
    check_choice(caliper[["unit"]], "raw", "matching.caliper.unit", call)
  }
  if (length(section[["exact"]])) {
    refuse("input", "{.field matching.exact}: exact matching is not available; leave the list empty.", call = call)
  }
  if (!length(section[["covariates"]])) {
    refuse("input", "{.field matching.covariates}: name at least one column.", call = call)
  }
}

#' Refuse a ratio that no treated unit can reach
#'
#' @param ratio Number of controls wanted for each treated unit.
#' @param treated 0/1 vector.
#' @param call Frame of the function to name in an error.
#' @return Nothing.
#' @noRd
check_supply <- function(ratio, treated, call = rlang::caller_env()) {
  controls <- sum(treated == 0)
  if (ratio > controls) {
    refuse("input", "{.field matching.ratio}: found {.val {ratio}}, but the frame holds only {controls} control{?s}.",
      call = call
    )
  }
}

#' The scores to match on
#'
#' @param fitted Fitted probabilities.
#' @param section Section `matching` of a study.
#' @param artefacts List of artefacts; `propensity`, if present, is used as given.
#' @param n Number of rows of the frame.
#' @param call Frame of the function to name in an error.
#' @return Double vector of length n.
#' @noRd
matching_scores <- function(fitted, section, artefacts, n, call = rlang::caller_env()) {
  if (!is.null(artefacts[["propensity"]])) {
    return(needed_artefact(artefacts, "propensity", "matching", n, call))
  }
  digits <- section[["distance"]][["digits"]]
  if (is.null(digits)) fitted else round(fitted, digits)
}

#' Refuse a caliper within which no treated unit has a control
#'
#' @param scores Scores to match on.
#' @param treated 0/1 vector.
#' @param caliper `NULL` or a list with `value`.
#' @param call Frame of the function to name in an error.
#' @return Nothing.
#' @noRd
check_reach <- function(scores, treated, caliper, call = rlang::caller_env()) {
  if (is.null(caliper)) {
    return(invisible())
  }
  nearest <- min(nearest_distances(scores[treated == 1], scores[treated == 0], 1L))
  if (nearest > caliper[["value"]]) {
    width <- caliper[["value"]]
    refuse("input", c(
      "{.field matching.caliper}: no treated unit has a control within {.val {width}}.",
      i = "The closest two are {.val {nearest}} apart."
    ), call = call)
  }
}

#' Covariates as MatchIt shall judge their balance
#'
#' A category becomes a 0/1 column for each level that occurs, so that the rows of MatchIt's `summary()`
#' are these columns one by one.
#'
#' @param frame A data frame as from `prepare_frame()`.
#' @param covariates Names of the covariates.
#' @param treated 0/1 vector.
#'
#' @return A list: `columns`, a list of double vectors; `data`, a data frame of the same, named `x1`, `x2`,
#'   ..., all but 0/1 columns centred; `terms`, their names in the results; `constant`, whether the treated
#'   do not vary, so that MatchIt, without saying so, divides by a pooled standard deviation.
#' @noRd
balance_columns <- function(frame, covariates, treated) {
  expanded <- lapply(covariates, function(name) {
    x <- frame[[name]]
    if (!is.factor(x)) {
      return(stats::setNames(list(x), name))
    }
    levels <- levels(droplevels(x))
    dummies <- lapply(levels, function(level) as.double(x == level))
    stats::setNames(dummies, level_terms(name, levels))
  })
  columns <- unlist(expanded, recursive = FALSE)
  # Balance does not depend on where zero is; MatchIt's means of columns far from it would lose digits.
  centred <- lapply(columns, function(x) if (all(x == 0 | x == 1)) x else x - mean(x))
  names(centred) <- paste0("x", seq_along(columns))
  data <- structure(centred, class = "data.frame", row.names = .set_row_names(nrow(frame)))
  constant <- vapply(data, function(x) stats::sd(x[treated == 1]) < sqrt(.Machine$double.eps), logical(1))
  list(columns = unname(columns), data = data, terms = names(columns), constant = unname(constant) %in% TRUE)
}

#' Match with MatchIt
#'
#' @param treated 0/1 vector.
#' @param scores Scores to match on.
#' @param data Data frame of covariates with columns `x1`, `x2`, ...
#' @param section Section `matching` of a study.
#' @return An object of class `matchit`.
#' @noRd
match_nearest <- function(treated, scores, data, section) {
  formula <- symbol_formula("treated", names(data))
  data[["treated"]] <- treated
  MatchIt::matchit(formula,
    data = data, method = "nearest", distance = scores, estimand = "ATT",
    ratio = section[["ratio"]], replace = section[["replace"]], m.order = section[["order"]],
    caliper = section[["caliper"]][["value"]], std.caliper = FALSE, normalize = TRUE
  )
}

#' Take the artefacts out of a match
#'
#' @param matched An object of class `matchit` whose units are named 1 to n.
#' @param scores Scores that were matched on.
#' @return A list of artefacts as described at [run_stage()].
#' @noRd
match_artefacts <- function(matched, scores) {
  named <- matched$match.matrix
  units <- names(matched$treat)
  positions <- matrix(match(named, units), nrow = nrow(named), ncol = ncol(named))
  in_frame_order <- match(units[matched$treat == 1], rownames(named))
  list(
    propensity = scores,
    match_matrix = positions[in_frame_order, , drop = FALSE],
    weights = unname(matched$weights),
    subclass = if (!is.null(matched$subclass)) as.integer(matched$subclass)
  )
}

#' Rows on how much was matched
#'
#' @param match_matrix Integer matrix of positions, treated x ratio.
#' @param scores Scores that were matched on.
#' @param treated 0/1 vector.
#' @param note Note of the match.
#' @return A data frame of rows.
#' @noRd
count_rows <- function(match_matrix, scores, treated, note) {
  filled <- !is.na(match_matrix)
  distances <- pair_distances(match_matrix, scores, treated)
  make_rows(
    c("n_treated_matched", "n_controls_matched", "n_pairs", "pair_distance_max"),
    c(
      sum(rowSums(filled) > 0), length(unique(match_matrix[filled])), sum(filled),
      max(distances[filled])
    ),
    note = note
  )
}

#' Rows on the balance of the covariates
#'
#' What is not defined by `smd_defined()` and `ratio_defined()` has no row, whatever MatchIt puts there.
#'
#' @param matched An object of class `matchit`.
#' @param covariates A list as from `balance_columns()`.
#' @return A data frame of rows.
#' @noRd
balance_rows <- function(matched, covariates) {
  balance <- with_notes(summary(matched, pair.dist = FALSE))
  terms <- c(covariates$terms, "(distance)")
  columns <- c(covariates$columns, list(matched$distance))
  pooled <- if (nzchar(balance$note)) paste0(balance$note, "; ", pooled_note()) else pooled_note()
  notes <- ifelse(c(covariates$constant, FALSE), pooled, balance$note)
  take <- function(table, component, weights) {
    table <- table[c(names(covariates$data), "distance"), , drop = FALSE]
    smd <- smd_defined(columns, matched$treat, weights)
    ratio <- ratio_defined(columns, matched$treat, weights)
    bind_rows(
      make_rows("smd", table[smd, "Std. Mean Diff."], terms[smd], component, notes[smd]),
      make_rows("variance_ratio", table[ratio, "Var. Ratio"], terms[ratio], component, balance$note)
    )
  }
  bind_rows(
    take(balance$value$sum.all, "before", rep_len(1, length(matched$treat))),
    take(balance$value$sum.matched, "after", matched$weights)
  )
}

#' Tell for which columns a standardised mean difference is defined
#'
#' Not where neither group has two units with weight, nor where the column varies in neither group of
#' the unmatched sample.
#'
#' @param columns List of double vectors, one value per row of the frame.
#' @param treated 0/1 vector.
#' @param weights Double vector, 0 for rows that are not compared.
#' @return Logical vector, one value per column.
#' @noRd
smd_defined <- function(columns, treated, weights) {
  enough <- max(sum(weights[treated == 1] != 0), sum(weights[treated == 0] != 0)) > 1
  varied <- function(x) varies(x[treated == 1]) || varies(x[treated == 0])
  enough & vapply(columns, varied, logical(1), USE.NAMES = FALSE)
}

#' Tell for which columns a variance ratio is defined
#'
#' Not for zeros and ones, nor with fewer than two treated units with weight, nor where the column does
#' not vary among the controls with weight.
#'
#' @inheritParams smd_defined
#' @return Logical vector, one value per column.
#' @noRd
ratio_defined <- function(columns, treated, weights) {
  controls <- treated == 0 & weights != 0
  defined <- function(x) !all(x == 0 | x == 1) && varies(x[controls])
  sum(weights[treated == 1] != 0) > 1 & vapply(columns, defined, logical(1), USE.NAMES = FALSE)
}

#' Tell whether a column takes more than one value
#'
#' Equal units can get scores a last bit apart: those are one value.
#'
#' @param x Double vector without missing values.
#' @return `TRUE` or `FALSE`.
#' @noRd
varies <- function(x) length(x) > 1 && max(x) - min(x) > 1e-12 * max(abs(x))

#' What is noted where the treated do not vary
#'
#' @return A string.
#' @noRd
pooled_note <- function() "the treated do not vary: divided by the pooled standard deviation"
