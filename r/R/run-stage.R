#' Run one stage of a study
#'
#' The stages are `index`, `difference`, `regression`, `matching` and `effect`. Every number comes out
#' of psych, MatchIt, sandwich or stats. What those packages warn about, say or print stands in the column `note`
#' of the rows that the call produced, what is said elsewhere in the notes of all rows of the stage; a message
#' that the request was replaced by something else is an error.
#'
#' Options that change numbers or messages, the collation (`C`) and the random number generator (Mersenne-Twister,
#' Inversion, Rejection) are set for the call and put back. Random numbers start from the study's `seed` (0 without
#' one) and the stage, whatever ran before.
#'
#' @param stage Name of the stage.
#' @param study A study: the list that [read_run()] returns as `study`, the text of a `study.json`, or
#'   its path. Sections that are null are stages the study does not ask for.
#' @param frame Data frame with one row per unit and a column for every entry of the study's
#'   `variables`: numbers, and categories as factors or text. No missing values, but of items where
#'   `index.correlation.missing` is `pairwise`. The treatment is 0/1.
#'   The order of the rows breaks ties in matching.
#' @param artefacts Named list of what earlier stages handed on: `index` (n numbers, for a stage whose
#'   outcome is the index), `weights` (n numbers, for `effect`), `match_matrix` (as below, for errors
#'   of pairs in `effect`), `propensity` (n scores; in `matching` they are matched on as they are
#'   instead of the fitted ones, in `effect` the orders of `tie_orders` are). In `index`: another engine's
#'   solution as `index` hands it on, `correlation` (p x p), `unrotated` and `loadings` (p x k), `uniquenesses`
#'   (p) and, of correlated factors, `phi` (k x k); then nothing is extracted, the unrotated loadings are rotated
#'   once more and all else is computed from the loadings as they are.
#'   Or `n_obs`, a whole number: then the frame is the correlation matrix of the items, of so many rows, and there
#'   are no scores.
#' @param allow_known_defects If `TRUE`, a match that breaks MatchIt's own rules is noted on its rows
#'   instead of being an error: for versions of MatchIt that are known to be defective.
#'
#' @return A list of
#'
#'   * `rows`: data frame with the columns `quantity`, `term`, `component`, `value` and `note`, one row
#'     for each number;
#'   * `artefacts`: named list of what the stage hands on. `index`: `correlation`, `unrotated`, `loadings`, `phi`
#'     (`NULL` for uncorrelated factors) and `uniquenesses` as above, `factor_scores` (matrix, n x k,
#'     columns `F1`, `F2`, ...) and `index` (n numbers); of the items (p x p) `estimated`, the
#'     correlations before smoothing, and `counts` of rows. `matching`: `propensity` (n scores as matched
#'     on), `match_matrix` (integer matrix, one row per treated unit in the order of the frame, `ratio`
#'     columns in MatchIt's order, values positions of rows of the frame, `NA` for none), `weights` (n
#'     numbers, 0 for unmatched units, scaled to average 1 over matched controls), `subclass` (n
#'     integers, or `NULL` with replacement), and in their place `unavailable` (text) where MatchIt lacks a package:
#'     then one row `rows` without value says so. Empty for the others;
#'   * `conditions`: data frame of what was said, in order: `stage`, `kind` (`warning`, `message`, `startup` for
#'     a package that is being loaded, `output` for printed lines), `message` and `call`, all text.
#'
#' @section Errors:
#' All have the class `ermbridge_error`, and one of `ermbridge_error_input` (study, frame or artefacts
#' are wrong), `ermbridge_error_separation` (the propensity model has no finite estimate),
#' `ermbridge_error_replaced` (a package did something else than asked) or
#' `ermbridge_error_invariant` (MatchIt returned a match that breaks its own rules).
#'
#' @examples
#' number <- list(type = "number")
#' study <- list(
#'   variables = list(
#'     treat = list(type = "number", levels = c("0", "1")),
#'     age = number, educ = number, re78 = number
#'   ),
#'   matching = list(
#'     treatment = list(column = "treat"), covariates = c("age", "educ"), method = "nearest",
#'     distance = list(method = "glm", link = "logit", digits = 10L), ratio = 1L, replace = FALSE,
#'     order = "largest", caliper = NULL, exact = character(), estimand = "ATT"
#'   ),
#'   effect = list(std_error = "psmatch2", conf_level = 0.95, outcome = "re78")
#' )
#' match <- run_stage("matching", study, MatchIt::lalonde)
#' run_stage("effect", study, MatchIt::lalonde, match$artefacts)$rows
#' @export
run_stage <- function(stage, study, frame, artefacts = list(), allow_known_defects = FALSE) {
  check_choice(stage, stage_names(), "stage")
  study <- read_study(study)
  study_section(study, stage)
  frame <- prepare_frame(frame, study)
  run_prepared_stage(stage, study, frame, check_artefacts(artefacts), allow_known_defects)
}

#' The stages in order
#'
#' @return A character vector.
#' @noRd
stage_names <- function() c("index", "difference", "regression", "matching", "effect")

#' Run one stage on a study and a frame that have been checked
#'
#' @inheritParams run_stage
#' @param study A list as from `read_study()`.
#' @param frame A data frame as from `prepare_frame()`.
#'
#' @return A list of `rows`, `artefacts` and `conditions`.
#' @noRd
run_prepared_stage <- function(stage, study, frame, artefacts, allow_known_defects = FALSE) {
  with_settings(stage, study[["seed"]], with_stage_notes(stage, switch(stage,
    index = stage_index(study, frame, artefacts),
    difference = stage_difference(study, frame, artefacts),
    regression = stage_regression(study, frame, artefacts),
    matching = stage_matching(study, frame, artefacts, allow_known_defects),
    effect = stage_effect(study, frame, artefacts)
  )))
}

#' Refuse artefacts under unknown names
#'
#' @param artefacts A list.
#' @param call Frame of the function to name in an error.
#' @return `artefacts`.
#' @noRd
check_artefacts <- function(artefacts, call = rlang::caller_env()) {
  known <- c(
    "n_obs", "correlation", "estimated", "counts", "unrotated", "loadings", "phi", "uniquenesses",
    "factor_scores", "index", "propensity", "distances", "match_matrix", "weights", "subclass", "unavailable"
  )
  unknown <- setdiff(names(artefacts), known)
  if (!is.list(artefacts) || length(unknown) || length(names(artefacts)) != length(artefacts)) {
    refuse("input", "{.arg artefacts} must be a list with names among {.val {known}}.", call = call)
  }
  artefacts
}
