#' Weights that turn standardised items into factor scores
#'
#' By [psych::factor.scores()] from the correlations that were factored.
#'
#' @param correlations Correlations of the items.
#' @param solution A list as from `canonical_form()`.
#' @param method Name of the method in the study.
#' @return Matrix, p x k, columns `F1..Fk`.
#' @noRd
score_weights <- function(correlations, solution, method) {
  found <- psych::factor.scores(correlations, solution$loadings,
    Phi = solution$phi, method = score_methods()[[method]], rho = correlations
  )
  matrix(found$weights, nrow(correlations), dimnames = dimnames(solution$loadings))
}

#' Methods of factor scores by their names in psych
#'
#' @return A named list.
#' @noRd
score_methods <- function() list(regression = "Thurstone")

#' Factor scores
#'
#' @param items Matrix of items, n x p.
#' @param weights Matrix, p x k.
#' @return Matrix, n x k: items standardised with denominator n - 1, times weights.
#' @noRd
factor_scores <- function(items, weights) {
  scores <- scale(items) %*% weights
  dimnames(scores) <- list(NULL, colnames(weights))
  scores
}
