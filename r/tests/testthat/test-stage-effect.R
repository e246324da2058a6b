effect <- function(outcome, treated, weights, conf_level = .95) {
  study <- list(
    variables = list(t = number(), y = number()), matching = list(treatment = list(column = "t")),
    effect = utils::modifyList(effect_section("y"), list(conf_level = conf_level))
  )
  run_stage("effect", study, data.frame(t = treated, y = outcome), list(weights = weights))$rows
}

test_that("psmatch2's standard error agrees with the arithmetic by hand", {
  # Treated 10, 14 (variance 8); controls 9, 8 matched, 12 not; 9 serves both treated, 8 one of them:
  # weights 1.5 and 0.5, which add up to N1 = 2. Control variance, unweighted: 0.5.
  rows <- effect(c(10, 14, 9, 8, 12), c(1, 1, 0, 0, 0), c(1, 1, 1.5, .5, 0))
  estimate <- 12 - (1.5 * 9 + .5 * 8) / 2
  se <- sqrt(8 / 2 + .5 * (1.5^2 + .5^2) / 2^2)
  expect_equal(value_of(rows, "estimate", "matched", "psmatch2"), estimate)
  expect_equal(value_of(rows, "std_error", "matched", "psmatch2"), se)
  expect_equal(value_of(rows, "statistic", "matched", "psmatch2"), estimate / se)
  expect_equal(value_of(rows, "p_value", "matched", "psmatch2"), 2 * stats::pnorm(-estimate / se))
  expect_equal(value_of(rows, "conf_low", "matched", "psmatch2"), estimate - stats::qnorm(.975) * se)
  expect_equal(value_of(rows, "conf_high", "matched", "psmatch2"), estimate + stats::qnorm(.975) * se)
})

test_that("the unmatched effect is the pooled t test", {
  rows <- effect(c(10, 14, 9, 8, 12), c(1, 1, 0, 0, 0), c(1, 1, 1, 1, 0), conf_level = .9)
  t <- stats::t.test(c(10, 14), c(9, 8, 12), var.equal = TRUE, conf.level = .9)
  expect_equal(value_of(rows, "estimate", "unmatched", "pooled"), 12 - 29 / 3)
  expect_equal(value_of(rows, "std_error", "unmatched", "pooled"), t$stderr)
  expect_equal(value_of(rows, "statistic", "unmatched", "pooled"), unname(t$statistic))
  expect_equal(value_of(rows, "p_value", "unmatched", "pooled"), t$p.value)
  expect_equal(value_of(rows, "conf_low", "unmatched", "pooled"), t$conf.int[1])
  expect_equal(value_of(rows, "conf_high", "unmatched", "pooled"), t$conf.int[2])
})

test_that("printed numbers of lalonde come out", {
  estimate <- function(...) {
    study <- lalonde_study(...)
    match <- run_stage("matching", study, MatchIt::lalonde)
    rows <- run_stage("effect", study, MatchIt::lalonde, match$artefacts)$rows
    c(value_of(match$rows, "n_treated_matched"), value_of(rows, "estimate", "matched", "psmatch2"))
  }
  expect_equal(estimate(), c(185, 894.367), tolerance = 1e-6)
  expect_equal(estimate(replace = TRUE), c(185, 1991.6), tolerance = 1e-4)
  four <- list(ratio = 4L, replace = TRUE)
  expect_equal(do.call(estimate, four), c(185, 1299.9), tolerance = 1e-4)
  expect_equal(do.call(estimate, c(four, list(caliper = list(value = .02, unit = "raw")))), c(181, 1587.4),
    tolerance = 1e-4
  )
})

