#' Fit the propensity model
#'
#' Logit model of the treatment on the covariates by [stats::glm()], converged to 1e-14; categories with
#' treatment coding.
#'
#' @param treated 0/1 vector.
#' @param frame A data frame as from `prepare_frame()`.
#' @param covariates Names of the covariates, in order.
#' @param study A list as from `read_study()`.
#' @param call Frame of the function to name in an error.
#'
#' @return A list: `coefficients` with `terms` (their names), `fitted` (n probabilities) and `note`.
#' @noRd
fit_propensity <- function(treated, frame, covariates, study, call = rlang::caller_env()) {
  design <- model_design(treated, frame, covariates, study[["variables"]], call)
  x <- check_rank(design, "matching.covariates", call)
  fit <- with_notes(stats::glm(design$formula,
    family = stats::binomial(link = "logit"), data = design$data,
    control = stats::glm.control(epsilon = 1e-14, maxit = 100)
  ), call)
  check_separation(fit$value, x, design$terms, study[["matching"]][["treatment"]][["column"]], call)
  list(
    coefficients = unname(stats::coef(fit$value)), terms = design$terms,
    fitted = unname(stats::fitted(fit$value)), note = fit$note
  )
}

#' Refuse a logit model without a finite estimate
#'
#' With separated groups the fit stops only because the deviance is flat: the next Newton step would
#' still move the separated units by about 1 on the scale of the logits, and by about 0 in a model that
#' has converged. That tells them apart for any tolerance, and names the terms that run away. It also
#' tells a failure from a fit that [stats::glm()] calls unconverged because rounding, with columns far from
#' zero, keeps the deviance from standing still.
#'
#' @param fit Result of [stats::glm()].
#' @param x Its model matrix.
#' @param terms Names of the coefficients.
#' @param treatment Name of the treatment column.
#' @param call Frame of the function to name in an error.
#'
#' @return Nothing.
#' @noRd
check_separation <- function(fit, x, terms, treatment, call = rlang::caller_env()) {
  slope <- stats::binomial()$mu.eta(fit$linear.predictors)
  step <- stats::lm.wfit(x, fit$residuals, slope, tol = 1e-20)
  length <- max(abs(step$fitted.values))
  lost <- is.na(stats::coef(fit)) | is.na(step$coefficients)
  moving <- lost | abs(step$coefficients) * apply(abs(x), 2, max) > 1e-3
  if (any(lost) || length > 1e-3) {
    culprits <- setdiff(terms[moving], "(Intercept)")
    refuse("separation", c(
      "{.field matching.covariates}: the logit model of {.val {treatment}} has no finite estimate.",
      x = "Treated and controls are separated by {.val {culprits}}.",
      i = "Remove or coarsen what separates them."
    ), call = call)
  }
  if (!fit$converged && length > 1e-6) {
    refuse("separation", "The logit model of {.val {treatment}} did not converge in 100 iterations.", call = call)
  }
}
