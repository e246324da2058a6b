effect_data <- function(n) {
  set.seed(11)
  x <- stats::rnorm(n)
  p <- stats::plogis(x - 1)
  t <- as.double(stats::runif(n) < p)
  data.frame(t = t, y = x + t + stats::rnorm(n), p = p, x = x, w = stats::runif(n, 0.5, 2))
}

test_that("errors that are not defined for a match are refused with the reason", {
  refusal <- function(kind, ...) undefined_error(kind, matching_section("t", "x", ...))
  expect_identical(refusal("pair"), "")
  expect_identical(refusal("pair", method = list(method = "coarsened_exact", k2k = TRUE)), "")
  expect_match(refusal("pair", method = list(method = "full")), "no pairs")
  expect_match(refusal("subclass", replace = TRUE), "one set")
  expect_match(refusal("bootstrap", method = list(method = "kernel")), "no sets")
  expect_match(refusal("HC3", method = list(method = "local_linear")), "negative")
  expect_match(refusal("abadie_imbens", mahvars = "x"), "not matched on a score")
  expect_match(refusal("abadie_imbens", survey_weights = "w"), "survey_weights")
  expect_identical(refusal("abadie_imbens_score", replace = TRUE), "")
  expect_match(refusal("abadie_imbens_score"), "any number of units")
  expect_match(refusal("abadie_imbens_score", replace = TRUE, reuse_max = 2L), "any number of units")
  expect_match(refusal("abadie_imbens_score", replace = TRUE, reestimate = TRUE), "reestimate")
})

test_that("weights of a survey multiply those of the match", {
  frame <- data.frame(t = c(1, 1, 0, 0, 0), y = c(4, 6, 1, 3, 9), x = 1:5, w = c(1, 3, 2, 2, 1))
  study <- list(
    variables = lapply(frame, function(column) number()),
    matching = matching_section("t", "x", survey_weights = "w"), effect = effect_section("y", std_error = "HC0")
  )
  run <- function(...) {
    study$effect <- utils::modifyList(study$effect, list(...))
    given <- list(weights = c(1, 1, 1, 1, 0), match_matrix = matrix(c(3, 4)), propensity = frame$x / 10)
    run_stage("effect", study, frame, given)$rows
  }
  rows <- run()
  expect_equal(value_of(rows, "estimate", "matched", "HC0"), 5.5 - 2)
  expect_equal(value_of(rows, "estimate", "unmatched", "HC1"), 5.5 - 17 / 5)
  expect_error(run(std_error = "abadie_imbens"), "survey_weights", class = "ermbridge_error_input")
  expect_error(run(tie_envelope = TRUE), "tie_envelope.*survey_weights", class = "ermbridge_error_input")
  expect_error(run(sensitivity = list(rosenbaum = 1)), "survey_weights", class = "ermbridge_error_input")
})

test_that("weights of a survey count as in the matched data of MatchIt", {
  frame <- effect_data(80)
  matched <- MatchIt::matchit(t ~ x, frame, distance = frame$p, ratio = 2, replace = TRUE, s.weights = ~w)
  study <- list(
    variables = lapply(frame, function(column) number()),
    matching = matching_section("t", "x", survey_weights = "w", replace = TRUE, ratio = 2L),
    effect = effect_section("y", std_error = c("HC3", "pair_and_unit"))
  )
  partners <- matrix(as.integer(matched$match.matrix), ncol = 2)
  given <- list(weights = unname(matched$weights), match_matrix = partners, propensity = frame$p)
  rows <- run_stage("effect", study, frame, given)$rows
  by_unit <- stats::lm(y ~ t, MatchIt::match_data(matched), weights = weights)
  by_set <- MatchIt::get_matches(matched)
  fit <- stats::lm(y ~ t, by_set, weights = weights)
  expect_equal(value_of(rows, "estimate", "matched", "HC3"), unname(stats::coef(by_unit)["t"]))
  expect_equal(value_of(rows, "std_error", "matched", "HC3"), sqrt(sandwich::vcovHC(by_unit, "HC3")["t", "t"]))
  expect_equal(
    value_of(rows, "std_error", "matched", "pair_and_unit"),
    sqrt(sandwich::vcovCL(fit, by_set[c("subclass", "id")])["t", "t"])
  )
})
