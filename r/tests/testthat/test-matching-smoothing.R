# Weights of everyone nearby, from the definition: unit by unit and partner by partner.
by_the_loop <- function(scores, focal, kernel, bandwidth) {
  shape <- list(
    uniform = function(u) as.double(abs(u) <= 1),
    epanechnikov = function(u) max(0, 0.75 * (1 - u^2)),
    biweight = function(u) max(0, 15 / 16 * (1 - u^2))^2,
    tricube = function(u) max(0, 1 - abs(u)^3)^3,
    normal = stats::dnorm
  )[[kernel]]
  weights <- double(length(scores))
  for (i in which(focal)) {
    given <- double(length(scores))
    for (j in which(!focal)) given[j] <- shape((scores[j] - scores[i]) / bandwidth)
    if (sum(given) > 0) {
      weights <- weights + given / sum(given)
      weights[i] <- 1
    }
  }
  used <- !focal & weights > 0
  weights[used] <- weights[used] / mean(weights[used])
  weights
}

# What each partner's outcome adds to the fitted heights of lines, by lm() with an outcome of 1 for that partner.
by_lines <- function(scores, focal, kernel, bandwidth) {
  weights <- double(length(scores))
  for (i in which(focal)) {
    d <- scores[!focal] - scores[i]
    near <- abs(d) < bandwidth
    if (length(unique(d[near])) < 2L) next
    k <- kernels()[[kernel]](d[near] / bandwidth)
    given <- vapply(seq_len(sum(near)), function(j) {
      unname(stats::coef(stats::lm(as.double(seq_along(k) == j) ~ d[near], weights = k))[1])
    }, double(1))
    at <- which(!focal)[near]
    weights[at] <- weights[at] + given
    weights[i] <- 1
  }
  used <- !focal & weights != 0
  weights[used] <- weights[used] / mean(weights[used])
  weights
}

smoothing_frame <- function() {
  set.seed(5)
  data.frame(treat = rep(c(1, 0, 0), 25), age = round(stats::rnorm(75, 40, 9)), educ = rep_len(8:15, 75))
}

smoothed <- function(method, ..., estimand = "ATT", frame = smoothing_frame()) {
  section <- matching_section("treat", c("age", "educ"), method = list(method = method, ...), estimand = estimand)
  study <- list(
    variables = list(treat = number(c("0", "1")), age = number(), educ = number()), matching = section
  )
  run_stage("matching", study, frame)
}

test_that("the stage weighs everyone nearby as the definition says", {
  for (estimand in c("ATT", "ATC")) {
    focal <- smoothing_frame()$treat == (estimand == "ATT")
    found <- smoothed("radius", radius = 0.011, estimand = estimand)$artefacts
    expect_equal(found$weights, by_the_loop(found$propensity, focal, "uniform", 0.011))
    for (kernel in names(kernels())) {
      found <- smoothed("kernel", kernel = kernel, bandwidth = 0.02, estimand = estimand)$artefacts
      expect_equal(found$weights, by_the_loop(found$propensity, focal, kernel, 0.02), label = kernel)
    }
  }
})

test_that("the stage weighs by local lines as lm() does", {
  focal <- smoothing_frame()$treat == 1
  for (kernel in c("epanechnikov", "biweight", "tricube")) {
    found <- smoothed("local_linear", kernel = kernel, bandwidth = 0.06)$artefacts
    expect_equal(found$weights, by_lines(found$propensity, focal, kernel, 0.06), tolerance = 1e-7, label = kernel)
  }
})

test_that("rows count who has a weight, and balance is that of the weights", {
  frame <- smoothing_frame()
  result <- smoothed("kernel", kernel = "epanechnikov", bandwidth = 0.02, frame = frame)
  weights <- result$artefacts$weights
  expect_identical(value_of(result$rows, "n_treated_matched"), as.double(sum(weights != 0 & frame$treat == 1)))
  expect_identical(value_of(result$rows, "n_controls_matched"), as.double(sum(weights != 0 & frame$treat == 0)))
  means <- vapply(1:0, function(group) {
    stats::weighted.mean(frame$age[frame$treat == group], weights[frame$treat == group])
  }, double(1))
  after <- result$rows[result$rows$quantity == "smd" & result$rows$component == "after", ]
  expect_equal(after$value[after$term == "age"], -diff(means) / stats::sd(frame$age[frame$treat == 1]))
  expect_null(result$artefacts$match_matrix)
})

test_that("a reach within which nobody has a partner and settings that are not available are refused", {
  apart <- data.frame(treat = c(1, 1, 0, 0, 1, 0), age = c(1, 2, 9, 8, 9, 1), educ = c(1, 3, 2, 8, 5, 9))
  expect_error(smoothed("radius", radius = 1e-9, frame = apart), "nobody has a partner", class = "ermbridge_error_input")
  expect_error(smoothed("radius", radius = 0), "radius", class = "ermbridge_error_input")
  expect_error(smoothed("kernel", kernel = "box", bandwidth = 1), "kernel", class = "ermbridge_error_input")
  expect_error(smoothed("kernel", kernel = "normal", bandwidth = -1), "bandwidth", class = "ermbridge_error_input")
  expect_error(smoothed("radius", radius = 1, estimand = "ATE"), "estimand", class = "ermbridge_error_input")
})

test_that("weights that cannot be right are described and stop the stage", {
  scores <- c(.5, .52, .9)
  focal <- c(TRUE, FALSE, FALSE)
  radius <- list(line = FALSE, kernel = "uniform", bandwidth = .05)
  expect_length(wrong_weights(c(1, 1, 0), scores, focal, radius), 0)
  expect_match(wrong_weights(c(.5, 1, 0), scores, focal, radius), "neither 0 nor 1", all = FALSE)
  expect_match(wrong_weights(c(1, 2, 0), scores, focal, radius), "average 1", all = FALSE)
  expect_match(wrong_weights(c(1, 1, 1), scores, focal, radius), "beyond the reach", all = FALSE)
  expect_match(wrong_weights(c(1, 3, -1), scores, focal, radius), "negative", all = FALSE)
  line <- list(line = TRUE, kernel = "tricube", bandwidth = .5)
  expect_length(wrong_weights(c(1, 3, -1), scores, focal, line), 0)
  expect_error(refuse_wrong_weights("A weight is negative."), class = "ermbridge_error_invariant")
  expect_null(refuse_wrong_weights(character()))
})
