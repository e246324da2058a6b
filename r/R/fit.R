# How well factors reproduce the correlations: psych::factor.stats() and the rows made of it.

#' Rows on how well factors reproduce the correlations
#'
#' Of components only what says something without a model of unique variance: residuals, the empirical
#' chi-square, complexity, as psych prints it of [psych::principal()]. What is not defined has no row.
#'
#' @param solution A list as from `solve_factors()`.
#' @param correlations Correlations of the items.
#' @param n Rows the correlations were computed from.
#' @param section Section `index` of a study.
#'
#' @return A data frame of rows.
#' @noRd
fit_rows <- function(solution, correlations, n, section) {
  of_model <- section[["extraction"]] != "pca"
  stats <- factor_statistics(correlations, solution, n, section[["extraction"]])
  values <- c(residual_values(stats$value), if (of_model) model_values(stats$value, solution))
  rows <- bind_rows(
    make_rows(names(values), values, "all", note = stats$note),
    make_rows("complexity", stats$value$complexity, section[["items"]], note = stats$note),
    if (of_model) score_adequacy_rows(stats$value$R2, colnames(solution$loadings), stats$note)
  )
  rows[!is.na(rows$value), ]
}

#' What psych says of the fit of given loadings
#'
#' With a method of extraction psych leaves squared multiple correlations above 1 as they are. What concerns numbers
#' that are not used goes unsaid: that the interval of the RMSEA was not found, as with very large chi-squares (see
#' `rmsea_limit()`), and that a model that is not positive definite was smoothed (see `model_values()`).
#'
#' @inheritParams fit_rows
#' @param extraction Name of the extraction.
#' @return A result of [psych::factor.stats()] with its note.
#' @noRd
factor_statistics <- function(correlations, solution, n, extraction) {
  unused <- "pnchisq|the RMSEA|smoothing was done"
  drop_unused <- function(condition, restart) {
    if (grepl(unused, conditionMessage(condition))) invokeRestart(restart)
  }
  with_notes(withCallingHandlers(
    psych::factor.stats(correlations, unname(solution$loadings), solution$phi,
      n.obs = n, alpha = .1, fm = extraction
    ),
    warning = function(w) drop_unused(w, "muffleWarning"),
    message = function(m) drop_unused(m, "muffleMessage")
  ))
}

#' Statistics of the residual correlations
#'
#' @param stats A result of [psych::factor.stats()].
#' @return A named vector; `NA` where there are no degrees of freedom.
#' @noRd
residual_values <- function(stats) {
  c(
    rmsr = stats$rms, rmsr_corrected = stats$crms, fit_total = stats$fit, fit_off_diagonal = stats$fit.off,
    empirical_chi2 = stats$chi, empirical_p = stats$EPVAL
  )
}

#' Statistics of the likelihood of the factor model
#'
#' psych smooths a model that is not positive definite and divides by degrees of freedom that are zero or
#' negative: both are left out here. So is all that is made of chi-square where n is too small for
#' its factor to be positive.
#'
#' @param stats A result of [psych::factor.stats()].
#' @inheritParams fit_rows
#' @return A named vector; `NA` where a statistic is not defined.
#' @noRd
model_values <- function(stats, solution) {
  found <- c(model_df = stats$dof, null_chi2 = stats$null.chisq, null_df = stats$null.dof)
  if (!model_is_definite(solution)) {
    return(found)
  }
  found <- c(found, discrepancy = stats$objective)
  size <- dim(solution$loadings)
  if (stats$n.obs - 1 - (2 * size[1] + 5) / 6 - 2 * size[2] / 3 <= 0) {
    return(found)
  }
  found <- c(found, model_chi2 = stats$STATISTIC)
  if (stats$dof <= 0) {
    return(found)
  }
  c(found,
    model_p = stats$PVAL,
    model_log10_p = stats::pchisq(stats$STATISTIC, stats$dof, lower.tail = FALSE, log.p = TRUE) / log(10),
    rmsea_values(stats),
    tli = stats$TLI, cfi = comparative_fit(stats), bic = stats$BIC, sabic = stats$SABIC
  )
}

#' Comparative fit index, written out for versions of psych that do not give it
#'
#' @param stats A result of [psych::factor.stats()].
#' @return A number.
#' @noRd
comparative_fit <- function(stats) {
  if (!is.null(stats$CFI)) {
    return(stats$CFI)
  }
  null_excess <- max(stats$null.chisq - stats$null.dof, 0)
  (null_excess - max(stats$STATISTIC - stats$dof, 0)) / null_excess
}

#' Whether the correlations that factors reproduce, with 1 on the diagonal, are positive definite
#'
#' @inheritParams fit_rows
#' @return `TRUE` or `FALSE`.
#' @noRd
model_is_definite <- function(solution) {
  model <- tcrossprod(solution$structure, solution$loadings)
  diag(model) <- 1
  min(eigen(model, symmetric = TRUE, only.values = TRUE)$values) >= 1e-12
}

#' The RMSEA and its interval
#'
#' psych's own, but for chi-squares above 100,000, where [stats::pchisq()] does not converge or takes long.
#'
#' @param stats A result of [psych::factor.stats()].
#' @return A named vector.
#' @noRd
rmsea_values <- function(stats) {
  found <- stats::setNames(stats$RMSEA[1:3], c("rmsea", "rmsea_low", "rmsea_high"))
  if (stats$STATISTIC > 1e5) {
    found[["rmsea_low"]] <- rmsea_limit(stats, .95)
    found[["rmsea_high"]] <- rmsea_limit(stats, .05)
  }
  found
}

#' One limit of the interval of the RMSEA, of a large chi-square
#'
#' A noncentral chi-square is a mixture of central ones with Poisson weights: those within 40 standard
#' deviations are summed.
#'
#' @param stats A result of [psych::factor.stats()].
#' @param probability That a chi-square with this noncentrality is below the observed one.
#' @return A number; `NA`, as in psych, on the wrong side of the estimate.
#' @noRd
rmsea_limit <- function(stats, probability) {
  chi2 <- stats$STATISTIC
  away <- function(noncentrality) {
    spread <- 40 * sqrt(noncentrality / 2)
    j <- seq(max(0, floor(noncentrality / 2 - spread)), ceiling(noncentrality / 2 + spread))
    sum(stats::dpois(j, noncentrality / 2) * stats::pchisq(chi2, stats$dof + 2 * j)) - probability
  }
  # Normal deviates of 20: the root is well within.
  around <- chi2 - stats$dof + c(-1, 1) * 20 * sqrt(4 * chi2)
  root <- stats::uniroot(away, pmax(around, 0), tol = 1e-6)$root
  limit <- sqrt(root / ((stats$n.obs - 1) * stats$dof))
  estimate <- stats$RMSEA[[1]]
  if ((probability > .5) == (limit <= estimate)) limit else NA
}

#' Rows on how well the items determine the factors
#'
#' @param r_squared Squared multiple correlation of each factor with the items.
#' @param factors Names of the factors.
#' @param note What psych said.
#' @return A data frame of rows.
#' @noRd
score_adequacy_rows <- function(r_squared, factors, note) {
  bind_rows(
    make_rows("score_r_squared", r_squared, "all", factors, note = note),
    make_rows("score_max_correlation", sqrt(r_squared), "all", factors, note = note),
    make_rows("score_min_correlation", 2 * r_squared - 1, "all", factors, note = note)
  )
}
