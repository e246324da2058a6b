#' Parallel analysis on the random numbers that Python draws as well
#'
#' [psych::fa.parallel()] computes the same from other random numbers, which cannot be given to it.
#'
#' @param asked Section `dimension`.
#' @inheritParams dimension
#' @return A list by kind of eigenvalues (`components`, `factors`, `factors_smc`): `observed`, `mean`, `quantile`
#'   (p numbers each), `by_mean`, `by_quantile` and `note`.
#' @noRd
parallel_analysis <- function(asked, correlations, n, seed) {
  p <- ncol(correlations)
  drawn <- with_draws(
    seed, "parallel", asked[["replicates"]], p * (p + 1) / 2,
    function(u) null_correlations(u, p, n)
  )
  lapply(stats::setNames(nm = unlist(asked[["of"]])), function(kind) {
    values_of <- eigenvalue_kinds()[[kind]]
    heard <- with_notes(list(
      observed = values_of(correlations),
      simulated = vapply(drawn, values_of, double(p))
    ))
    observed <- heard$value$observed
    mean <- rowMeans(heard$value$simulated)
    limit <- apply(heard$value$simulated, 1, stats::quantile, probs = asked[["quantile"]], names = FALSE)
    list(
      observed = observed, mean = mean, quantile = limit,
      by_mean = leading(observed, mean), by_quantile = leading(observed, limit), note = heard$note
    )
  })
}

#' Correlations of uncorrelated normal items, without their rows
#'
#' The Cholesky factor of a Wishart matrix with n - 1 degrees of freedom: roots of chi-squares with n - 1, n - 2,
#' ... degrees of freedom on the diagonal, normal deviates below, column by column (Bartlett 1933; Odell and
#' Feiveson 1966, J. Am. Stat. Assoc. 61, 199-203).
#'
#' @param u Uniform numbers, p(p + 1)/2: first those of the chi-squares.
#' @param p Number of items.
#' @param n Number of rows.
#' @return A matrix.
#' @noRd
null_correlations <- function(u, p, n) {
  factor <- diag(sqrt(stats::qchisq(u[seq_len(p)], n - seq_len(p))))
  factor[lower.tri(factor)] <- stats::qnorm(u[-seq_len(p)])
  stats::cov2cor(tcrossprod(factor))
}

#' Eigenvalues that parallel analysis can compare
#'
#' @return A list of functions of a correlation matrix: of itself, of that with the communalities of one minres
#'   factor on its diagonal, as [psych::fa.parallel()] takes them, and with squared multiple correlations there,
#'   as its argument `SMC` does.
#' @noRd
eigenvalue_kinds <- function() {
  values <- function(r) eigen(r, symmetric = TRUE, only.values = TRUE)$values
  list(
    components = values,
    factors = function(r) psych::fa(r, nfactors = 1, rotate = "none", fm = "minres", warnings = FALSE)$values,
    factors_smc = function(r) {
      diag(r) <- psych::smc(r)
      values(r)
    }
  )
}

#' Count the eigenvalues before the first that does not exceed its limit
#'
#' @param observed,limits Numbers, largest first.
#' @return A whole number.
#' @noRd
leading <- function(observed, limits) {
  match(FALSE, observed > limits, nomatch = length(observed) + 1) - 1
}

#' Rows of a parallel analysis
#'
#' @param kind Kind of eigenvalues.
#' @param found An element of the result of `parallel_analysis()`.
#' @return A data frame of rows.
#' @noRd
parallel_rows <- function(kind, found) {
  p <- length(found$observed)
  bind_rows(
    if (kind != "components") make_rows(paste0("eigenvalue_", kind), found$observed, "all", seq_len(p)),
    make_rows(paste0("parallel_", kind), c(found$mean, found$quantile),
      rep(c("mean", "quantile"), each = p), rep(seq_len(p), 2),
      note = found$note
    ),
    make_rows("suggested_factors", c(found$by_mean, found$by_quantile), paste0("parallel_", kind),
      c("mean", "quantile"),
      note = found$note
    )
  )
}
