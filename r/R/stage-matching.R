#' Stage matching: propensity scores, nearest neighbours, balance
#'
#' Scores by [stats::glm()], rounded to `digits`, or as handed in; pairs by [MatchIt::matchit()] with
#' `method = "nearest"` on the numeric scores; balance by its `summary()`.
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
  caliper <- caliper_width(section, scores)
  check_reach(scores, treated, caliper)
  covariates <- balance_columns(frame, section[["covariates"]], treated)
  matched <- with_notes(match_units(treated, scores, covariates$data, section))
  taken <- match_artefacts(matched$value, scores)
  broken <- broken_rules(taken$match_matrix, taken$weights, scores, treated, section, caliper)
  if (!allow_known_defects) {
    refuse_broken(broken)
  }
  note <- paste(c(matched$note[nzchar(matched$note)], broken), collapse = "; ")
  rows <- bind_rows(
    make_rows("score_coefficient", model$coefficients, model$terms, note = model$note),
    count_rows(taken$match_matrix, scores, treated, note),
    make_rows("caliper", caliper),
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
    check_choice(caliper[["unit"]], c("raw", "sd"), "matching.caliper.unit", call)
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
#' @param caliper Width in units of the score, or `NULL`.
#' @param call Frame of the function to name in an error.
#' @return Nothing.
#' @noRd
check_reach <- function(scores, treated, caliper, call = rlang::caller_env()) {
  if (is.null(caliper)) {
    return(invisible())
  }
  nearest <- min(nearest_distances(scores[treated == 1], scores[treated == 0], 1L))
  if (nearest > caliper) {
    refuse("input", c(
      "{.field matching.caliper}: no treated unit has a control within {.val {caliper}}.",
      i = "The closest two are {.val {nearest}} apart."
    ), call = call)
  }
}

#' Match with MatchIt
#'
#' @param treated 0/1 vector.
#' @param scores Scores to match on.
#' @param data Data frame of covariates with columns `x1`, `x2`, ..., or an empty list.
#' @param section Section `matching` of a study.
#' @return An object of class `matchit`.
#' @noRd
match_units <- function(treated, scores, data, section) {
  formula <- if (length(data)) symbol_formula("treated", names(data)) else treated ~ 1
  data[["treated"]] <- treated
  do.call(MatchIt::matchit, c(
    list(formula, data = data, normalize = TRUE),
    matching_arguments(section, scores)
  ), quote = TRUE)
}

#' The arguments of MatchIt that a study asks for
#'
#' Only those that belong to the method: MatchIt 4.7.1 stops in R 4.2 at any other.
#'
#' @param section Section `matching` of a study.
#' @param scores Scores to match on.
#' @return A named list.
#' @noRd
matching_arguments <- function(section, scores) {
  c(
    list(method = section[["method"]], estimand = section[["estimand"]], distance = scores),
    supply_arguments(section),
    caliper_arguments(section)
  )
}

#' Arguments on how many controls a treated unit gets, and in which order
#'
#' @inheritParams matching_arguments
#' @return A named list.
#' @noRd
supply_arguments <- function(section) {
  list(ratio = section[["ratio"]], replace = section[["replace"]], m.order = section[["order"]])
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
