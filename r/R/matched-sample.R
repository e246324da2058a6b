#' The matched sample of a study
#'
#' @param study A list as from `read_study()`.
#' @param frame A data frame as from `prepare_frame()`.
#' @param artefacts List of artefacts: `weights`; for some kinds of error `match_matrix`, `subclass`,
#'   `propensity`.
#' @param call Frame of the function to name in an error.
#'
#' @return A list: `outcome`, `treated` (0/1), `weights` (0 for unmatched rows), times those of the `survey` (`NULL`
#'   without), `focal` (whom the effect is about) and `choosers` (who has a row of the match matrix), one value per
#'   row each; `match_matrix` (positions of rows, choosers x ratio) and `subclass`, or
#'   `NULL`; `covariates` (matrix of the columns to adjust for, or `NULL`); `score`, a function without
#'   arguments that returns the propensity model as `score_model()` does; `neighbours`, `ratio`,
#'   `replicates`, `seed`.
#' @noRd
matched_sample <- function(study, frame, artefacts, call = rlang::caller_env()) {
  section <- study_section(study, "effect")
  matching <- study_section(study, "matching")
  treated <- treatment_column(study, frame)
  outcome <- stage_outcome("effect", study, frame, artefacts)
  weights <- needed_artefact(artefacts, "weights", "effect", nrow(frame), call)
  check_weights(weights, treated, matching_method(matching), call)
  estimand <- if (is.null(matching[["estimand"]])) "ATT" else matching[["estimand"]]
  survey <- survey_weights(matching, frame, call)
  list(
    outcome = outcome, treated = treated, weights = if (is.null(survey)) weights else weights * survey,
    survey = survey, choosers = treated == if (estimand == "ATC") 0 else 1,
    focal = switch(estimand, ATT = treated == 1, ATC = treated == 0, ATE = rep(TRUE, length(treated))),
    match_matrix = artefacts[["match_matrix"]], subclass = artefacts[["subclass"]],
    covariates = adjusted_columns(study, frame, section[["adjust"]], call),
    scores = artefacts[["propensity"]], score = function() score_model(study, frame, artefacts, call),
    neighbours = section[["neighbours"]], ratio = matching[["ratio"]],
    replicates = section[["bootstrap"]][["replicates"]], seed = study[["seed"]]
  )
}

#' Name of the method of matching
#'
#' @param section Section `matching` of a study.
#' @return A string.
#' @noRd
matching_method <- function(section) {
  method <- section[["method"]]
  if (is.list(method)) method[["method"]] else method
}

#' Refuse weights that belong to no match
#'
#' @param weights Double vector, one weight per row.
#' @param treated 0/1 vector.
#' @param method Name of the method of matching, or `NULL`.
#' @param call Frame of the function to name in an error.
#' @return Nothing.
#' @noRd
check_weights <- function(weights, treated, method = NULL, call = rlang::caller_env()) {
  if (any(weights < 0) && !identical(method, "local_linear")) {
    refuse("input", "The artefact {.val weights} must not be negative.", call = call)
  }
  empty <- c("controls", "treated")[c(all(weights[treated == 0] == 0), all(weights[treated == 1] == 0))]
  if (length(empty)) {
    refuse("input", "The artefact {.val weights} is zero for all {empty}.", call = call)
  }
}

#' Columns to adjust for, in standard deviations
#'
#' @param study A list as from `read_study()`.
#' @param frame A data frame as from `prepare_frame()`.
#' @param columns Names of columns, or `NULL`.
#' @param call Frame of the function to name in an error.
#' @return A matrix with a column for each term, or `NULL`.
#' @noRd
adjusted_columns <- function(study, frame, columns, call = rlang::caller_env()) {
  if (!length(columns)) {
    return(NULL)
  }
  design <- model_design(rep(0, nrow(frame)), frame, columns, study[["variables"]], call)
  x <- stats::model.matrix(design$formula, design$data)[, -1, drop = FALSE]
  colnames(x) <- design$terms[-1]
  scale(x)
}

#' The rows of matched sets
#'
#' @param sample A list as from `matched_sample()`.
#' @param call Frame of the function to name in an error.
#'
#' @return Data frame with a row for the focal unit of each set and for each of its k partners: `set`,
#'   `unit` (position in the frame), `treated`, `weight` (1 and 1/k, times that of the survey).
#' @noRd
matched_sets <- function(sample, call = rlang::caller_env()) {
  partners <- sample$match_matrix
  if (is.null(partners) || nrow(partners) != sum(sample$choosers)) {
    refuse("input", "Stage {.val effect} needs the artefact {.val match_matrix} with a row for each unit that is
      given partners.", call = call)
  }
  filled <- !is.na(partners)
  found <- rowSums(filled)
  set <- which(found > 0)
  in_pairs <- row(partners)[filled]
  unit <- c(which(sample$choosers)[set], partners[filled])
  weight <- c(rep(1, length(set)), 1 / found[in_pairs])
  data.frame(
    set = c(set, in_pairs), unit = unit, treated = sample$treated[unit],
    weight = if (is.null(sample$survey)) weight else weight * sample$survey[unit]
  )
}

#' The rows of matched units
#'
#' @inheritParams matched_sets
#' @return Data frame with a row for each unit that has a weight: `unit`, `treated`, `weight`, and `set` where the
#'   units have one.
#' @noRd
matched_units <- function(sample) {
  unit <- which(sample$weights != 0)
  rows <- data.frame(unit = unit, treated = sample$treated[unit], weight = sample$weights[unit])
  if (!is.null(sample$subclass)) {
    rows$set <- sample$subclass[unit]
  } else if (!is.null(sample$match_matrix)) {
    sets <- matched_sets(sample)
    rows$set <- sets$set[match(unit, sets$unit)]
  }
  rows
}
