# Weights that turn standardised items into factor scores, and the scores.

#' Weights of factor scores
#'
#' By [psych::factor.scores()] from the correlations that were factored, whatever their kind. Of a single factor
#' psych has no Anderson-Rubin scores, and ten Berge's lack their unit variance: see `one_factor_weights()`.
#'
#' @param correlations Correlations of the items.
#' @param solution A list as from `canonical_form()`.
#' @param method Name of the method in the study.
#' @param items Names of the items.
#' @param call Frame of the function to name in an error.
#' @return Matrix, p x k, columns `F1..Fk`.
#' @noRd
score_weights <- function(correlations, solution, method, items, call = rlang::caller_env()) {
  if (method %in% c("bartlett", "anderson")) {
    check_uniquenesses(solution, method, items, call)
  }
  if (ncol(solution$loadings) == 1 && method %in% c("anderson", "tenberge")) {
    weights <- one_factor_weights(correlations, solution$loadings, method)
  } else {
    weights <- psych::factor.scores(correlations, solution$loadings,
      Phi = solution$phi, method = score_methods()[[method]], rho = correlations
    )$weights
  }
  matrix(weights, nrow(correlations), dimnames = dimnames(solution$loadings))
}

#' Methods of factor scores by their names in psych
#'
#' @return A named list.
#' @noRd
score_methods <- function() {
  list(
    regression = "Thurstone", bartlett = "Bartlett", anderson = "Anderson", tenberge = "tenBerge",
    harman = "Harman"
  )
}

#' Weights of the scores of a single factor, brought to unit variance
#'
#' @inheritParams score_weights
#' @param loadings Loadings, p x 1.
#' @return Matrix, p x 1.
#' @noRd
one_factor_weights <- function(correlations, loadings, method) {
  weights <- switch(method,
    tenberge = solve(correlations, loadings),
    anderson = loadings / (1 - loadings^2)
  )
  weights / sqrt(drop(crossprod(weights, correlations %*% weights)))
}

#' Refuse scores that divide by a uniqueness of zero or less
#'
#' @inheritParams score_weights
#' @return Nothing.
#' @noRd
check_uniquenesses <- function(solution, method, items, call = rlang::caller_env()) {
  uniquenesses <- 1 - rowSums(solution$loadings * solution$structure)
  improper <- items[!(uniquenesses > 1e-10)]
  if (length(improper)) {
    refuse("input", c(
      "{.field index.scores}: {.val {method}} divides by the uniqueness of each item.",
      x = "Heywood case: {.val {improper}} {?has/have} none.",
      i = "Take scores {.val regression} or {.val tenberge}, or fewer factors."
    ), call = call)
  }
}

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

#' What scores of new rows are standardised with
#'
#' @param items Matrix of items, n x p, reverse-keyed ones turned round.
#' @param section Section `index` of a study.
#' @return Matrix, p x 3: means, standard deviations, and what a reversed item is subtracted from (its minimum plus
#'   its maximum), `NA` for others.
#' @noRd
standardisation <- function(items, section) {
  turned_at <- apply(items, 2, function(x) min(x, na.rm = TRUE) + max(x, na.rm = TRUE))
  turned_at[!section[["items"]] %in% section[["reverse"]]] <- NA
  unname(cbind(colMeans(items, na.rm = TRUE), apply(items, 2, stats::sd, na.rm = TRUE), turned_at))
}
