#' Standard error by resampling matched sets
#'
#' Whole sets are drawn with replacement; the match is not repeated. Numbers come from `with_draws()`, so that
#' Python draws the same sets.
#'
#' @param sample A list as from `matched_sample()`.
#' @return A number; `NaN` with a single set.
#' @noRd
error_bootstrap <- function(sample) {
  rows <- if (is.null(sample$match_matrix)) matched_units(sample) else matched_sets(sample)
  y <- sample$outcome[rows$unit] - mean(sample$outcome[rows$unit])
  one <- rows$weight * (rows$treated == 1)
  zero <- rows$weight * (rows$treated == 0)
  sets <- rowsum(cbind(one, one * y, zero, zero * y), rows$set)
  count <- nrow(sets)
  if (count < 2) {
    return(NaN)
  }
  estimates <- with_draws(sample$seed, "effect", sample$replicates, count, function(u) {
    sums <- colSums(sets[floor(count * u) + 1, , drop = FALSE])
    sums[[2]] / sums[[1]] - sums[[4]] / sums[[3]]
  })
  estimates <- unlist(estimates)
  root_of_variance(stats::var(estimates[is.finite(estimates)]), sample$outcome)
}
