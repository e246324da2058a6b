#' Methods that make no pairs: everyone nearby is a partner, by weight
#'
#' @return A character vector.
#' @noRd
smoothing_methods <- function() c("radius", "kernel", "local_linear")

#' Match by radius, kernel or local lines on the score
#'
#' In plain R, by `smoothing_weights()`: MatchIt has none of these methods.
#'
#' @inheritParams stage_matching
#' @param section Section `matching` of a study.
#' @param treated 0/1 vector.
#' @return A list of `rows` and `artefacts` as described at [run_stage()].
#' @noRd
stage_smoothing <- function(study, section, frame, treated, artefacts) {
  asked <- smoothing_settings(section)
  measured <- measure_distance(section, study, frame, treated, artefacts)
  model <- measured$model
  scores <- measured$scores
  focal <- treated == if (identical(section[["estimand"]], "ATC")) 0 else 1
  weights <- smoothing_weights(scores, focal, asked$line, asked$kernel, asked$bandwidth)
  check_smoothed(weights, asked)
  refuse_wrong_weights(wrong_weights(weights, scores, focal, asked))
  covariates <- balance_columns(frame, section[["covariates"]], treated, section[["balance"]])
  rows <- bind_rows(
    make_rows("score_coefficient", model$coefficients, model$terms, note = model$note),
    support_rows(measured, treated),
    make_rows("n_treated_matched", sum(weights != 0 & treated == 1)),
    make_rows("n_controls_matched", sum(weights != 0 & treated == 0)),
    weighted_balance_rows(covariates, section, treated, weights, distance = scores)
  )
  list(rows = rows, artefacts = list(propensity = scores, weights = weights))
}

#' The settings of a method that makes no pairs
#'
#' @param section Section `matching` of a study.
#' @param call Frame of the function to name in an error.
#' @return A list: `line` (`TRUE` or `FALSE`), `kernel` and `bandwidth`.
#' @noRd
smoothing_settings <- function(section, call = rlang::caller_env()) {
  method <- section[["method"]]
  check_choice(section[["estimand"]], c("ATT", "ATC"), "matching.estimand", call)
  if (method_name(section) == "radius") {
    check_number(method[["radius"]], "matching.method.radius", above = 0, call = call)
    return(list(line = FALSE, kernel = "uniform", bandwidth = method[["radius"]]))
  }
  check_choice(method[["kernel"]], names(kernels()), "matching.method.kernel", call)
  check_number(method[["bandwidth"]], "matching.method.bandwidth", above = 0, call = call)
  list(line = method_name(section) == "local_linear", kernel = method[["kernel"]], bandwidth = method[["bandwidth"]])
}

#' Refuse a reach within which nobody has a partner
#'
#' @param weights Double vector.
#' @param asked A list as from `smoothing_settings()`.
#' @param call Frame of the function to name in an error.
#' @return Nothing.
#' @noRd
check_smoothed <- function(weights, asked, call = rlang::caller_env()) {
  if (!any(weights != 0)) {
    refuse("input", "{.field matching.method}: nobody has a partner within {.val {asked$bandwidth}}; widen it.", call = call)
  }
}

#' Describe what weights of everyone nearby must not be
#'
#' @param weights,scores Double vectors.
#' @param focal Logical vector: who is given partners.
#' @param asked A list as from `smoothing_settings()`.
#' @return Literal messages, `character(0)` if all is well.
#' @noRd
wrong_weights <- function(weights, scores, focal, asked) {
  used <- !focal & weights != 0
  nearest <- nearest_distances(scores[used], scores[focal & weights == 1], 1L)
  c(
    if (!all(weights[focal] %in% c(0, 1))) "A unit that is given partners weighs neither 0 nor 1.",
    if (any(weights < 0) && !asked$line) "A weight is negative.",
    if (abs(mean(weights[used]) - 1) > 1e-9 * max(abs(weights))) "The weights of partners do not average 1.",
    if (asked$kernel != "normal" && any(nearest > asked$bandwidth)) "A partner is beyond the reach of every unit."
  )
}

#' Stop where weights are not what they must be
#'
#' @param wrong Literal messages as from `wrong_weights()`.
#' @param call Frame of the function to name in an error.
#' @return Nothing; raises `ermbridge_error_invariant`.
#' @noRd
refuse_wrong_weights <- function(wrong, call = rlang::caller_env()) {
  if (length(wrong)) {
    refuse("invariant", c(
      "The weights of everyone nearby are wrong: this is a defect of ermbridge.",
      stats::setNames(wrong, rep("x", length(wrong)))
    ), call = call)
  }
}
