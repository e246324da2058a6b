x <- cbind(c(0, 1, 4, 2, 7, 3), c(1, 0, 0, 1, 1, 0), c(5, 9, 2, 2, 8, 4))
treated <- c(1, 0, 1, 0, 0, 1)
all_kept <- rep_len(TRUE, 6)

between <- function(placed) as.matrix(stats::dist(placed))[treated == 1, treated == 0]
of_matchit <- function(method, ...) {
  distance <- getExportedValue("MatchIt", paste0(method, "_dist"))
  distance(treated ~ ., data = data.frame(x, treated), ...)
}

test_that("coordinates have the distances of MatchIt", {
  weights <- c(1, 3, 2, .5, 1, 2)
  for (method in c("mahalanobis", "robust_mahalanobis", "scaled_euclidean", "euclidean")) {
    placed <- coordinates(x, treated, method, all_kept)
    expect_equal(between(placed), of_matchit(method), tolerance = 1e-10, ignore_attr = TRUE)
    placed <- coordinates(x, treated, method, all_kept, weights)
    expect_equal(between(placed), of_matchit(method, s.weights = weights), tolerance = 1e-10, ignore_attr = TRUE)
  }
})

test_that("two categories do not disturb the Mahalanobis distance, as they do MatchIt's", {
  set.seed(2)
  frame <- data.frame(x = stats::rnorm(60), f = factor(sample(letters[1:3], 60, TRUE)))
  frame$g <- factor(sample(c("u", "v"), 60, TRUE))
  treated <- stats::rbinom(60, 1, .4)
  every <- coordinates(distance_columns(frame, names(frame)), treated, "mahalanobis", treated >= 0)
  dummies <- stats::model.matrix(~ x + f + g, frame)[, -1]
  fewer <- coordinates(dummies, treated, "mahalanobis", treated >= 0)
  expect_equal(stats::dist(every), stats::dist(fewer), tolerance = 1e-10, ignore_attr = TRUE)
})

test_that("a column that varies between the groups only has no scale", {
  expect_error(coordinates(cbind(treated), treated, "scaled_euclidean", all_kept), "does not vary within",
    class = "ermbridge_error_input"
  )
})

study_on <- function(frame, ...) {
  section <- matching_section("treated", setdiff(names(frame), "treated"))
  section[names(list(...))] <- list(...)
  list(variables = lapply(frame, function(x) if (is.factor(x)) category(levels(x)) else number()), matching = section)
}

# MatchIt's nearest partners, whose columns these are, without ties.
untied <- function(n = 80) {
  set.seed(11)
  frame <- data.frame(a = stats::rnorm(n), b = stats::rnorm(n), g = factor(sample(c("u", "v"), n, TRUE)))
  frame$treated <- as.double(stats::runif(n) < stats::plogis(frame$a - 1))
  frame
}

positions <- function(matched) matrix(as.integer(matched$match.matrix), nrow(matched$match.matrix))

test_that("pairs in several covariates are those of MatchIt's own distance", {
  frame <- untied()
  for (method in c("mahalanobis", "robust_mahalanobis", "scaled_euclidean", "euclidean")) {
    distance <- list(method = method, link = "logit", digits = 10L)
    result <- run_stage("matching", study_on(frame, distance = distance, order = "data", replace = TRUE), frame)
    expected <- MatchIt::matchit(treated ~ a + b + g, frame, distance = method, replace = TRUE)
    expect_identical(result$artefacts$match_matrix, positions(expected))
    expect_null(result$artefacts$propensity)
    shown <- result$rows[result$rows$quantity == "smd" & result$rows$component == "after", ]
    expect_identical(shown$term, c("a", "b", "g[u]", "g[v]"))
    expect_equal(shown$value[1:2], summary(expected)$sum.matched[1:2, "Std. Mean Diff."], ignore_attr = TRUE)
  }
})

test_that("mahvars are what is near, the score what the caliper is about", {
  frame <- untied()
  study <- study_on(frame, mahvars = c("b", "a"), caliper = list(value = .5, unit = "sd"))
  result <- run_stage("matching", study, frame)
  expected <- MatchIt::matchit(treated ~ a + b + g, frame, mahvars = ~ b + a, caliper = .5)
  expect_identical(result$artefacts$match_matrix, positions(expected))
})

test_that("distances of the user are matched on", {
  frame <- untied(40)
  given <- abs(outer(frame$b[frame$treated == 1], frame$b[frame$treated == 0], "-"))
  study <- study_on(frame, order = "data", replace = TRUE)
  result <- run_stage("matching", study, frame, list(distances = given))
  nearest <- which(frame$treated == 0)[apply(given, 1, which.min)]
  expect_identical(result$artefacts$match_matrix, matrix(nearest))
  expect_equal(value_of(result$rows, "pair_distance_max"), max(apply(given, 1, min)))
  expect_error(run_stage("matching", study, frame, list(distances = t(given))), "distances.*treated x",
    class = "ermbridge_error_input"
  )
})

test_that("survey weights reach the model and are refused unless positive", {
  frame <- untied()
  frame$w <- seq(.5, 2, length.out = 80)
  study <- study_on(frame[names(frame) != "w"], survey_weights = "w")
  study$variables$w <- number()
  result <- run_stage("matching", study, frame)
  expected <- MatchIt::matchit(treated ~ a + b + g, frame, s.weights = ~w)
  expect_equal(result$artefacts$propensity, unname(expected$distance), tolerance = 1e-7)
  expect_identical(result$artefacts$match_matrix, positions(expected))
  frame$w[3] <- 0
  expect_error(run_stage("matching", study, frame), "survey_weights.*above zero", class = "ermbridge_error_input")
})
