fit <- function(treated, frame, link = "logit", weights = NULL) {
  variables <- lapply(frame, function(x) if (is.factor(x)) category(levels(x)) else number())
  study <- list(variables = variables, matching = list(treatment = list(column = "t")))
  study$matching$distance <- list(link = link)
  fit_propensity(treated, frame, names(frame), study, weights)
}

test_that("a saturated logit gives the log odds of its cells", {
  # Control cell: 1 of 4 treated; other cell: 3 of 5.
  frame <- data.frame(x = rep(c(0, 1), c(4, 5)))
  treated <- c(1, 0, 0, 0, 1, 1, 1, 0, 0)
  found <- fit(treated, frame)
  expect_equal(found$coefficients, c(log(1 / 3), log(3 / 2) - log(1 / 3)), tolerance = 1e-12)
  expect_equal(found$fitted, rep(c(1 / 4, 3 / 5), c(4, 5)), tolerance = 1e-12)
  expect_identical(found$terms, c("(Intercept)", "x"))
  by_level <- fit(treated, data.frame(g = factor(c("a", "b"))[frame$x + 1]))
  expect_equal(by_level$coefficients, found$coefficients, tolerance = 1e-12)
  expect_identical(by_level$terms, c("(Intercept)", "g[b]"))
})

test_that("the score equations hold to the last digits", {
  lalonde <- MatchIt::lalonde
  found <- fit(as.double(lalonde$treat), lalonde[lalonde_covariates])
  x <- stats::model.matrix(~ age + educ + race + married + nodegree + re74 + re75, lalonde)
  expect_lt(max(abs(crossprod(x, lalonde$treat - found$fitted)) / colSums(abs(x))), 1e-12)
})

test_that("the score equations hold for every link, with weights", {
  lalonde <- MatchIt::lalonde
  x <- stats::model.matrix(~ age + educ + race + married + nodegree + re74 + re75, lalonde)
  weights <- 1 + seq_len(nrow(x)) %% 3
  for (link in c("logit", "probit", "cloglog", "cauchit")) {
    found <- fit(as.double(lalonde$treat), lalonde[lalonde_covariates], link, weights)
    family <- stats::binomial(link)
    expect_equal(family$linkinv(found$linear), found$fitted, tolerance = 1e-14)
    slope <- family$mu.eta(found$linear) / family$variance(found$fitted)
    off <- crossprod(x, weights * slope * (lalonde$treat - found$fitted)) / colSums(abs(x))
    expect_lt(max(abs(off)), 1e-11)
    separated <- as.double(lalonde$age > 25)
    expect_error(fit(separated, lalonde["age"], link), "age", class = "ermbridge_error_separation")
  }
})

test_that("separation is told from extreme but finite estimates, and named", {
  set.seed(4)
  n <- 120
  frame <- data.frame(a = stats::rnorm(n), b = stats::rnorm(n), g = factor(sample(letters[1:3], n, TRUE)))
  separated <- function(treated, frame, text) {
    cnd <- expect_error(fit(treated, frame), class = "ermbridge_error_separation")
    expect_match(paste(c(cnd$message, cnd$body), collapse = " "), text)
  }
  separated(as.double(frame$a > 0), frame["a"], "\"a\"")
  separated(as.double(frame$a > 0), frame[c("b", "a", "g")], "by \"a\"\\.")
  separated(as.double(frame$a + frame$b > 0), frame[c("a", "g", "b")], "by \"a\" and \"b\"\\.")
  by_level <- as.double(stats::runif(n) < stats::plogis(frame$b))
  by_level[frame$g == "c"] <- 0
  separated(by_level, frame[c("b", "g")], "by \"g\\[c\\]\"\\.")
  # Quasi-complete: at a = 0 both groups occur.
  quasi <- as.double(frame$a > 0)
  touching <- transform(frame["a"], a = replace(a, c(which(quasi == 1)[1], which(quasi == 0)[1]), 0))
  separated(quasi, touching, "\"a\"")
  nearly <- replace(as.double(frame$a > 0), which.max(frame$a), 0)
  expect_true(all(is.finite(fit(nearly, frame["a"])$coefficients)))
})

test_that("columns far from zero have the scores of the same columns near it", {
  set.seed(5)
  second <- round(stats::runif(400, -60, 60))
  treated <- as.double(stats::runif(400) < stats::plogis(second / 100))
  near <- fit(treated, data.frame(second = second))
  far <- fit(treated, data.frame(second = 1.5e9 + second))
  expect_equal(far$fitted, near$fitted, tolerance = 1e-13)
  expect_equal(far$coefficients, near$coefficients - c(1.5e9 * near$coefficients[2], 0), tolerance = 1e-12)
})

test_that("collinear covariates are refused, though glm would not see them", {
  frame <- data.frame(a = c(1, 2, 3, 5, 4), b = c(2, 4, 6, 10, 8))
  expect_error(fit(c(0, 1, 0, 1, 0), frame), "matching.covariates.*\"b\"", class = "ermbridge_error_input")
})
