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
