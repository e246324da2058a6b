#' The index as a weighted sum of factor scores
#'
#' @param scores Matrix, n x k.
#' @param solution A list as from `solve_factors()`.
#' @param section Section `index` of a study.
#' @return n numbers: `scale` times the sum of the scores weighted by the undivided variance shares.
#' @noRd
composite_index <- function(scores, solution, section) {
  share <- explained_variance(solution) / nrow(solution$loadings)
  section[["composite"]][["scale"]] * drop(scores %*% share)
}

#' Rows of the composite index
#'
#' @param index Index of each row.
#' @param note What was said while the factors were found.
#' @return A data frame of rows.
#' @noRd
composite_rows <- function(index, note = "") {
  make_rows(c("index_mean", "index_sd"), c(mean(index), stats::sd(index)), "all", note = note)
}
