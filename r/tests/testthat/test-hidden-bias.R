# Lead in the blood of 33 children of exposed workers and of their controls: Morton et al. (1982), printed in
# Rosenbaum (2002), Observational Studies, 2nd ed., section 4.3.
lead <- c(
  38, 23, 41, 18, 37, 36, 23, 62, 31, 34, 24, 14, 21, 17, 16, 20, 15,
  10, 45, 39, 22, 35, 49, 48, 44, 35, 43, 39, 34, 13, 73, 25, 27
) - c(
  16, 18, 18, 24, 19, 11, 10, 15, 16, 18, 18, 13, 19, 10, 16, 16, 24,
  13, 9, 14, 21, 19, 7, 18, 19, 12, 11, 22, 25, 16, 13, 11, 13
)

test_that("bounds of lead are as printed", {
  gamma <- c(1, 2, 3, 4, 4.25, 5)
  p <- signed_rank_bounds(lead, gamma)
  expect_equal(round(p$high, 4), c(0, .0018, .0136, .0388, .0468, .0740))
  expect_true(all(p$low < 1e-4))
  effect <- hodges_lehmann_bounds(lead, gamma)
  expect_equal(effect$low, c(15, 10.25, 8, 6.5, 6, 5))
  expect_equal(effect$high, c(15, 19.5, 23, 25, 25, 26.5))
})

test_that("smoking and lung cancer: Hammond's pairs", {
  p <- mcnemar_bounds(rep(c(1, -1, 0), c(110, 12, 100)), c(1, 3, 6))
  expect_true(all(p$high[1:2] < 1e-4))
  expect_equal(p$high[3], stats::binom.test(110, 122, 6 / 7, "greater")$p.value)
  expect_equal(round(p$high[3], 1), .1)
})

test_that("without bias they are the usual tests", {
  set.seed(1)
  x <- stats::rnorm(30, .3)
  usual <- stats::wilcox.test(x, alternative = "greater", exact = FALSE, correct = FALSE)
  expect_equal(signed_rank_bounds(x, 1)$high, usual$p.value)
  expect_equal(signed_rank_bounds(-x, 1)$low, usual$p.value)
  means <- outer(x, x, "+")
  expect_equal(hodges_lehmann_bounds(x, 1)$low, stats::median(means[row(means) <= col(means)]) / 2)
})

test_that("many differences need no table of all means", {
  set.seed(2)
  x <- round(stats::rnorm(2100), 2)
  sums <- outer(x, x, "+")
  expect_equal(mean_of_two(x, c(1, 5e5, 2100 * 2101 / 2)), sort(sums[row(sums) <= col(sums)])[c(1, 5e5, 2100 * 2101 / 2)] / 2)
})

test_that("pairs that do not differ", {
  expect_true(is.nan(signed_rank_bounds(double(4), 2)$high))
  expect_identical(mcnemar_bounds(double(4), 2)$high, 1)
  expect_identical(hodges_lehmann_bounds(double(4), 2)$low, 0)
})

test_that("E-values are as printed by VanderWeele and Ding (2017)", {
  expect_equal(round(e_value(c(3.9, 1.8, .80, .91)), 2), c(7.26, 3, 1.81, 1.43))
  found <- e_values(-.84, .28, 2)
  expect_equal(found[["point"]], e_value(exp(-.91 * .42)))
  expect_equal(found[["limit"]], e_value(exp(-.91 * .42 + 1.78 * .14)))
  expect_identical(e_values(.1, .2, 1)[["limit"]], 1)
})
