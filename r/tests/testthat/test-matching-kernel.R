scores <- c(.50, .53, .48, .51, .60, .90)
focal <- c(TRUE, TRUE, FALSE, FALSE, FALSE, TRUE)

test_that("radius by hand", {
  # One half to each of the first two controls from the first unit, all of the second from the other.
  found <- smoothing_weights(scores, focal, FALSE, "uniform", .0200001)
  expect_equal(found, c(1, 1, .5, 1.5, 0, 0))
})

test_that("a kernel mean by hand", {
  found <- partner_shares(c(.4, .55), .5, FALSE, "epanechnikov", .2)
  expect_equal(found$given, cbind(.75, .9375) / 1.6875)
  expect_true(all(found$reached))
})

test_that("every kernel ends where it says", {
  ends <- function(kernel) {
    drop(partner_shares(c(.25, .5, .75, 1, 1.25), .5, FALSE, kernel, .5)$reached)
  }
  expect_identical(ends("uniform"), c(TRUE, TRUE, TRUE, TRUE, FALSE))
  for (kernel in c("epanechnikov", "biweight", "tricube")) {
    expect_identical(ends(kernel), c(TRUE, TRUE, TRUE, FALSE, FALSE))
  }
  expect_true(all(ends("normal")))
})

test_that("lines are those of lm()", {
  partners <- c(.1, .25, .3, .42, .5, .5)
  y <- c(3, 1, 4, 1, 5, 9)
  for (kernel in names(kernels())) {
    given <- partner_shares(partners, c(.2, .44), TRUE, kernel, .45)$given
    heights <- vapply(c(.2, .44), function(score) {
      d <- partners - score
      k <- ifelse(abs(d) < .45, kernels()[[kernel]](d / .45), 0)
      if (kernel == "normal") k <- exp(-(d / .45)^2 / 2)
      unname(stats::coef(stats::lm(y ~ d, weights = k))[1])
    }, double(1))
    expect_equal(drop(given %*% y), heights)
  }
})

test_that("one score determines no line", {
  found <- partner_shares(c(.5, .5, .9), .49, TRUE, "uniform", .06)
  expect_false(any(found$reached))
  expect_identical(sum(abs(found$given)), 0)
})

test_that("blocks of units give what all at once do", {
  set.seed(1)
  x <- round(stats::runif(5000), 3)
  units <- seq_along(x) %% 3 == 0
  whole <- smoothing_weights(x, units, FALSE, "biweight", .01)
  shares <- partner_shares(x[!units], x[units], FALSE, "biweight", .01)$given
  expect_equal(whole[!units], colSums(shares) * sum(!units) / sum(units))
})

test_that("strata and discarded units are kept apart", {
  strata <- c(1, 1, 1, 2, 2, 2)
  found <- smoothing_weights(scores, focal, FALSE, "uniform", .5, strata, c(TRUE, FALSE, TRUE, TRUE, TRUE, TRUE))
  expect_equal(found, c(1, 0, 1.5, .75, .75, 1))
})

test_that("nobody within reach is no weight at all", {
  expect_identical(smoothing_weights(c(.1, .9), c(TRUE, FALSE), FALSE, "uniform", .1), c(0, 0))
})