test_that("the matched effect is the slope of the weighted regression, whatever the scale of the weights", {
  lalonde <- MatchIt::lalonde
  match <- run_stage("matching", lalonde_study(ratio = 4L, replace = TRUE), lalonde)
  weights <- match$artefacts$weights
  rows <- run_stage("effect", lalonde_study(), lalonde, match$artefacts)$rows
  slope <- stats::coef(stats::lm(re78 ~ treat, lalonde, weights = weights))[["treat"]]
  expect_equal(value_of(rows, "estimate", "matched", "psmatch2"), slope)
  scaled <- ifelse(lalonde$treat == 0, 3 * weights, weights)
  expect_equal(run_stage("effect", lalonde_study(), lalonde, list(weights = scaled))$rows$value, rows$value)
})

test_that("what is missing or wrong is refused", {
  y <- c(10, 14, 9, 8, 12)
  t <- c(1, 1, 0, 0, 0)
  refused <- function(text, ...) expect_error(effect(...), text, class = "ermbridge_error_input")
  refused("effect.*weights", y, t, NULL)
  refused("weights.*5", y, t, c(1, 1))
  refused("weights.*negative", y, t, c(1, 1, -1, 1, 1))
  refused("zero for all controls", y, t, c(1, 1, 0, 0, 0))
  refused("zero for all treated", y, t, c(0, 0, 1, 0, 0))
  refused("conf_level", y, t, c(1, 1, 1, 1, 1), conf_level = 1)
  study <- lalonde_study()
  study$effect$std_error <- "HC9"
  expect_error(run_stage("effect", study, MatchIt::lalonde), "std_error.*HC9.*psmatch2",
    class = "ermbridge_error_input"
  )
})

test_that("errors by pair and unit are those of get_matches() and vcovCL()", {
  for (replace in c(TRUE, FALSE)) {
    study <- lalonde_study(ratio = 2L, replace = replace)
    study$effect$std_error <- c("psmatch2", "pair_and_unit")
    match <- run_stage("matching", study, MatchIt::lalonde)
    rows <- run_stage("effect", study, MatchIt::lalonde, match$artefacts)$rows
    fit <- MatchIt::matchit(treat ~ age + educ, MatchIt::lalonde,
      distance = match$artefacts$propensity, ratio = 2, replace = replace
    )
    sets <- MatchIt::get_matches(fit)
    model <- stats::lm(re78 ~ treat, sets, weights = weights)
    expected <- sqrt(sandwich::vcovCL(model, cluster = ~ subclass + id)["treat", "treat"])
    expect_equal(value_of(rows, "std_error", "matched", "pair_and_unit"), expected)
    expect_equal(value_of(rows, "estimate", "matched", "pair_and_unit"), stats::coef(model)[["treat"]])
    expect_equal(
      value_of(rows, "estimate", "matched", "pair_and_unit"), value_of(rows, "estimate", "matched", "psmatch2")
    )
  }
})

test_that("errors by pair need the pairs", {
  study <- lalonde_study()
  study$effect$std_error <- "pair_and_unit"
  artefacts <- list(weights = rep(1, 614))
  expect_error(run_stage("effect", study, MatchIt::lalonde, artefacts), "match_matrix", class = "ermbridge_error_input")
})

test_that("orders of rows are those of the printed generator", {
  # Park & Miller 1988, page 1195: from 1 the 10,001st number is 1043618065.
  state <- 1
  keys <- vapply(1:10000, function(i) state <<- (16807 * state) %% (2^31 - 1), double(1))
  expect_identical(keys[10000], 1043618065)
  expect_identical(row_orders(100, 3), lapply(0:2, function(i) order(keys[100 * i + 1:100])))
  expect_identical(row_orders(100, 1, 2^31 - 2), row_orders(100, 1, 0))
  expect_false(identical(row_orders(100, 1, 1), row_orders(100, 1, 0)))
})

