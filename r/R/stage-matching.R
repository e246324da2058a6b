#' Stage matching: distance, nearest neighbours, balance
#'
#' Distance by `measure_distance()`; pairs by [MatchIt::matchit()] with `method = "nearest"`; balance by its
#' `summary()`.
#'
#' @inheritParams run_stage
#'
#' @return A list of `rows` and `artefacts` as described at [run_stage()].
#' @noRd
stage_matching <- function(study, frame, artefacts, allow_known_defects = FALSE) {
  section <- study_section(study, "matching")
  check_matching(section)
  section[["seed"]] <- study[["seed"]]
  treated <- treatment_column(study, frame)
  check_columns(frame, section[["covariates"]], "matching.covariates")
  if (method_name(section) %in% strata_methods()) {
    return(stage_strata(study, section, frame, treated, artefacts, allow_known_defects))
  }
  if (method_name(section) %in% names(flow_methods())) {
    return(stage_flows(study, section, frame, treated, artefacts, allow_known_defects))
  }
  if (method_name(section) %in% smoothing_methods()) {
    return(stage_smoothing(study, section, frame, treated, artefacts))
  }
  focal <- focal_units(treated, section)
  check_supply(section[["ratio"]], focal)
  measured <- measure_distance(section, study, frame, treated, artefacts)
  scores <- measured$scores
  caliper <- caliper_width(section, scores[measured$kept])
  if (by_scores_alone(measured)) check_reach(scores, treated, caliper)
  columns <- restricting_columns(section, frame)
  covariates <- balance_columns(frame, section[["covariates"]], treated, section[["balance"]])
  matched <- with_notes(match_units(treated, measured, covariates$data, section, columns))
  taken <- match_artefacts(matched$value, scores, focal)
  if (!all(measured$kept)) taken$discarded <- as.double(!measured$kept)
  broken <- broken_match(taken, measured, treated, focal, section, caliper, columns)
  if (!allow_known_defects) {
    refuse_broken(broken)
  }
  note <- paste(c(matched$note[nzchar(matched$note)], broken), collapse = "; ")
  rows <- bind_rows(
    make_rows("score_coefficient", measured$model$coefficients, measured$model$terms, note = measured$model$note),
    count_rows(taken$match_matrix, taken$weights, measured, treated, focal, note),
    make_rows("caliper", caliper),
    support_rows(measured, treated),
    balance_rows(matched$value, covariates, section)
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
  methods <- c("nearest", strata_methods(), names(flow_methods()), smoothing_methods())
  check_choice(method_name(section), methods, "matching.method", call)
  check_distance(section, call)
  check_choice(section[["order"]], matching_orders(), "matching.order", call)
  if (method_name(section) == "nearest") {
    check_choice(section[["estimand"]], c("ATT", "ATC"), "matching.estimand", call)
  }
  if (!is.null(section[["ties"]])) check_choice(section[["ties"]], c("matchit", "first", "all"), "matching.ties", call)
  check_number(section[["ratio"]], "matching.ratio", above = 0, whole = TRUE, call = call)
  check_flag(section[["replace"]], "matching.replace", call)
  for (caliper in calipers(section)) {
    check_number(caliper[["value"]], "matching.caliper.value", call = call)
    if (caliper[["value"]] == 0) {
      refuse("input", "{.field matching.caliper.value}: found 0, must be another number.", call = call)
    }
    check_choice(caliper[["unit"]], c("raw", "sd"), "matching.caliper.unit", call)
  }
  check_balance(section[["balance"]], call)
  if (!length(section[["covariates"]])) {
    refuse("input", "{.field matching.covariates}: name at least one column.", call = call)
  }
}

#' Orders in which units can choose
#'
#' @return A character vector.
#' @noRd
matching_orders <- function() c("largest", "smallest", "closest", "farthest", "data", "random")

#' Refuse a ratio that no unit can reach
#'
#' @param ratio Number of partners wanted for each unit.
#' @param focal 0/1 vector: who is given partners.
#' @param call Frame of the function to name in an error.
#' @return Nothing.
#' @noRd
check_supply <- function(ratio, focal, call = rlang::caller_env()) {
  partners <- sum(focal == 0)
  if (ratio > partners) {
    refuse("input", "{.field matching.ratio}: found {.val {ratio}}, but the frame holds only {partners} partner{?s}.",
      call = call
    )
  }
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
  if (is.null(caliper) || caliper < 0) {
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
#' With coordinates alone MatchIt takes those for the covariates; the balance is that of the covariates.
#'
#' @param treated 0/1 vector.
#' @param measured A list as from `measure_distance()`.
#' @param data Data frame of covariates with columns `x1`, `x2`, ..., or an empty list.
#' @param section Section `matching` of a study, with the study's `seed`.
#' @param columns A list as from `restricting_columns()`.
#' @return An object of class `matchit`.
#' @noRd
match_units <- function(treated, measured, data, section, columns = list()) {
  if (by_own_rule(section)) {
    return(match_by_rule(treated, measured, data, section, columns))
  }
  placed <- coordinate_columns(measured)
  shown <- if (length(placed) && is.null(measured$scores)) names(placed) else names(data)
  all <- structure(c(data, placed, columns, list(treated = treated)),
    class = "data.frame", row.names = .set_row_names(length(treated))
  )
  arguments <- c(
    list(symbol_formula("treated", shown), data = all, normalize = TRUE), matching_arguments(section, measured)
  )
  matched <- tryCatch(with_turns(section, do.call(MatchIt::matchit, arguments, quote = TRUE)), error = function(cnd) {
    if (grepl("no (units|matches|(treated|control) units) were", conditionMessage(cnd), ignore.case = TRUE)) {
      refuse_nobody()
    }
    rlang::cnd_signal(cnd)
  })
  if (length(data)) matched$X <- all[names(data)]
  matched
}

#' Refuse a match in which nobody has a partner
#'
#' @param call Frame of the function to name in an error.
#' @return Nothing.
#' @noRd
refuse_nobody <- function(call = NULL) {
  refuse("input", c(
    "{.field matching}: nobody has a partner that calipers, exact and antiexact allow.", i = "Loosen them."
  ), call = call)
}

#' The arguments of MatchIt that a study asks for
#'
#' Only those that belong to the method: MatchIt 4.7.1 stops in R 4.2 at any other.
#'
#' @param section Section `matching` of a study.
#' @param measured A list as from `measure_distance()`.
#' @return A named list.
#' @noRd
matching_arguments <- function(section, measured) {
  c(
    list(method = method_name(section), estimand = section[["estimand"]], s.weights = measured$weights),
    distance_arguments(measured),
    list(discard = if (all(measured$kept)) "none" else !measured$kept),
    supply_arguments(section),
    caliper_arguments(section),
    restriction_arguments(section)
  )
}

#' Take the artefacts out of a match
#'
#' @param matched An object of class `matchit` whose units are named 1 to n.
#' @param scores Scores that were matched on.
#' @param focal 0/1 vector: who was given partners.
#' @return A list of artefacts as described at [run_stage()].
#' @noRd
match_artefacts <- function(matched, scores, focal = matched$treat) {
  named <- matched$match.matrix
  units <- names(matched$treat)
  positions <- matrix(match(named, units), nrow = nrow(named), ncol = ncol(named))
  in_frame_order <- match(units[focal == 1], rownames(named))
  list(
    propensity = scores,
    match_matrix = positions[in_frame_order, , drop = FALSE],
    weights = unname(matched$weights),
    subclass = if (!is.null(matched$subclass)) as.integer(matched$subclass)
  )
}

#' Rows on how much was matched
#'
#' @param match_matrix Integer matrix of positions, focal units x ratio.
#' @param weights Matching weights.
#' @param measured A list as from `measure_distance()`.
#' @param treated 0/1 vector.
#' @param focal 0/1 vector: who was given partners.
#' @param note Note of the match.
#' @return A data frame of rows.
#' @noRd
count_rows <- function(match_matrix, weights, measured, treated, focal, note) {
  filled <- !is.na(match_matrix)
  distances <- distances_of_pairs(match_matrix, measured, treated, focal)
  make_rows(
    c("n_treated_matched", "n_controls_matched", "n_pairs", "pair_distance_max"),
    c(
      sum(weights[treated == 1] > 0), sum(weights[treated == 0] > 0), sum(filled),
      max(distances[filled])
    ),
    note = note
  )
}
