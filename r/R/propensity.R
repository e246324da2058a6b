#' Fit the propensity model
#'
#' Binomial model of the treatment on the covariates by [stats::glm.fit()] (quasi-binomial with weights, as in
#' MatchIt), converged to 1e-14 and, where that leaves digits to gain, beyond; categories with treatment coding. Numbers are centred and scaled for the fit, the coefficients are those of the columns as
#' given.
#'
#' @param treated 0/1 vector.
#' @param frame A data frame as from `prepare_frame()`.
#' @param covariates Names of the covariates, in order.
#' @param study A list as from `read_study()`.
#' @param weights Weights of the survey, or `NULL`.
#' @param call Frame of the function to name in an error.
#'
#' @return A list: `coefficients` with `terms` (their names), `fitted` (n probabilities), `linear` (n linear
#'   predictors) and `note`.
#' @noRd
fit_propensity <- function(treated, frame, covariates, study, weights = NULL, call = rlang::caller_env()) {
  design <- model_design(treated, frame, covariates, study[["variables"]], call)
  check_rank(design, "matching.covariates", call)
  design <- standardise_design(design)
  link <- study[["matching"]][["distance"]][["link"]]
  if (is.null(link)) link <- "logit"
  family <- if (is.null(weights)) stats::binomial(link) else stats::quasibinomial(link)
  x <- stats::model.matrix(design$formula, design$data)
  fit <- with_notes(stats::glm.fit(x, treated, weights, family = family, control = model_control()), call)
  model <- if (link == "logit") fit$value else refine_fit(fit$value, x)
  check_separation(model, x, design$terms, study[["matching"]][["treatment"]][["column"]], link, call)
  list(
    coefficients = drop(design$back %*% stats::coef(model)), terms = design$terms,
    fitted = unname(model$fitted.values), linear = unname(model$linear.predictors), note = fit$note
  )
}

#' Go on until the coefficients stand still
#'
#' With a link that is not the canonical one each step gains few digits: the deviance no longer changes while
#' coefficients are still off by 1e-9. Or the steps go around the maximum for ever; then half of one is taken.
#'
#' @param fit Result of [stats::glm.fit()].
#' @param x Its model matrix.
#' @return `fit` with what belongs to the last coefficients.
#' @noRd
refine_fit <- function(fit, x) {
  family <- fit$family
  left <- Inf
  share <- 1
  for (i in seq_len(200)) {
    fit$linear.predictors <- drop(x %*% fit$coefficients)
    fit$fitted.values <- family$linkinv(fit$linear.predictors)
    slope <- family$mu.eta(fit$linear.predictors)
    fit$residuals <- (fit$y - fit$fitted.values) / slope
    fit$weights <- fit$prior.weights * slope^2 / family$variance(fit$fitted.values)
    before <- left
    left <- newton_step(fit, x)
    if (left > 0.9 * before) share <- share / 2
    if (left < 1e-12 || share < 1 / 16 || !is.finite(left)) break
    step <- stats::lm.wfit(x, fit$residuals, fit$weights, tol = 1e-20)$coefficients
    fit$coefficients <- fit$coefficients + share * step
  }
  fit
}

#' When the fit of a propensity model stops
#'
#' @return A list as from [stats::glm.control()].
#' @noRd
model_control <- function() stats::glm.control(epsilon = 1e-14, maxit = 100)

#' Refuse a propensity model without a finite estimate
#'
#' Told by `newton_step()`, this also tells separation from a fit that [stats::glm()] calls unconverged
#' because rounding keeps the deviance from standing still.
#'
#' @param fit Result of [stats::glm()].
#' @param x Its model matrix.
#' @param terms Names of the coefficients.
#' @param treatment Name of the treatment column.
#' @param link Link of the model.
#' @param call Frame of the function to name in an error.
#'
#' @return Nothing.
#' @noRd
check_separation <- function(fit, x, terms, treatment, link = "logit", call = rlang::caller_env()) {
  step <- newton_step(fit, x)
  if (step > 1e-3) {
    culprits <- terms[separating_columns(x, fit$y, link)]
    refuse("separation", c(
      "{.field matching.covariates}: the {link} model of {.val {treatment}} has no finite estimate.",
      x = "Treated and controls are separated by {.val {culprits}}.",
      i = "Remove or coarsen what separates them."
    ), call = call)
  }
  if (!fit$converged && step > 1e-6) {
    refuse("separation", "The {link} model of {.val {treatment}} did not converge in 100 iterations.", call = call)
  }
}

#' How far the next step of a propensity model would move a unit
#'
#' With separated groups the fit stops only because the deviance is flat: the next step would still move
#' the separated units by about 1, and by about 0 in a model that has converged. That tells them apart
#' for any tolerance.
#'
#' @param fit Result of [stats::glm()] or [stats::glm.fit()].
#' @param x Its model matrix.
#'
#' @return Largest movement of a linear predictor; `Inf` where a coefficient has been lost.
#' @noRd
newton_step <- function(fit, x) {
  step <- stats::lm.wfit(x, fit$residuals, fit$weights, tol = 1e-20)
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
#' @param link Link of the model.
#'
#' @return Positions of columns.
#' @noRd
separating_columns <- function(x, treated, link = "logit") {
  kept <- seq_len(ncol(x))
  for (j in kept[-1]) {
    fewer <- x[, setdiff(kept, j), drop = FALSE]
    fit <- suppressWarnings(
      stats::glm.fit(fewer, treated, family = stats::binomial(link), control = model_control())
    )
    if (newton_step(fit, fewer) > 1e-3) {
      kept <- setdiff(kept, j)
    }
  }
  kept[-1]
}
