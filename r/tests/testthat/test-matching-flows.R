flow_section <- function(method, ..., ratio = 1L) {
  settings <- utils::modifyList(list(tolerance = 0.2, standardised = TRUE, free_ratio = FALSE, time_limit = 30), list(...))
  matching_section("treat", c("age", "educ"), method = c(list(method = method), settings), ratio = ratio)
}

matched_by_flow <- function(method, ..., frame = MatchIt::lalonde[c(1:40, 186:260), ], caliper = NULL) {
  section <- flow_section(method, ...)
  section["caliper"] <- list(caliper)
  study <- list(variables = list(treat = number(), age = number(), educ = number()), matching = section)
  run_stage("matching", study, frame[c("treat", "age", "educ")])
}

test_that("what MatchIt cannot do for lack of a package is told, and the scores are handed on", {
  nothing <- function(package) FALSE
  expect_match(unavailable_flow(flow_section("full"), nothing), "needs the package optmatch for method full")
  expect_match(unavailable_flow(flow_section("optimal"), nothing), "needs the package optmatch")
  expect_match(unavailable_flow(flow_section("generalised_full"), nothing), "needs the package quickmatch")
  expect_match(unavailable_flow(flow_section("cardinality"), nothing), "needs the package highs or Rglpk")
  everything <- function(package) TRUE
  for (method in names(flow_methods())) expect_null(unavailable_flow(flow_section(method), everything))
  with_caliper <- flow_section("optimal")
  with_caliper$caliper <- list(value = 0.1, unit = "raw")
  expect_match(unavailable_flow(with_caliper, everything), "takes no notice of calipers")

  result <- matched_by_flow("optimal", caliper = list(value = 0.1, unit = "raw"))
  expect_identical(unique(result$rows$quantity), c("score_coefficient", "support_low", "support_high", "rows"))
  expect_true(is.na(value_of(result$rows, "rows")))
  expect_match(result$rows$note[result$rows$quantity == "rows"], "^MatchIt (needs the package optmatch|takes no notice)")
  expect_length(result$artefacts$propensity, 115)
  expect_match(result$artefacts$unavailable, "^MatchIt ")
  expect_null(result$artefacts$weights)
})

test_that("a run of all stages goes on without the match", {
  section <- flow_section("optimal")
  section$caliper <- list(value = 0.1, unit = "raw")
  number <- number()
  study <- list(
    variables = list(treat = number, age = number, educ = number, re78 = number),
    matching = section,
    effect = list(std_error = "psmatch2", conf_level = 0.95, outcome = "re78")
  )
  rows <- run_study(study, MatchIt::lalonde[c(1:40, 186:260), c("treat", "age", "educ", "re78")])
  effect <- rows[rows$stage == "effect", ]
  expect_identical(effect$quantity, "rows")
  expect_match(effect$note, "^no match: MatchIt ")
})

test_that("cardinality matching keeps what MatchIt keeps, within the tolerance", {
  skip_if_not(is_installed("Rglpk") || is_installed("highs"))
  result <- matched_by_flow("cardinality")
  expect_identical(value_of(result$rows, "n_treated_matched"), value_of(result$rows, "n_controls_matched"))
  after <- result$rows[result$rows$quantity == "smd" & result$rows$component == "after", ]
  expect_true(all(abs(after$value) <= 0.2 + 1e-6))
  expect_null(result$artefacts$match_matrix)
  expect_null(result$artefacts$subclass)
  profile <- matched_by_flow("cardinality", free_ratio = TRUE, tolerance = 0.5)
  expect_identical(value_of(profile$rows, "n_treated_matched"), 40)
})

test_that("a choice or a set that breaks its rules is described", {
  treated <- c(1, 1, 0, 0)
  columns <- list(c(0, 1, 0, 5))
  section <- flow_section("cardinality", tolerance = 0.1)
  expect_null(broken_choice(c(TRUE, FALSE, TRUE, FALSE), treated, columns, section))
  expect_match(broken_choice(c(TRUE, FALSE, FALSE, TRUE), treated, columns, section), "tolerance", all = FALSE)
  expect_match(broken_choice(c(TRUE, TRUE, TRUE, FALSE), treated, columns, section), "ratio", all = FALSE)

  full <- flow_section("full")
  sets <- function(subclass, weights) list(subclass = subclass, weights = weights, match_matrix = NULL)
  expect_null(broken_flow(sets(c(1L, 2L, 1L, 2L), rep(1, 4)), treated, NULL, full))
  expect_match(broken_flow(sets(c(1L, 1L, 1L, 1L), rep(1, 4)), treated, NULL, full), "several units of both")
  expect_match(broken_flow(sets(c(1L, 2L, 1L, 1L), c(1, 1, 1, 1)), treated, NULL, full), "lacks", all = FALSE)
  expect_match(broken_flow(sets(c(1L, 2L, 1L, 2L), c(1, 1, 2, 1)), treated, NULL, full), "do not follow")
})

test_that("a match of another engine is judged without the package that would make it", {
  frame <- MatchIt::lalonde[c(1:4, 186:190), c("treat", "age", "educ")]
  study <- list(variables = list(treat = number(), age = number(), educ = number()), matching = flow_section("full"))
  given <- list(
    propensity = c(.1, .2, .3, .4, .1, .25, .3, .5, .9), weights = rep(1, 9),
    subclass = c(1L, 2L, 3L, 3L, 1L, 2L, 3L, 2L, NA)
  )
  result <- run_stage("matching", study, frame, given)
  expect_equal(value_of(result$rows, "total_distance"), 0 + .05 + .3 + 0 + .1)
  expect_identical(value_of(result$rows, "rules_broken"), 0)
  # The third set holds two treated and one control; weights of controls average 1.
  expect_equal(result$artefacts$weights, c(1, 1, 1, 1, c(1, .5, 2, .5) * 4 / 4, 0))
  given$subclass[8] <- 3L
  expect_identical(value_of(run_stage("matching", study, frame, given)$rows, "rules_broken"), 1)
})
