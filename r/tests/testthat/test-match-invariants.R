# As the stage does it when no defect is allowed.
check_match <- function(pairs, weights, scores, treated, section) {
  refuse_broken(broken_rules(pairs, weights, scores, treated, section, section$caliper$value))
}

treated <- c(1, 1, 0, 0, 0)
scores <- c(.60, .50, .56, .30, .95)
once <- list(ratio = 1L, replace = FALSE, caliper = NULL)
reuse <- list(ratio = 2L, replace = TRUE, caliper = NULL)

broken <- function(pairs, section, text, weights = pair_weights(pairs, treated)) {
  cnd <- expect_error(check_match(pairs, weights, scores, treated, section), class = "ermbridge_error_invariant")
  expect_match(cnd$message, paste("MatchIt", utils::packageVersion("MatchIt")), fixed = TRUE)
  expect_match(paste(cnd$body, collapse = " "), text)
}

test_that("right matches pass", {
  passes <- function(pairs, section) {
    expect_null(check_match(pairs, pair_weights(pairs, treated), scores, treated, section))
  }
  passes(matrix(c(3L, 4L)), once)
  passes(matrix(c(4L, 3L)), once)
  passes(rbind(c(3L, 4L), c(3L, 4L)), reuse)
  # Neighbours at equal distance may stand in any order.
  passes(rbind(c(4L, 3L), c(4L, 3L)), reuse)
  passes(matrix(c(3L, NA)), utils::modifyList(once, list(caliper = list(value = .05))))
})

test_that("each broken rule is told", {
  broken(rbind(c(3L, 3L), c(3L, 4L)), reuse, "same control twice")
  broken(matrix(c(3L, 3L)), once, "used twice without replacement")
  broken(rbind(c(3L, 4L), c(5L, NA)), once, "more controls than the ratio")
  broken(matrix(c(2L, 3L)), once, "treated unit is used as a control")
  broken(matrix(3L), once, "one row for each treated", weights = c(1, 0, 1, 0, 0))
  broken(matrix(c(3L, 4L)), utils::modifyList(once, list(caliper = list(value = .1))), "farther apart than the caliper")
  broken(matrix(c(3L, 4L)), once, "weights", weights = c(1, 1, 1, 2, 0))
})

test_that("controls that are not the nearest are told", {
  broken(rbind(c(3L, 5L), c(3L, 4L)), reuse, "nearest")
  # Nobody has row 3, which is nearer to both.
  broken(matrix(c(5L, 4L)), once, "nearest")
  # The second unit has a control within the caliper and got none.
  broken(matrix(c(3L, NA)), utils::modifyList(reuse, list(ratio = 1L, caliper = list(value = .07))), "nearest")
  broken(matrix(c(NA, 3L)), list(ratio = 1L, replace = FALSE, caliper = list(value = .4)), "nearest")
})

test_that("the nearest distances are those of a search over all controls", {
  set.seed(1)
  for (k in 1:5) {
    scores <- round(stats::runif(30), 2)
    controls <- round(stats::runif(sample(1:12, 1)), 2)
    all <- abs(outer(scores, controls, "-"))
    sorted <- t(apply(all, 1, function(x) sort(c(x, rep(Inf, k)))[seq_len(k)]))
    expect_identical(nearest_distances(scores, controls, k), matrix(sorted, 30))
  }
})

test_that("weights follow from the pairs", {
  # Row 3 serves both: 1/2 + 1; row 4 one half; scaled to average 1.
  expect_equal(pair_weights(rbind(c(3L, 4L), c(3L, NA)), treated), c(1, 1, 1.5, .5, 0))
  expect_identical(pair_weights(matrix(c(NA, 4L)), treated), c(0, 1, 0, 1, 0))
})

test_that("MatchIt's matches pass on many small designs with ties", {
  set.seed(11)
  passed <- 0
  for (k in 1:60) {
    n <- sample(8:60, 1)
    t <- replace(stats::rbinom(n, 1, stats::runif(1, .1, .7)), 1:2, 0:1)
    s <- round(stats::runif(n), sample(1:3, 1))
    section <- list(
      method = "nearest", estimand = "ATT", ratio = sample(1:5, 1), replace = sample(c(TRUE, FALSE), 1),
      order = sample(c("largest", "smallest", "data"), 1),
      caliper = if (stats::runif(1) < .5) list(value = max(min(abs(outer(s[t == 1], s[t == 0], "-"))), .05))
    )
    taken <- match_artefacts(with_notes(match_units(t, list(scores = s), data.frame(x1 = sin(1:n)), section))$value, s)
    passed <- passed + is.null(check_match(taken$match_matrix, taken$weights, s, t, section))
  }
  expect_identical(passed, 60)
})
