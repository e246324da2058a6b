#' Kinds of standard error of a weighted regression
#'
#' @return Names.
#' @noRd
regression_errors <- function() {
  c("HC0", "HC1", "HC2", "HC3", "pair", "unit", "pair_and_unit", "subclass")
}

#' Effect of a weighted regression in the matched sample
#'
#' [stats::lm()] of the outcome on the treatment, or on the treatment, covariates and their products, over
#' the matched units with the weights of the match; for clusters of pairs and units over the rows that
#' [MatchIt::get_matches()] gives. The effect is the mean, over those whom it is about, of the prediction
#' with treatment minus that without; its error follows from the matrix of the coefficients, by
#' [sandwich::vcovHC()] or [sandwich::vcovCL()] (type HC1), by the delta method.
#'
#' @param sample A list as from `matched_sample()`.
#' @param kind One of `regression_errors()`.
#' @param covariates Matrix of columns to adjust for, one row per unit, or `NULL`.
#' @return A list: `estimate`, `std_error`.
#' @noRd
regression_effect <- function(sample, kind, covariates = NULL) {
  rows <- if (kind %in% c("pair", "unit", "pair_and_unit")) matched_sets(sample) else matched_units(sample)
  rows$outcome <- sample$outcome[rows$unit]
  fit <- fit_matched(rows, covariates)
  gradient <- effect_gradient(fit, rows, sample$focal, covariates)
  matrix <- switch(kind,
    pair = clustered(fit, rows["set"]), unit = clustered(fit, rows["unit"]),
    subclass = clustered(fit, rows["set"]), pair_and_unit = clustered(fit, rows[c("set", "unit")]),
    heteroscedastic(fit, kind)
  )
  variance <- drop(gradient %*% matrix %*% gradient)
  if (kind == "pair_and_unit") variance <- variance_or_zero(variance, fit, gradient)
  list(
    estimate = sum(gradient * stats::coef(fit)), std_error = root_of_variance(variance, sample$outcome)
  )
}

#' Fit the weighted regression
#'
#' @param rows Data frame with `outcome`, `treated`, `weight`, `unit`.
#' @param covariates Matrix, one row per unit of the frame, or `NULL`.
#' @param call Frame of the function to name in an error.
#' @return An object of class `lm`.
#' @noRd
fit_matched <- function(rows, covariates, call = rlang::caller_env()) {
  if (is.null(covariates)) {
    return(stats::lm(outcome ~ treated, rows, weights = rows$weight))
  }
  x <- covariates[rows$unit, , drop = FALSE]
  fit <- stats::lm(outcome ~ treated * x, list(outcome = rows$outcome, treated = rows$treated, x = x),
    weights = rows$weight
  )
  lost <- which(is.na(stats::coef(fit)))
  if (length(lost)) {
    # Coefficients: intercept, treatment, the columns, and their products with the treatment.
    column <- colnames(covariates)[(lost[[1]] - 3) %% ncol(covariates) + 1]
    refuse("input", c(
      "{.field effect.adjust}: among the matched rows of a group the column {.val {column}} is constant or a linear
      combination of the columns before it.",
      i = "Remove it."
    ), call = call)
  }
  fit
}

#' How the effect moves with the coefficients
#'
#' @param fit An object of class `lm`.
#' @param rows Data frame as for `fit_matched()`.
#' @param focal Logical vector, one value per unit of the frame.
#' @param covariates Matrix or `NULL`.
#' @return Vector, one number for each coefficient.
#' @noRd
effect_gradient <- function(fit, rows, focal, covariates) {
  about <- focal[rows$unit]
  weight <- rows$weight[about] / sum(rows$weight[about])
  at <- function(treated) {
    data <- list(treated = rep(treated, sum(about)))
    if (!is.null(covariates)) data$x <- covariates[rows$unit[about], , drop = FALSE]
    stats::model.matrix(stats::delete.response(stats::terms(fit)), data)
  }
  drop(weight %*% (at(1) - at(0)))
}

#' Matrix of the coefficients that allows unequal variances
#'
#' @param fit An object of class `lm`.
#' @param kind `HC0` to `HC3`.
#' @return A matrix; `NaN` where a row is fitted by a coefficient of its own.
#' @noRd
heteroscedastic <- function(fit, kind) {
  alone <- kind %in% c("HC2", "HC3") && any(stats::hatvalues(fit) > 1 - 1e-8)
  if (alone || stats::df.residual(fit) < 1 && kind == "HC1") {
    return(NaN * stats::vcov(fit))
  }
  sandwich::vcovHC(fit, type = kind)
}

#' Matrix of the coefficients that allows rows of a cluster to be correlated
#'
#' @param fit An object of class `lm`.
#' @param clusters Data frame with one or two columns.
#' @return A matrix; `NaN` with a single cluster or without degrees of freedom.
#' @noRd
clustered <- function(fit, clusters) {
  single <- any(vapply(clusters, function(x) length(unique(x)) < 2, logical(1)))
  if (single || stats::df.residual(fit) < 1) {
    return(NaN * diag(length(stats::coef(fit))))
  }
  sandwich::vcovCL(fit, cluster = clusters)
}

#' A variance by two ways of clustering, or 0 where it is what rounding leaves of parts that cancel
#'
#' @param variance A number.
#' @param fit An object of class `lm`.
#' @param gradient Vector as from `effect_gradient()`.
#' @return A number.
#' @noRd
variance_or_zero <- function(variance, fit, gradient) {
  if (is.na(variance)) {
    return(variance)
  }
  by_row <- drop(gradient %*% sandwich::vcovCL(fit, cluster = seq_along(stats::residuals(fit))) %*% gradient)
  if (abs(variance) <= rounding() * by_row) 0 else variance
}
