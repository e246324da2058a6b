# Effects on a small frame: treatment t, outcome y, score p, covariate x.
effect_frame <- function(n = 60) {
  set.seed(7)
  x <- stats::rnorm(n)
  p <- stats::plogis(x - 1)
  t <- as.double(stats::runif(n) < p)
  data.frame(t = t, y = x + t + stats::rnorm(n), p = p, x = x, z = stats::rnorm(n))
}

effect_of <- function(frame, kinds, matches, replace = TRUE, ..., weights = weights_of(frame, matches)) {
  study <- list(
    variables = lapply(frame, function(column) number()),
    matching = matching_section("t", "x", replace = replace, ratio = ncol(matches)),
    effect = effect_section("y", std_error = kinds, ...), seed = 3
  )
  run_stage("effect", study, frame, list(weights = weights, match_matrix = matches, propensity = frame$p))$rows
}

weights_of <- function(frame, matches) {
  served <- tabulate(matches, nrow(frame))
  ifelse(frame$t == 1, 1, served / ncol(matches))
}

# The nearest controls of each treated row.
near <- function(frame, k) {
  controls <- which(frame$t == 0)
  t(matrix(vapply(which(frame$t == 1), function(i) {
    controls[order(abs(frame$p[controls] - frame$p[i]))[seq_len(k)]]
  }, double(k)), k))
}

test_that("errors of a regression are those of sandwich", {
  frame <- effect_frame()
  matches <- near(frame, 2)
  kinds <- c("HC0", "HC1", "HC2", "HC3", "pair", "unit")
  rows <- effect_of(frame, kinds, matches)
  w <- weights_of(frame, matches)
  fit <- stats::lm(y ~ t, frame[w > 0, ], weights = w[w > 0])
  for (kind in kinds[1:4]) {
    error <- sqrt(sandwich::vcovHC(fit, type = kind)["t", "t"])
    expect_equal(value_of(rows, "std_error", "matched", kind), error, tolerance = 1e-12)
  }
  treated <- which(frame$t == 1)
  long <- data.frame(
    unit = c(treated, matches), set = c(seq_along(treated), row(matches)),
    w = c(rep(1, length(treated)), rep(.5, length(matches)))
  )
  long[c("t", "y")] <- frame[long$unit, c("t", "y")]
  fit <- stats::lm(y ~ t, long, weights = w)
  expect_equal(
    value_of(rows, "std_error", "matched", "pair"), sqrt(sandwich::vcovCL(fit, ~set)["t", "t"]), tolerance = 1e-12
  )
  expect_equal(
    value_of(rows, "std_error", "matched", "unit"), sqrt(sandwich::vcovCL(fit, ~unit)["t", "t"]), tolerance = 1e-12
  )
})

test_that("the adjusted effect averages predictions over the treated", {
  frame <- effect_frame()
  matches <- near(frame, 1)
  rows <- effect_of(frame, c("psmatch2", "HC3"), matches, adjust = c("x", "z"))
  w <- weights_of(frame, matches)
  used <- frame[w > 0, ]
  fit <- stats::lm(y ~ t * (x + z), used, weights = w[w > 0])
  treated <- used[used$t == 1, ]
  gain <- stats::predict(fit, transform(treated, t = 1)) - stats::predict(fit, transform(treated, t = 0))
  expect_equal(value_of(rows, "estimate", "adjusted", "HC3"), mean(gain), tolerance = 1e-12)
  gradient <- c(0, 1, 0, 0, mean(treated$x), mean(treated$z))
  variance <- drop(gradient %*% sandwich::vcovHC(fit, "HC3") %*% gradient)
  expect_equal(value_of(rows, "std_error", "adjusted", "HC3"), sqrt(variance), tolerance = 1e-11)
  expect_false(any(rows$term == "adjusted" & rows$component == "psmatch2"))
})

test_that("a column that does not vary among the matched treated is refused", {
  frame <- effect_frame()
  frame$z[frame$t == 1] <- 2
  expect_error(effect_of(frame, "HC3", near(frame, 1), adjust = "z"), class = "ermbridge_error_input", "z")
})

test_that("the error of Abadie and Imbens is that of Matching::Match on untied scores", {
  skip_if_not_installed("Matching")
  frame <- effect_frame(120)
  for (k in 1:3) {
    matched <- Matching::Match(frame$y, frame$t, frame$p,
      M = k, Var.calc = k, distance.tolerance = 0
    )
    rows <- effect_of(frame, "abadie_imbens", near(frame, k), neighbours = k)
    expect_equal(value_of(rows, "estimate", "matched", "abadie_imbens"), drop(matched$est), tolerance = 1e-12)
    expect_equal(value_of(rows, "std_error", "matched", "abadie_imbens"), matched$se, tolerance = 1e-12)
  }
})

test_that("the correction for an estimated score needs the model and changes the error", {
  frame <- effect_frame(120)
  rows <- effect_of(frame, c("abadie_imbens", "abadie_imbens_score"), near(frame, 1))
  known <- value_of(rows, "std_error", "matched", "abadie_imbens")
  estimated <- value_of(rows, "std_error", "matched", "abadie_imbens_score")
  expect_gt(abs(known - estimated), 1e-6)
  expect_equal(estimated, known, tolerance = .3)
})

test_that("the bootstrap draws sets, and says where it is not valid", {
  frame <- effect_frame()
  matches <- near(frame, 1)
  rows <- effect_of(frame, "bootstrap", matches, bootstrap = list(replicates = 2000L))
  gain <- frame$y[frame$t == 1] - frame$y[matches]
  expected <- stats::sd(gain) / sqrt(length(gain))
  expect_equal(value_of(rows, "std_error", "matched", "bootstrap"), expected, tolerance = .1)
  expect_match(rows$note[rows$term == "matched"], "Abadie and Imbens 2008")
  once <- effect_of(frame, "bootstrap", matches, replace = FALSE, bootstrap = list(replicates = 10L))
  expect_equal(unique(once$note), "")
})

test_that("effects in standard deviations have none where the outcome does not vary", {
  frame <- data.frame(t = c(1, 1, 0, 0), y = c(3, 4, 1, 1), p = 1:4 / 5, x = 1:4)
  rows <- effect_of(frame, "psmatch2", matrix(3:4, 2))
  expect_equal(value_of(rows, "cohen_d", "matched", "psmatch2"), 2.5 / sqrt(.5 / 2))
  expect_false("glass_delta" %in% rows$quantity)
})

test_that("clusters by matched set follow from pairs or from subclasses", {
  frame <- effect_frame(40)
  treated <- sum(frame$t)
  matches <- matrix(which(frame$t == 0)[seq_len(treated)], treated)
  rows <- effect_of(frame, c("pair", "subclass"), matches, replace = FALSE)
  expect_equal(
    value_of(rows, "std_error", "matched", "pair"), value_of(rows, "std_error", "matched", "subclass"),
    tolerance = 1e-12
  )
})
