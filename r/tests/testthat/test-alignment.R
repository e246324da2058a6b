orders <- function(v) {
  if (length(v) < 2) {
    return(list(v))
  }
  do.call(c, lapply(seq_along(v), function(i) lapply(orders(v[-i]), function(rest) c(v[i], rest))))
}

test_that("permuted and reflected factors come back, with their correlations", {
  set.seed(1)
  target <- matrix(stats::rnorm(24), 8, dimnames = list(NULL, c("F1", "F2", "F3")))
  phi <- matrix(c(1, .1, .2, .1, 1, .3, .2, .3, 1), 3, dimnames = list(colnames(target), colnames(target)))
  for (order in orders(1:3)) {
    sign <- c(1, -1, -1)
    scrambled <- sweep(target[, order], 2, sign, "*")
    found <- align_factors(scrambled, phi[order, order] * outer(sign, sign), target)
    expect_equal(found$loadings, target)
    expect_equal(found$phi, phi)
  }
  expect_null(align_factors(target, NULL, target)$phi)
  expect_equal(align_factors(-target[, 1, drop = FALSE], NULL, target[, 1, drop = FALSE])$loadings, target[, 1, drop = FALSE])
})

test_that("no other assignment gains more", {
  set.seed(2)
  for (k in 1:5) {
    for (trial in 1:40) {
      # Whole numbers have ties, and circles that gain nothing.
      gains <- matrix(if (trial %% 2) stats::runif(k^2) else sample(0:3, k^2, TRUE), k)
      column <- best_assignment(gains)
      expect_identical(sort(column), seq_len(k))
      most <- max(vapply(orders(seq_len(k)), function(other) sum(gains[cbind(seq_len(k), other)]), 1))
      expect_equal(sum(gains[cbind(seq_len(k), column)]), most)
    }
  }
})

test_that("two factors that resemble the same one are told apart by what they gain together", {
  target <- cbind(c(1, 0, 0), c(0, 1, 0))
  # Both are nearest to the first; the second is farther from the second.
  loadings <- cbind(c(.9, .5, 0), c(.95, .1, 0))
  expect_equal(align_factors(loadings, NULL, target)$loadings, loadings[, 2:1])
})
