match_lalonde <- function(method, covariates = lalonde_covariates, ..., artefacts = list()) {
  study <- lalonde_study(method = method, ...)
  study$matching$covariates <- covariates
  run_stage("matching", study, MatchIt::lalonde, artefacts)
}

coarsened <- function(...) list(method = "coarsened_exact", k2k = FALSE, ...)

test_that("exact matching compares numbers in full", {
  far <- c(1, 1 + 1e-9, 2, 1 + 1e-9, 1, 3)
  study <- list(
    variables = list(t = number(), x = number()),
    matching = matching_section("t", "x", method = list(method = "exact"))
  )
  result <- run_stage("matching", study, data.frame(t = c(1, 1, 1, 0, 0, 0), x = far))
  expect_identical(result$artefacts$subclass, c(1L, 2L, NA, 2L, 1L, NA))
  expect_identical(result$artefacts$weights, c(1, 1, 0, 1, 1, 0))
  expect_null(result$artefacts$match_matrix)
  expect_null(result$artefacts$propensity)
  expect_identical(value_of(result$rows, "n_subclasses"), 2)
  expect_false(any(result$rows$quantity %in% c("n_pairs", "score_coefficient", "pair_distance_max")))
  expect_false("(distance)" %in% result$rows$term)
})

test_that("one single cut point is a cut point", {
  one <- match_lalonde(coarsened(cutpoints = list(age = 30)), "age")
  expect_identical(value_of(one$rows, "n_subclasses"), 2)
  half <- match_lalonde(coarsened(cutpoints = list(age = "q2")), "age")
  expect_identical(value_of(half$rows, "n_subclasses"), 2)
  bins <- match_lalonde(coarsened(cutpoints = list(age = 5L)), "age")
  expect_identical(value_of(bins$rows, "n_subclasses"), 5)
  none <- match_lalonde(coarsened(cutpoints = list(age = 1L)), "age")
  expect_identical(value_of(none$rows, "n_subclasses"), 1)
  joined <- match_lalonde(coarsened(grouping = list(race = list(c("white", "hispan")))), "race")
  expect_identical(value_of(joined$rows, "n_subclasses"), 2)
})

test_that("pairs within strata are a match matrix", {
  settings <- coarsened(pair_distance = "none", pair_order = "data")
  settings$k2k <- TRUE
  result <- match_lalonde(settings, c("race", "married"), estimand = "ATC")
  pairs <- result$artefacts$match_matrix
  expect_identical(dim(pairs), c(429L, 1L))
  expect_identical(value_of(result$rows, "n_pairs"), as.double(sum(!is.na(pairs))))
  expect_true(all(MatchIt::lalonde$treat[pairs[!is.na(pairs)]] == 1))
})

test_that("subclasses are made of scores that are handed in", {
  scores <- seq_len(614) / 615
  result <- match_lalonde(list(method = "subclassification", subclasses = 4L, min_n = 1L), artefacts = list(propensity = scores))
  expect_identical(result$artefacts$propensity, scores)
  expect_identical(value_of(result$rows, "n_subclasses"), 4)
  few <- list(method = "subclassification", subclasses = 4L, min_n = 1L)
  tied <- list(propensity = rep(.5, 614))
  expect_error(match_lalonde(few, artefacts = tied), class = "ermbridge_error_replaced")
})

test_that("what cannot be matched is refused", {
  expect_error(match_lalonde(coarsened(cutpoints = list(race = 2L)), "race"), "grouping", class = "ermbridge_error_input")
  expect_error(match_lalonde(coarsened(grouping = list(age = list("1"))), "age"), "cutpoints", class = "ermbridge_error_input")
  expect_error(
    match_lalonde(coarsened(grouping = list(race = list(c("white", "green")))), "race"), "green",
    class = "ermbridge_error_input"
  )
  study <- list(
    variables = list(t = number(), x = number()),
    matching = matching_section("t", "x", method = list(method = "exact"))
  )
  expect_error(run_stage("matching", study, data.frame(t = c(1, 0), x = 1:2)), "no stratum", class = "ermbridge_error_input")
})

test_that("each broken rule of subclasses is told", {
  treated <- c(1, 1, 0, 0, 0, 1)
  strata <- c(1L, 2L, 1L, 1L, 2L, 3L)
  section <- list(estimand = "ATT")
  right <- list(subclass = c(1L, 2L, 1L, 1L, 2L, NA), weights = c(1, 1, .75, .75, 1.5, 0))
  told <- function(..., strata_ = strata) {
    broken_strata(utils::modifyList(right, list(...)), treated, strata_, section)
  }
  expect_identical(told(), character())
  expect_match(told(weights = c(1, 1, .75, .75, 1.5, 1)), "a weight and no subclass")
  expect_match(told(subclass = c(1L, 2L, 1L, 1L, 2L, 3L), weights = c(1, 1, .75, .75, 1.5, 1)), "lacks")
  expect_match(told(weights = c(1, 1, .75, .8, 1.5, 0)), "weights do not follow")
  expect_match(told(strata_ = c(1L, 1L, 1L, 2L, 2L, 3L)), "several strata", all = FALSE)
  expect_match(told(strata_ = rep(1L, 6)), "parted", all = FALSE)
  expect_match(told(strata_ = rep(1L, 6)), "left out", all = FALSE)
  expect_identical(told(propensity = c(.1, .9, .1, .2, .8, .5)), character())
  expect_match(told(propensity = c(.9, .1, .1, .2, .8, .5)), "lower subclass")
})
