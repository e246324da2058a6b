#' Kinds of standard error of a matched effect
#'
#' @return A named list of functions of a `sample` as from `matched_sample()` that return a standard error.
#' @noRd
matched_errors <- function() {
  of_regression <- function(kind) {
    force(kind)
    function(sample) regression_effect(sample, kind)[["std_error"]]
  }
  c(
    list(psmatch2 = error_psmatch2),
    lapply(stats::setNames(nm = regression_errors()), of_regression),
    list(
      abadie_imbens = error_abadie_imbens, abadie_imbens_score = error_abadie_imbens_score,
      bootstrap = error_bootstrap
    )
  )
}

#' Standard error of Stata's psmatch2
#'
#' The variance is `s1^2 / N1 + s0^2 * sum(w^2) / N1^2` (psmatch2 4.0.12, Leuven and Sianesi): `s1^2` the
#' variance of the outcome over the N1 matched treated, `s0^2` unweighted over the distinct matched
#' controls, `w` their weights scaled to add up to N1. Where treated units are weighted as well, both groups
#' count as the controls do.
#'
#' @param sample A list as from `matched_sample()`.
#' @return A number.
#' @noRd
error_psmatch2 <- function(sample) {
  of_group <- function(value) {
    used <- sample$treated == value & sample$weights != 0
    w <- sample$weights[used] / sum(sample$weights[used])
    stats::var(sample$outcome[used]) * sum(w^2)
  }
  root_of_variance(of_group(1) + of_group(0), sample$outcome)
}

#' Share of the largest number below which a difference is rounding
#'
#' @return A number.
#' @noRd
rounding <- function() 1e-14

#' A standard error from its variance
#'
#' @param variance A number, or `NA`.
#' @param outcome Double vector.
#' @return 0 where the error is no more than the rounding of the outcome; `NaN` of a negative or missing variance.
#' @noRd
root_of_variance <- function(variance, outcome) {
  if (is.na(variance)) {
    return(NaN)
  }
  if (abs(variance) <= (rounding() * max(abs(outcome)))^2) {
    return(0)
  }
  if (variance < 0) NaN else sqrt(variance)
}