test_that("the envelope of tied scores is that of shuffled frames", {
  study <- lalonde_study(replace = TRUE)
  study$effect$tie_orders <- 4L
  study$seed <- 11L
  match <- run_stage("matching", study, MatchIt::lalonde)
  rows <- run_stage("effect", study, MatchIt::lalonde, match$artefacts)$rows
  by_hand <- vapply(c(list(1:614), row_orders(614, 4, 11)), function(order) {
    fit <- MatchIt::matchit(treat ~ age, MatchIt::lalonde[order, ],
      distance = match$artefacts$propensity[order], replace = TRUE
    )
    stats::coef(stats::lm(re78 ~ treat, MatchIt::lalonde[order, ], weights = fit$weights))[["treat"]]
  }, double(1))
  expect_equal(value_of(rows, "tie_low", "matched"), min(by_hand))
  expect_equal(value_of(rows, "tie_high", "matched"), max(by_hand))
  expect_equal(value_of(rows, "tie_mean", "matched"), mean(by_hand))
  expect_lt(min(by_hand), max(by_hand))
  study$effect$tie_orders <- 0L
  without <- run_stage("effect", study, MatchIt::lalonde, match$artefacts)$rows
  expect_identical(without, rows[!startsWith(rows$quantity, "tie"), ])
})

test_that("what rounding leaves of a variance of zero is zero", {
  treated <- c(1, 1, 1, 0, 0, 0, 0)
  pairs <- matrix(c(4L, 5L, 7L))
  of <- function(outcome, kind) {
    with_notes(matched_errors()[[kind]](list(
      outcome = outcome, treated = treated, weights = c(1, 1, 1, 1, 1, 0, 1), match_matrix = pairs, choosers = treated == 1,
      focal = treated == 1, scores = 1:7 / 8, neighbours = 1L, replicates = 10L
    )))$value
  }
  for (kind in setdiff(names(matched_errors()), "abadie_imbens_score")) {
    expect_identical(of(ifelse(treated == 1, .7, .1), kind), 0)
  }
  expect_identical(of(c(.4, .9, 2.3, .1, .6, 9, 2), "pair_and_unit"), 0)
  expect_gt(of(c(.4, .9, 2.3, .1, .6, 9, 2), "psmatch2"), .5)
  expect_identical(root_of_variance(-1, 1), NaN)
  expect_identical(root_of_variance(NA, 1), NaN)
})

sensitivity_study <- function(...) {
  study <- lalonde_study()
  study$effect$sensitivity <- list(...)
  study
}

test_that("sensitivity: bounds, E-value and placebo outcomes", {
  study <- sensitivity_study(rosenbaum = c(1, 1.5), e_value = TRUE, placebo = "re75")
  study$matching$covariates <- setdiff(lalonde_covariates, "re75")
  match <- run_stage("matching", study, MatchIt::lalonde)$artefacts
  rows <- run_stage("effect", study, MatchIt::lalonde, match)$rows
  outcome <- MatchIt::lalonde$re78
  differences <- outcome[MatchIt::lalonde$treat == 1] - outcome[match$match_matrix]
  expect_equal(
    value_of(rows, "rosenbaum_p_high", "signed_rank", "1.5"), signed_rank_bounds(differences, 1.5)$high
  )
  expect_equal(
    value_of(rows, "hodges_lehmann_low", "signed_rank", "1"), hodges_lehmann_bounds(differences, 1)$low
  )
  expect_gt(value_of(rows, "e_value", "point"), 1)
  study$effect <- effect_section("re75")
  placebo <- run_stage("effect", study, MatchIt::lalonde, match)$rows
  for (quantity in c("estimate", "std_error", "conf_high")) {
    expect_identical(
      value_of(rows, quantity, "placebo[re75]", "psmatch2"), value_of(placebo, quantity, "matched", "psmatch2")
    )
  }
})

test_that("bounds need pairs", {
  study <- sensitivity_study(rosenbaum = 2)
  study$matching$ratio <- 2L
  match <- run_stage("matching", study, MatchIt::lalonde)$artefacts
  expect_error(run_stage("effect", study, MatchIt::lalonde, match), "rosenbaum.*pairs", class = "ermbridge_error_input")
  study$effect$sensitivity$rosenbaum <- .5
  expect_error(run_stage("effect", study, MatchIt::lalonde, match), "rosenbaum.*from 1", class = "ermbridge_error_input")
})
