#' Weights of the factors in the composite index
#'
#' `variance`: shares of the total variance after rotation. `initial_variance`: shares of the first eigenvalues of the
#' correlations, which the rotated factors take in their canonical order. `equal`: 1 for each factor.
#'
#' @param solution A list as from `solve_factors()`.
#' @param correlations Correlations of the items.
#' @param composite The mapping `composite` of the section `index`: `weights` and `divide`.
#'
#' @return A double vector, one weight a factor; with `divide` they add up to 1.
#' @noRd
composite_weights <- function(solution, correlations, composite) {
  items <- nrow(solution$loadings)
  factors <- ncol(solution$loadings)
  weights <- switch(composite[["weights"]],
    variance = unname(explained_variance(solution)) / items,
    initial_variance = eigen(correlations, symmetric = TRUE)$values[seq_len(factors)] / items,
    equal = rep(1, factors)
  )
  if (composite[["divide"]]) proportions(weights) else weights
}

#' Kinds of weights
#'
#' @return A character vector.
#' @noRd
composite_kinds <- function() c("variance", "initial_variance", "equal")

#' The index as a weighted sum of factor scores
#'
#' @param scores Matrix, n x k.
#' @param weights Weights of the factors.
#' @param composite The mapping `composite` of the section `index`.
#' @return n numbers: `scale` times the sum of the weighted scores.
#' @noRd
composite_index <- function(scores, weights, composite) {
  composite[["scale"]] * drop(scores %*% weights)
}

#' Rows of the composite index
#'
#' @param index Index of each row.
#' @param weights Weights of the factors.
#' @param note What was said while the factors were found.
#' @return A data frame of rows.
#' @noRd
composite_rows <- function(index, weights, note) {
  moments <- c(mean(index, na.rm = TRUE), stats::sd(index, na.rm = TRUE))
  bind_rows(
    make_rows("index_weight", weights, "all", paste0("F", seq_along(weights)), note = note),
    make_rows(c("index_mean", "index_sd"), moments, "all", note = note)
  )
}
