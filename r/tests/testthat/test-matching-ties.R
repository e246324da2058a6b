treated <- c(1, 1, 0, 0, 0, 0)
scores <- c(.5, .5, .4, .6, .6, .5)

by_rule <- function(...) {
  study <- list(variables = list(t = number(), x = number()), matching = matching_section("t", "x", ...))
  x <- ifelse(treated == 1, 5, rep_len(c(0, 20), length(treated))) + seq_along(treated)
  run_stage("matching", study, data.frame(t = treated, x = x), list(propensity = scores))$artefacts
}

test_that("of equally near controls the first row is taken", {
  once <- by_rule(ties = "first", ratio = 2L)
  expect_identical(once$match_matrix, rbind(c(6L, 4L), c(3L, 5L)))
  expect_identical(once$subclass, c(1L, 2L, 2L, 1L, 2L, 1L))
  again <- by_rule(ties = "first", ratio = 2L, replace = TRUE)
  expect_identical(again$match_matrix, rbind(c(6L, 3L), c(6L, 3L)))
  expect_null(again$subclass)
})

test_that("all that are as near as the last are taken, with shares of one", {
  all <- by_rule(ties = "all", ratio = 2L, replace = TRUE)
  expect_identical(all$match_matrix, rbind(c(6L, 3L, 4L, 5L), c(6L, 3L, 4L, 5L)))
  expect_equal(all$weights, rep(1, 6))
})

test_that("the bounds of a mean are those of every choice", {
  set.seed(4)
  for (i in 1:20) {
    apart <- sample(c(.1, .2, .3), 6, replace = TRUE)
    outcome <- stats::rnorm(6)
    wanted <- sample(5, 1)
    last <- sort(apart)[wanted]
    sure <- which(apart < last)
    tied <- which(apart == last)
    sets <- utils::combn(length(tied), wanted - length(sure))
    means <- apply(sets, 2, function(chosen) mean(outcome[c(sure, tied[chosen])]))
    expect_equal(bounds_of_mean(outcome, apart, wanted), c(min(means), max(means), mean(means)))
  }
  expect_identical(bounds_of_mean(double(), double(), 2), rep(NA_real_, 3))
})

test_that("a variable ratio gives most to those nearest to the other group", {
  section <- list(ratio = 2, min_controls = 1, max_controls = 4)
  expect_equal(wanted_partners(section, c(.5, .9, .6, .7, .1, .2), c(1, 1, 1, 1, 0, 0)), c(4, 1, 2, 1))
})

test_that("discarded units are nobody's partners and are not drawn", {
  section <- list(
    ratio = 1, replace = FALSE, order = "random", seed = 3, ties = "first", estimand = "ATT",
    distance = list(method = "glm"), method = "nearest"
  )
  treated <- c(1, 1, 1, 0, 0, 0)
  kept <- c(TRUE, FALSE, TRUE, TRUE, FALSE, TRUE)
  measured <- list(scores = c(.1, .2, .3, .1, .3, .2), kept = kept, weights = c(1, 2, 1, 2, 1, 2))
  matched <- match_by_rule(treated, measured, list(), section, list())
  expect_identical(unname(matched$weights > 0), kept)
  expect_identical(unname(matched$discarded), !kept)
  expect_identical(unname(matched$s.weights), measured$weights)
  expect_setequal(turns_of(section, measured$scores[1:3], kept[1:3]), c(1, 3))
  expect_identical(has_others(list(exact1 = c(1, 1, 2, 1, 3, 3)), treated), c(TRUE, TRUE, FALSE, TRUE, TRUE, TRUE))
})

test_that("variances of weights that leave no degrees of freedom are not defined", {
  expect_equal(weighted_variance(c(1, 2, 4), c(1, 1, 1)), stats::var(c(1, 2, 4)))
  expect_identical(weighted_variance(c(1, 2, 4), c(2, -1.5, 1)), NaN)
})
