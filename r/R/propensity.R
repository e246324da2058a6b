#' Fit the propensity model
#'
#' Logit model of the treatment on the covariates by [stats::glm()], converged to 1e-14; categories with
#' treatment coding. Numbers are centred and scaled for the fit, the coefficients are those of the columns as
#' given.
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
  check_rank(design, "matching.covariates", call)
  design <- standardise_design(design)
  fit <- with_notes(stats::glm(design$formula,
    family = stats::binomial(link = "logit"), data = design$data, control = logit_control()
  ), call)
  x <- stats::model.matrix(fit$value)
  check_separation(fit$value, x, design$terms, study[["matching"]][["treatment"]][["column"]], call)
  list(
    coefficients = drop(design$back %*% stats::coef(fit$value)), terms = design$terms,
    fitted = unname(stats::fitted(fit$value)), note = fit$note
  )
}

#' When the fit of a logit model stops
#'
#' @return A list as from [stats::glm.control()].
#' @noRd
logit_control <- function() stats::glm.control(epsilon = 1e-14, maxit = 100)

#' Refuse a logit model without a finite estimate
#'
#' Told by `newton_step()`, this also tells separation from a fit that [stats::glm()] calls unconverged
#' because rounding keeps the deviance from standing still.
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
  step <- newton_step(fit, x)
  if (step > 1e-3) {
    culprits <- terms[separating_columns(x, fit$y)]
    refuse("separation", c(
      "{.field matching.covariates}: the logit model of {.val {treatment}} has no finite estimate.",
      x = "Treated and controls are separated by {.val {culprits}}.",
      i = "Remove or coarsen what separates them."
    ), call = call)
  }
  if (!fit$converged && step > 1e-6) {
    refuse("separation", "The logit model of {.val {treatment}} did not converge in 100 iterations.", call = call)
  }
}

#' How far the next Newton step of a logit model would move a unit
#'
#' With separated groups the fit stops only because the deviance is flat: the next step would still move
#' the separated units by about 1, and by about 0 in a model that has converged. That tells them apart
#' for any tolerance.
#'
#' @param fit Result of [stats::glm()] or [stats::glm.fit()].
#' @param x Its model matrix.
#'
#' @return Largest movement on the scale of the logits; `Inf` where a coefficient has been lost.
#' @noRd
newton_step <- function(fit, x) {
  slope <- stats::binomial()$mu.eta(fit$linear.predictors)
  step <- stats::lm.wfit(x, fit$residuals, slope, tol = 1e-20)
  lost <- anyNA(fit$coefficients) || anyNA(step$coefficients)
  if (lost) Inf else max(abs(step$fitted.values))
}

#' Columns that separate treated from controls, none of which can be spared
#'
#' All coefficients run away together, so the culprits are found by leaving out columns, one after the other,
#' as long as the groups stay separated.
#'
#' @param x Model matrix of a separated model, the intercept first.
#' @param treated 0/1 vector.
#'
#' @return Positions of columns.
#' @noRd
separating_columns <- function(x, treated) {
  kept <- seq_len(ncol(x))
  for (j in kept[-1]) {
    fewer <- x[, setdiff(kept, j), drop = FALSE]
    fit <- suppressWarnings(
      stats::glm.fit(fewer, treated, family = stats::binomial(), control = logit_control())
    )
    if (newton_step(fit, fewer) > 1e-3) {
      kept <- setdiff(kept, j)
    }
  }
  kept[-1]
}
