difference <- function(outcome, group, variable) {
  study <- list(variables = list(y = number(), g = variable), difference = list(by = "g", outcome = "y"))
  run_stage("difference", study, data.frame(y = outcome, g = group))$rows
}

test_that("means, deviations and F agree with the arithmetic by hand", {
  # Means 2, 5, 5; between: 2(2-4)^2 + 2(5-4)^2 + 2(5-4)^2 = 12; within: 2 + 2 + 8 = 12; F = (12/2) / (12/3).
  rows <- difference(c(1, 3, 4, 6, 3, 7), rep(c("a", "b", "c"), each = 2), category(c("b", "a", "c")))
  expect_equal(values_of(rows, "n"), c("g/b" = 2, "g/a" = 2, "g/c" = 2))
  expect_equal(values_of(rows, "mean"), c("g/b" = 5, "g/a" = 2, "g/c" = 5))
  expect_equal(values_of(rows, "sd"), sqrt(c("g/b" = 2, "g/a" = 2, "g/c" = 8)))
  expect_equal(value_of(rows, "f", "g"), 1.5)
  expect_equal(value_of(rows, "df1", "g"), 2)
  expect_equal(value_of(rows, "df2", "g"), 3)
  expect_equal(value_of(rows, "p_value", "g"), stats::pf(1.5, 2, 3, lower.tail = FALSE))
  expect_equal(value_of(rows, "eta_squared", "g"), 0.5)
})

test_that("groups of a number are its levels, not a trend", {
  y <- c(1, 3, 4, 6, 3, 7)
  as_number <- difference(y, rep(c(0.1, 2, 10), each = 2), number(c("0.1", "2", "10")))
  as_category <- difference(y, rep(c("0.1", "2", "10"), each = 2), category(c("0.1", "2", "10")))
  expect_identical(as_number, as_category)
  expect_equal(value_of(as_number, "df1", "g"), 2)
})

test_that("F of two groups is the square of the pooled t", {
  lalonde <- MatchIt::lalonde
  rows <- run_stage("difference", lalonde_study(), lalonde)$rows
  t <- stats::t.test(re78 ~ treat, lalonde, var.equal = TRUE)
  expect_equal(value_of(rows, "f", "treat"), unname(t$statistic)^2)
  expect_equal(value_of(rows, "p_value", "treat"), t$p.value)
})

test_that("printed numbers of lalonde by race come out", {
  rows <- run_stage("difference", lalonde_study(), MatchIt::lalonde)$rows
  expect_equal(value_of(rows, "f", "race"), 4.6804, tolerance = 1e-5)
  expect_equal(value_of(rows, "p_value", "race"), .00961, tolerance = 1e-4)
  expect_equal(value_of(rows, "eta_squared", "race"), .01509, tolerance = 1e-4)
  expect_identical(unique(rows$term), c("treat", "race"))
})

test_that("neither the order of rows nor a shift of the outcome matter to the test", {
  y <- c(1, 3, 4, 6, 3, 7.5)
  g <- rep(c("a", "b", "c"), each = 2)
  test <- function(rows) rows$value[rows$quantity %in% c("f", "p_value", "eta_squared")]
  rows <- difference(y, g, category(c("a", "b", "c")))
  expect_equal(difference(rev(y), rev(g), category(c("a", "b", "c")))$value, rows$value)
  expect_equal(test(difference(10 * y + 3, g, category(c("a", "b", "c")))), test(rows))
})

test_that("the deviation of a single unit is not defined", {
  rows <- difference(c(1, 2, 3), c("a", "a", "b"), category(c("a", "b")))
  expect_identical(value_of(rows, "sd", "g", "b"), NA_real_)
})

test_that("groups that cannot be formed are refused by name", {
  refused <- function(...) expect_error(difference(...), class = "ermbridge_error_input")
  expect_match(refused(1:3, c("a", "a", "b"), category(c("a", "b", "c")))$message, "\"g\".*\"c\"")
  expect_match(refused(1:3, c("a", "a", "a"), category("a"))$message, "single group")
  expect_match(refused(1:3, c(1, 2, 3), number(c("1", "2")))$message, "\"g\".*3")
  expect_match(refused(1:3, c(1, 2, 3), number())$message, "\"g\" has no levels")
})
