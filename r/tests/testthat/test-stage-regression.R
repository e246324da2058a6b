regression <- function(frame, candidates, variables = lapply(frame, function(x) number()), ...) {
  study <- list(
    variables = variables, regression = regression_section(candidates = candidates, outcome = "y", ...)
  )
  run_stage("regression", study, frame)$rows
}

test_that("one column: slope and errors agree with the arithmetic by hand", {
  # x = 1..4, y = 2, 3, 5, 6: slope 7/5, intercept 1/2, residual squares 0.2, R2 = 9.8/10.
  rows <- regression(data.frame(x = 1:4, y = c(2, 3, 5, 6)), "x")
  expect_equal(values_of(rows, "estimate"), c("(Intercept)" = 0.5, x = 1.4))
  expect_equal(value_of(rows, "std_error", "x"), sqrt(0.1 / 5))
  expect_equal(value_of(rows, "statistic", "x"), 1.4 / sqrt(0.02))
  expect_equal(value_of(rows, "p_value", "x"), 2 * stats::pt(-1.4 / sqrt(0.02), 2))
  expect_equal(value_of(rows, "r_squared", "model"), 0.98)
  expect_equal(value_of(rows, "adj_r_squared", "model"), 1 - 0.02 * 3 / 2)
  expect_equal(value_of(rows, "f", "model"), 98)
})

test_that("one column: HC3 and the standardised coefficient agree with the arithmetic by hand", {
  # Residuals 0.1, -0.3, 0.3, -0.1; leverages 1/4 + (x - 5/2)^2 / 5: .7, .3, .3, .7.
  rows <- regression(data.frame(x = 1:4, y = c(2, 3, 5, 6)), "x", std_error = c("classical", "HC3"))
  std_error <- sqrt(2 * (1.5^2 * .1^2 / .3^2 + .5^2 * .3^2 / .7^2)) / 5
  expect_equal(value_of(rows, "std_error", "x", "HC3"), std_error)
  expect_equal(value_of(rows, "statistic", "x", "HC3"), 1.4 / std_error)
  expect_equal(value_of(rows, "p_value", "x", "HC3"), 2 * stats::pt(-1.4 / std_error, 2))
  expect_equal(value_of(rows, "std_error", "x"), sqrt(0.1 / 5))
  expect_equal(value_of(rows, "beta", "x"), sqrt(.98))
  expect_equal(value_of(rows, "vif", "x"), 1)
  alone <- regression(data.frame(x = 1:4, y = c(2, 3, 5, 6)), "x", std_error = "HC3")
  expect_identical(unique(alone$component[alone$quantity == "std_error"]), "HC3")
})

test_that("standardised coefficients and variance inflation are those of the columns of the design", {
  lalonde <- MatchIt::lalonde
  rows <- run_stage("regression", lalonde_study(), lalonde)$rows
  fit <- stats::lm(re78 ~ treat + age + educ + race + married + nodegree + re74 + re75, lalonde)
  x <- stats::model.matrix(fit)[, -1]
  expect_equal(values_of(rows, "beta"), stats::coef(fit)[-1] * apply(x, 2, stats::sd) / stats::sd(lalonde$re78),
    ignore_attr = TRUE
  )
  expect_identical(names(values_of(rows, "beta")), names(values_of(rows, "estimate"))[-1])
  expect_equal(values_of(rows, "vif"), diag(solve(stats::cor(x))), ignore_attr = TRUE)
})

test_that("HC3 is refused where a row decides a coefficient alone", {
  frame <- data.frame(g = c("a", "a", "b", "c", "c", "c"), y = c(1, 3, 5, 5, 9, 11))
  variables <- list(g = category(c("a", "b", "c")), y = number())
  expect_error(regression(frame, "g", variables, std_error = "HC3"), "HC3 is not defined.*Row 3",
    class = "ermbridge_error_input"
  )
  expect_equal(value_of(regression(frame, "g", variables), "estimate", "g[b]"), 3)
})

test_that("dummies are differences from the reference", {
  frame <- data.frame(g = c("a", "a", "b", "b", "c", "c"), y = c(1, 3, 5, 5, 9, 11))
  variables <- list(g = category(c("a", "b", "c"), reference = "b"), y = number())
  rows <- regression(frame, "g", variables)
  expect_equal(values_of(rows, "estimate"), c("(Intercept)" = 5, "g[a]" = -3, "g[c]" = 5))
})

