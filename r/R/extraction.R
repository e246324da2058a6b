#' Ways to extract factors
#'
#' Each takes a correlation matrix, the number of rows it comes from, the number of factors and the rotation, and
#' returns a result of psych with `loadings`, `Phi`, `communality` and `uniquenesses`.
#'
#' @return A named list of functions.
#' @noRd
extractions <- function() {
  list(
    minres = function(correlations, n, factors, rotation) {
      psych::fa(correlations, nfactors = factors, n.obs = n, rotate = rotation, fm = "minres")
    },
    pca = function(correlations, n, factors, rotation) {
      psych::principal(correlations, nfactors = factors, n.obs = n, rotate = rotation, scores = FALSE)
    }
  )
}

#' What an extraction minimises, at its own loadings
#'
#' @param residual Correlations minus those that the loadings reproduce.
#' @param extraction `minres`: squares below the diagonal; `pca`: squares of the whole matrix.
#' @return A number.
#' @noRd
extraction_objective <- function(residual, extraction) {
  switch(extraction,
    minres = sum(residual[lower.tri(residual)]^2),
    pca = sum(residual^2)
  )
}

#' Largest number of factors that items allow
#'
#' As many components as items; of factors, as many as leave no negative degrees of freedom.
#'
#' @param items Number of items.
#' @param extraction Name of the extraction.
#' @return A whole number.
#' @noRd
most_factors <- function(items, extraction) {
  if (extraction == "pca") {
    return(items)
  }
  k <- seq_len(items - 1)
  max(0, k[(items - k)^2 >= items + k])
}
