#' Rows on whether the items are worth factoring
#'
#' @param correlations Correlations of the items.
#' @param n Number of rows.
#' @param items Names of the items.
#' @return A data frame of rows.
#' @noRd
adequacy_rows <- function(correlations, n, items) {
  kmo <- with_notes(psych::KMO(correlations))
  bartlett <- with_notes(psych::cortest.bartlett(correlations, n = n))
  eigenvalues <- eigen(correlations, symmetric = TRUE)$values
  bind_rows(
    make_rows("kmo", c(kmo$value$MSAi, kmo$value$MSA), c(items, "all"), note = kmo$note),
    make_rows(c("bartlett_chi2", "bartlett_df", "bartlett_p"),
      c(bartlett$value$chisq, bartlett$value$df, bartlett$value$p.value), "all",
      note = bartlett$note
    ),
    make_rows("bartlett_log10_p", log10_tail(bartlett$value$chisq, bartlett$value$df), "all", note = bartlett$note),
    make_rows("log_det", as.numeric(determinant(correlations, logarithm = TRUE)$modulus), "all"),
    make_rows("condition", kappa(correlations, exact = TRUE), "all"),
    make_rows("eigenvalue", eigenvalues, "all", seq_along(eigenvalues))
  )
}

#' Logarithm to base 10 of the upper tail of chi-square
#'
#' @param statistic,df Numbers.
#' @return A number, also where the probability is too small for one.
#' @noRd
log10_tail <- function(statistic, df) {
  stats::pchisq(statistic, df, lower.tail = FALSE, log.p = TRUE) / log(10)
}
