# Both ways to the table of balance: MatchIt's summary, and plain R from the weights.
both_ways <- function(match, columns, section, ...) {
  covariates <- list(
    columns = columns, data = as.data.frame(stats::setNames(columns, paste0("x", seq_along(columns)))),
    centres = rep(0, length(columns)), terms = paste0("t", seq_along(columns))
  )
  treated <- unname(match$treat)
  apart <- if (!is.null(match$subclass)) {
    function(x) set_distance(x, treated, match$subclass)
  } else {
    matrix <- match$match.matrix
    positions <- matrix(match(matrix, names(match$treat)), nrow(matrix))
    function(x) matrix_distance(x, positions, match(rownames(matrix), names(match$treat)))
  }
  list(
    by_matchit = balance_rows(match, covariates, section),
    by_weights = weighted_balance_rows(covariates, section, treated, unname(match$weights), unname(match$distance),
      sampling = unname(match$s.weights), discarded = unname(match$discarded), apart = apart
    )
  )
}

section_of <- function(estimand, ...) {
  every <- c(
    "smd", "variance_ratio", "ks", "ecdf_mean", "pair_distance", "mean_treated", "mean_control", "reduction"
  )
  list(estimand = estimand, balance = list(statistics = every, ...))
}

some_columns <- function(treated) {
  n <- length(treated)
  set.seed(5)
  list(
    stats::rnorm(n) + treated, as.double(sample.int(4, n, TRUE)), as.double(stats::runif(n) < .3),
    ifelse(treated == 1, 2, stats::rnorm(n)), rep(1, n), rep(2.5, n)
  )
}

expect_same_rows <- function(found) {
  keys <- c("quantity", "term", "component")
  expect_identical(found$by_weights[keys], found$by_matchit[keys])
  expect_equal(found$by_weights$value, found$by_matchit$value, tolerance = 1e-10)
}

test_that("weights alone give what MatchIt's summary gives", {
  set.seed(3)
  n <- 120
  treated <- as.double(stats::runif(n) < .4)
  data <- data.frame(treated = treated)
  scores <- round(stats::runif(n), 2)
  own <- stats::runif(n, .5, 2)
  for (estimand in c("ATT", "ATC", "ATE")) {
    for (denominator in list(NULL, "treated", "control", "pooled", "all")) {
      method <- if (estimand == "ATE") "subclass" else "nearest"
      arguments <- list(treated ~ 1,
        data = data, distance = scores, method = method, estimand = estimand, s.weights = own
      )
      if (method == "nearest") arguments$replace <- TRUE
      match <- do.call(MatchIt::matchit, arguments)
      section <- section_of(estimand, denominator = denominator)
      expect_same_rows(both_ways(match, some_columns(treated), section))
    }
  }
})

test_that("sets of a match without replacement, and discarded units", {
  set.seed(4)
  treated <- as.double(stats::runif(80) < .3)
  data <- data.frame(treated = treated)
  match <- MatchIt::matchit(treated ~ 1, data, distance = stats::runif(80) + .3 * treated, discard = "both")
  expect_gt(sum(match$discarded), 0)
  found <- both_ways(match, some_columns(treated), section_of("ATT"))
  expect_same_rows(found)
  rows <- found$by_matchit
  expect_identical(
    sum(rows$value[rows$quantity == "n_units" & rows$term != "sample" & rows$component == "controls"]),
    as.double(sum(treated == 0))
  )
  # A column that does not vary has means and nothing else.
  of_constant <- rows$quantity[rows$term == "t6"]
  expect_identical(unique(of_constant), c("mean_treated", "mean_control"))
})

test_that("the distance within pairs is in standard deviations also where means are equal", {
  treated <- c(1, 1, 0, 0)
  match <- suppressWarnings(MatchIt::matchit(treated ~ 1, data.frame(treated), distance = c(.2, .4, .21, .41)))
  x <- c(0, 10, 10, 0)
  # MatchIt prints 10 under the name of a standardised distance.
  expect_identical(unname(summary(match, addlvariables = data.frame(x))$sum.matched["x", "Std. Pair Dist."]), 10)
  rows <- both_ways(match, list(x), section_of("ATT"))$by_matchit
  expect_equal(value_of(rows, "pair_distance", "t1", "after"), 10 / stats::sd(c(0, 10)))
})

test_that("squares and products leave out what repeats", {
  made <- product_columns(list("g[1]" = c(1, 0, 0), "g[2]" = c(0, 1, 1), a = c(1, 2, 3)))
  expect_identical(made, list("g[2] * a" = c(0, 2, 3), "a^2" = c(1, 4, 9)))
})

test_that("the prognosis is the prediction of lm among the controls", {
  lalonde <- MatchIt::lalonde
  found <- prognostic_scores(lalonde, lalonde_covariates, lalonde$treat, "re78")
  fit <- stats::lm(re78 ~ age + educ + race + married + nodegree + re74 + re75, lalonde, treat == 0)
  expect_equal(unname(found), unname(stats::predict(fit, lalonde)), tolerance = 1e-12)
  lalonde$same <- ifelse(lalonde$treat == 1, lalonde$age, 5)
  expect_error(
    prognostic_scores(lalonde, c("age", "same"), lalonde$treat, "re78"),
    class = "ermbridge_error_input", regexp = "same"
  )
})

test_that("options that are not there are refused by name", {
  section <- function(...) lalonde_study(balance = list(...))
  expect_error(run_stage("matching", section(denominator = "cohen"), MatchIt::lalonde), "matching.balance.denominator")
  expect_error(run_stage("matching", section(statistics = "t"), MatchIt::lalonde), "matching.balance.statistics")
})

test_that("a study's wishes reach the table", {
  wishes <- list(interactions = TRUE, prognosis = "re78", denominator = "pooled", statistics = c("smd", "reduction"))
  rows <- run_stage("matching", lalonde_study(balance = wishes), MatchIt::lalonde)$rows
  lalonde <- MatchIt::lalonde
  variances <- tapply(lalonde$age^2, lalonde$treat, stats::var)
  means <- tapply(lalonde$age^2, lalonde$treat, mean)
  expect_equal(value_of(rows, "smd", "age^2", "before"), unname(diff(means)) / sqrt(mean(variances)))
  expect_true(all(c("age * race[black]", "(prognosis)", "(distance)") %in% rows$term))
  expect_false(any(c("ks", "pair_distance") %in% rows$quantity))
  expect_identical(value_of(rows, "n_units", "matched", "treated"), 185)
  expect_identical(value_of(rows, "n_units", "unmatched", "controls"), 429 - 185)
})
