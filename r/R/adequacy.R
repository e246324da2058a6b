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
    make_rows("eigenvalue", eigenvalues, "all", seq_along(eigenvalues))
  )
}