test_that("columns stand in the order keep, candidates", {
  rows <- run_stage("regression", lalonde_study(), MatchIt::lalonde)$rows
  terms <- c(
    "(Intercept)", "treat", "age", "educ", "race[hispan]", "race[white]", "married", "nodegree", "re74", "re75"
  )
  expect_identical(rows$term[rows$quantity == "estimate"], terms)
  expect_equal(value_of(rows, "estimate", "treat"), 1548.244, tolerance = 1e-6)
})

test_that("the order of rows does not matter, the unit of a column only to its own rows", {
  lalonde <- MatchIt::lalonde
  rows <- run_stage("regression", lalonde_study(), lalonde)$rows
  expect_equal(run_stage("regression", lalonde_study(), lalonde[614:1, ])$rows$value, rows$value)
  thousands <- run_stage("regression", lalonde_study(), transform(lalonde, re74 = re74 / 1000))$rows
  expect_equal(values_of(thousands, "statistic"), values_of(rows, "statistic"))
  expect_equal(value_of(thousands, "estimate", "re74"), 1000 * value_of(rows, "estimate", "re74"))
})

test_that("columns far from zero keep their digits, the intercept is that of the columns as given", {
  set.seed(6)
  frame <- data.frame(x = round(stats::runif(80, -60, 60)), g = rep(c("a", "b"), 40), z = stats::rnorm(80))
  frame$y <- frame$x / 10 + frame$z + stats::rnorm(80)
  variables <- list(x = number(), g = category(c("a", "b")), z = number(), y = number())
  near <- regression(frame, c("x", "g", "z"), variables)
  far <- regression(transform(frame, x = x + 1.5e9), c("x", "g", "z"), variables)
  own <- near$term == "(Intercept)"
  expect_equal(far$value[!own], near$value[!own], tolerance = 1e-12)
  fit <- summary(stats::lm(y ~ x + g + z, frame))
  expect_equal(near$value[1:16], c(fit$coefficients), tolerance = 1e-12)
  # The intercept is the prediction at x = 0, here 1.5e9 below the data.
  to_zero <- c(1, -1.5e9, 0, 0)
  expect_equal(value_of(far, "estimate", "(Intercept)"), sum(to_zero * fit$coefficients[, 1]), tolerance = 1e-12)
  expect_equal(value_of(far, "std_error", "(Intercept)"),
    fit$sigma * sqrt(drop(to_zero %*% fit$cov.unscaled %*% to_zero)),
    tolerance = 1e-12
  )
})

test_that("a perfect fit is told in the notes", {
  rows <- regression(data.frame(x = 1:4, y = c(2, 4, 6, 8)), "x")
  expect_match(rows$note, "perfect fit", all = TRUE)
})

test_that("what cannot be fitted is refused by name", {
  frame <- data.frame(a = c(1, 2, 3, 5), b = c(2, 4, 6, 10), c = c(1, 0, 0, 1), d = c(1, 5, 2, 2), y = c(1, 3, 2, 5))
  expect_error(regression(frame, c("a", "b")), "\"b\" follows", class = "ermbridge_error_input")
  expect_error(regression(frame, c("a", "c", "d")), "4 terms need more than 4 rows", class = "ermbridge_error_input")
  expect_error(regression(frame, character()), "keep", class = "ermbridge_error_input")
  expect_error(regression(frame, "e"), "\"e\"", class = "ermbridge_error_input")
})

test_that("values of the section that are not available are refused by name", {
  refused <- function(text, candidates = "x", ...) {
    expect_error(regression(data.frame(x = 1:4, y = c(2, 3, 5, 6)), candidates, ...), text,
      class = "ermbridge_error_input"
    )
  }
  refused("regression.std_error: found \"HC0\".*\"classical\" or \"HC3\"", std_error = "HC0")
  refused("regression.std_error: found \"null\"", std_error = character())
  rule <- function(...) utils::modifyList(list(rule = "p", enter = .05, remove = .1), list(...))
  refused("selection.rule: found \"aic\"", selection = rule(rule = "aic"))
  refused("selection.remove: found 1;", selection = rule(remove = 1))
  refused("selection.enter: found 0.1; must be one number between 0 and 0.1", selection = rule(enter = .1))
  refused("no candidates", character(), keep = "x", selection = rule())
})
