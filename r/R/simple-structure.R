#' Very simple structure
#'
#' As [psych::vss()] with its defaults: minres, varimax from two factors on, the diagonal included. It cannot be
#' called itself, because the fit jumps where the loadings of psych, whose search stops early, are 1e-3 off.
#' Improper solutions (Heywood cases) are left out.
#'
#' @param correlations Correlations of the items.
#' @param most Largest number of factors.
#' @return A list: `first` and `second`, the fits of complexity 1 and 2 for 1, 2, ... factors (`NA` for improper
#'   solutions and, in `second`, for one factor), and `note`.
#' @noRd
very_simple_structure <- function(correlations, most) {
  numbers <- seq_len(min(most, most_factors(ncol(correlations), "minres")))
  heard <- with_notes(vapply(numbers, function(k) simple_fits(correlations, k), double(2)))
  list(first = heard$value[1, ], second = heard$value[2, ], note = heard$note)
}

#' Fits of loadings that are simplified
#'
#' @param correlations Correlations of the items.
#' @param factors Number of factors.
#' @return Two numbers: the fit when each item keeps its largest loading, and its two largest.
#' @noRd
simple_fits <- function(correlations, factors) {
  loadings <- proper_minres(correlations, factors)
  if (is.null(loadings)) {
    return(c(NA_real_, NA_real_))
  }
  if (factors == 1) {
    return(c(1 - sum((correlations - tcrossprod(loadings))^2) / sum(correlations^2), NA))
  }
  loadings <- unclass(stats::varimax(loadings)$loadings)
  place <- t(apply(-abs(loadings), 1, rank, ties.method = "first"))
  vapply(1:2, function(complexity) {
    kept <- loadings * (place <= complexity)
    1 - sum((correlations - tcrossprod(kept))^2) / sum(correlations^2)
  }, double(1))
}

#' Minres loadings of psych, with its search continued to the minimum
#'
#' The squared residuals of the whole matrix, whose minimum is the same where no bound is active.
#'
#' @param correlations Correlations of the items.
#' @param factors Number of factors.
#' @return A matrix, or `NULL` where a uniqueness stands at the bound that psych sets.
#' @noRd
proper_minres <- function(correlations, factors) {
  fit <- psych::fa(correlations, nfactors = factors, rotate = "none", fm = "minres", warnings = FALSE)
  loadings <- function(psi) {
    eigen <- eigen(correlations - diag(psi), symmetric = TRUE)
    kept <- seq_len(factors)
    eigen$vectors[, kept, drop = FALSE] %*% diag(sqrt(pmax(eigen$values[kept], 0)), factors)
  }
  residual <- function(psi) correlations - diag(psi) - tcrossprod(loadings(psi))
  found <- stats::optim(1 - fit$communalities,
    fn = function(psi) sum(residual(psi)^2) / 2, gr = function(psi) -diag(residual(psi)),
    method = "L-BFGS-B", lower = .005, upper = 1, control = list(factr = 1, maxit = 5000)
  )
  if (any(found$par <= .005 * (1 + 1e-6))) NULL else loadings(found$par)
}

#' Rows of the very simple structure
#'
#' Fits that agree to three decimals count as equal; the fewest factors win.
#'
#' @param found Result of `very_simple_structure()`.
#' @return A data frame of rows.
#' @noRd
vss_rows <- function(found) {
  one <- function(fits, complexity) {
    known <- which(!is.na(fits))
    best <- which.max(round(fits, 3))
    bind_rows(
      make_rows("vss", fits[known], complexity, known, note = found$note),
      make_rows("suggested_factors", best, "vss", rep(complexity, length(best)), note = found$note)
    )
  }
  bind_rows(one(found$first, "complexity_1"), one(found$second, "complexity_2"))
}
