# Units with scores handed in, so that the pairs can be worked out by hand.
match_by_hand <- function(treated, scores, ..., x = not_separated(treated)) {
  study <- list(variables = list(t = number(), x = number()), matching = matching_section("t", "x", ...))
  run_stage("matching", study, data.frame(t = treated, x = x), list(propensity = scores))
}

# The treated between the controls.
not_separated <- function(treated) ifelse(treated == 1, 5, rep_len(c(0, 20), length(treated))) + seq_along(treated)

pairs_of <- function(result) result$artefacts$match_matrix

# B, A treated; c, d, e controls.
treated <- c(1, 1, 0, 0, 0)
scores <- c(.60, .50, .56, .30, .95)

test_that("the order of matching decides who gets a control that two want", {
  # B (.60) and A (.50) both want c (.56). Largest and data: B first, A is left with d (.30).
  expect_identical(pairs_of(match_by_hand(treated, scores)), matrix(c(3L, 4L)))
  expect_identical(pairs_of(match_by_hand(treated, scores, order = "data")), matrix(c(3L, 4L)))
  # Smallest: A first; B is left with d (.30) and e (.95), at .30 and .35.
  expect_identical(pairs_of(match_by_hand(treated, scores, order = "smallest")), matrix(c(4L, 3L)))
  swapped <- scores[c(2, 1, 3:5)]
  expect_identical(pairs_of(match_by_hand(treated, swapped, order = "data")), matrix(c(3L, 4L)))
  expect_identical(pairs_of(match_by_hand(treated, swapped)), matrix(c(4L, 3L)))
})

test_that("with replacement both get it, and its weight shows it", {
  result <- match_by_hand(treated, scores, replace = TRUE)
  expect_identical(pairs_of(result), matrix(c(3L, 3L)))
  expect_identical(result$artefacts$weights, c(1, 1, 1, 0, 0))
  expect_null(result$artefacts$subclass)
  expect_identical(value_of(result$rows, "n_controls_matched"), 1)
  expect_identical(value_of(result$rows, "n_pairs"), 2)
})

test_that("several neighbours come nearest first; without replacement in rounds", {
  two <- match_by_hand(treated, scores, ratio = 2L, replace = TRUE)
  expect_identical(pairs_of(two), rbind(c(3L, 4L), c(3L, 4L)))
  # First round as above; B's second is e, the only one left.
  rounds <- match_by_hand(treated, scores, ratio = 2L)
  expect_identical(pairs_of(rounds), rbind(c(3L, 5L), c(4L, NA)))
  expect_identical(rounds$artefacts$subclass, c(1L, 2L, 1L, 2L, 1L))
  # Controls of B weigh 1/2 each, that of A 1; scaled to average 1.
  expect_equal(rounds$artefacts$weights, c(1, 1, c(.5, 1, .5) * 3 / 2))
  note <- rounds$rows$note[rounds$rows$quantity == "n_pairs"]
  expect_match(note, "ot all treated units will get 2 matches")
})

test_that("a caliper is in units of the score and includes its edge", {
  exact <- c(.75, .50, .625, .25, 1)
  inside <- match_by_hand(treated, exact, replace = TRUE, caliper = list(value = .125, unit = "raw"))
  expect_identical(pairs_of(inside), matrix(c(3L, 3L)))
  expect_identical(value_of(inside$rows, "pair_distance_max"), .125)
  cut <- match_by_hand(treated, scores, caliper = list(value = .05, unit = "raw"))
  expect_identical(pairs_of(cut), matrix(c(3L, NA)))
  expect_identical(cut$artefacts$weights, c(1, 0, 1, 0, 0))
  expect_identical(cut$artefacts$subclass, c(1L, NA, 1L, NA, NA))
  expect_identical(value_of(cut$rows, "n_treated_matched"), 1)
  expect_error(match_by_hand(treated, scores, caliper = list(value = .01, unit = "raw")), "matching.caliper",
    class = "ermbridge_error_input"
  )
})

test_that("ties go to the nearer place in the sorted file, the earlier row first", {
  tied <- c(.5, .5, .5, .5)
  expect_identical(pairs_of(match_by_hand(c(0, 1, 0, 0), tied)), matrix(1L))
  expect_identical(pairs_of(match_by_hand(c(1, 0, 0, 0), tied)), matrix(2L))
  expect_identical(pairs_of(match_by_hand(c(0, 0, 1, 0), tied, ratio = 3L, replace = TRUE)), rbind(c(2L, 4L, 1L)))
})

test_that("balance agrees with the arithmetic by hand", {
  x <- c(10, 14, 9, 8, 12)
  result <- match_by_hand(treated, scores, replace = TRUE, x = x)
  sd_treated <- sqrt(8)
  expect_equal(value_of(result$rows, "smd", "x", "before"), (12 - 29 / 3) / sd_treated)
  expect_equal(value_of(result$rows, "smd", "x", "after"), (12 - 9) / sd_treated)
  expect_equal(value_of(result$rows, "variance_ratio", "x", "before"), 8 / stats::var(c(9, 8, 12)))
  expect_equal(value_of(result$rows, "smd", "(distance)", "after"), (.55 - .56) / stats::sd(c(.6, .5)))
  # Weighted: rounds leave weights .75, 1.5, .75; variance sum w (x - m)^2 / (1 - sum w^2) with w adding to 1.
  rounds <- match_by_hand(treated, scores, ratio = 2L, x = x)
  w <- c(1, 2, 1) / 4
  m <- sum(w * x[3:5])
  variance <- sum(w * (x[3:5] - m)^2) / (1 - sum(w^2))
  expect_equal(value_of(rounds$rows, "variance_ratio", "x", "after"), 8 / variance)
  expect_equal(value_of(rounds$rows, "smd", "x", "after"), (12 - m) / sd_treated)
})

test_that("a number that is not defined has no row", {
  balance_of <- function(...) {
    rows <- match_by_hand(...)$rows
    rows <- rows[rows$quantity %in% c("smd", "variance_ratio"), ]
    expect_true(all(is.finite(rows$value)))
    rows <- rows[order(rows$component == "after"), ]
    paste(rows$quantity, rows$term, rows$component)
  }
  before <- c("smd x before", "smd (distance) before", "variance_ratio x before", "variance_ratio (distance) before")
  # One pair; MatchIt says NA.
  narrow <- list(caliper = list(value = .05, unit = "raw"))
  expect_identical(do.call(balance_of, c(list(treated, scores), narrow)), before)
  # Two treated with one control; MatchIt divides by 0/0.
  expect_identical(balance_of(treated, scores, replace = TRUE), c(before, "smd x after", "smd (distance) after"))
  # Matched controls do not vary in x; MatchIt divides by what rounding leaves of 0.
  x <- c(.2, .4, .1, .1, .7)
  expect_identical(
    balance_of(treated, scores, x = x),
    c(before, "smd x after", "smd (distance) after", "variance_ratio (distance) after")
  )
  # Scores that are all equal, and scores of 0 and 1.
  expect_false(any(grepl("distance", balance_of(treated, rep(.5, 5)))))
  expect_false(any(grepl("ratio (distance)", balance_of(treated, c(0, 1, 1, 0, 1)), fixed = TRUE)))
})

test_that("balance keeps the digits of columns far from zero", {
  near <- match_by_hand(treated, scores, ratio = 2L, x = c(10, 14, 9, 8, 12))$rows
  far <- match_by_hand(treated, scores, ratio = 2L, x = 1.5e9 + c(10, 14, 9, 8, 12))$rows
  of_x <- near$quantity %in% c("smd", "variance_ratio") & near$term == "x"
  expect_identical(sum(of_x), 4L)
  expect_equal(far$value[of_x], near$value[of_x], tolerance = 1e-13)
})

test_that("two units a last bit apart do not vary", {
  expect_false(varies(c(.3, .1 + .2)))
  expect_false(varies(5))
  expect_false(varies(double()))
  expect_false(varies(c(0, 0)))
  expect_true(varies(1.5e9 + c(-60, 60)))
  expect_true(varies(c(0, 1e-300)))
})

test_that("balance has each level of a category, 0/1 columns no variance ratio", {
  rows <- run_stage("matching", lalonde_study(), MatchIt::lalonde)$rows
  smd <- rows$term[rows$quantity == "smd" & rows$component == "after"]
  expect_identical(smd, c(
    "age", "educ", "race[black]", "race[hispan]", "race[white]", "married", "nodegree", "re74", "re75", "(distance)"
  ))
  ratio <- rows$term[rows$quantity == "variance_ratio" & rows$component == "before"]
  expect_identical(ratio, c("age", "educ", "re74", "re75", "(distance)"))
  p <- mean(MatchIt::lalonde$race[MatchIt::lalonde$treat == 1] == "black")
  q <- mean(MatchIt::lalonde$race[MatchIt::lalonde$treat == 0] == "black")
  expect_equal(value_of(rows, "smd", "race[black]", "before"), (p - q) / sqrt(p * (1 - p)))
})

test_that("balance equals MatchIt's summary of the same match with factors", {
  lalonde <- MatchIt::lalonde
  result <- run_stage("matching", lalonde_study(), lalonde)
  match <- MatchIt::matchit(treat ~ age + educ + race + married + nodegree + re74 + re75, lalonde,
    distance = result$artefacts$propensity
  )
  sums <- summary(match, pair.dist = FALSE)
  from_matchit <- function(table) unname(table[c(2:10, 1), "Std. Mean Diff."])
  rows <- result$rows[result$rows$quantity == "smd", ]
  expect_equal(rows$value[rows$component == "before"], from_matchit(sums$sum.all))
  expect_equal(rows$value[rows$component == "after"], from_matchit(sums$sum.matched))
  expect_identical(unname(match$weights), result$artefacts$weights)
})

test_that("where the treated do not vary, the note tells by what MatchIt divides", {
  x <- c(0, 0, 0, 1, 0, 1, 0, 1)
  y <- c(1, 2, 3, 1, 2, 3, 1, 2)
  study <- list(
    variables = list(t = number(), g = category(c("a", "b", "c")), y = number()),
    matching = matching_section("t", c("y", "x"))
  )
  study$variables$x <- number()
  frame <- data.frame(t = c(1, 0, 1, 0, 1, 0, 0, 0), x = c(5, 1, 5, 9, 5, 5, 2, 4), y = y, g = "a")
  rows <- run_stage("matching", study, frame)$rows
  expect_match(rows$note[rows$quantity == "smd" & rows$term == "x"], "pooled")
  expect_identical(rows$note[rows$quantity == "smd" & rows$term == "y"], c("", ""))
})

test_that("scores are rounded, or taken as they are", {
  study <- lalonde_study(distance = list(digits = 3L))
  rounded <- run_stage("matching", study, MatchIt::lalonde)$artefacts$propensity
  expect_identical(rounded, round(rounded, 3))
  raw <- run_stage("matching", lalonde_study(distance = list(digits = NULL)), MatchIt::lalonde)
  expect_false(identical(raw$artefacts$propensity, round(raw$artefacts$propensity, 10)))
  given <- rev(raw$artefacts$propensity)
  handed <- run_stage("matching", study, MatchIt::lalonde, list(propensity = given))
  expect_identical(handed$artefacts$propensity, given)
  expect_identical(values_of(handed$rows, "score_coefficient"), values_of(raw$rows, "score_coefficient"))
})

test_that("levels that do not occur leave no trace", {
  lalonde <- MatchIt::lalonde
  levels(lalonde$race) <- c(levels(lalonde$race), "other")
  study <- lalonde_study()
  study$variables$race <- category(c("other", levels(MatchIt::lalonde$race)), "black")
  expect_identical(
    run_stage("matching", study, lalonde), run_stage("matching", lalonde_study(), MatchIt::lalonde)
  )
})

test_that("shuffled rows give the same sets where no scores tie", {
  set.seed(7)
  n <- 60
  frame <- data.frame(t = rep(0:1, c(40, 20)), x = stats::rnorm(n), z = stats::rnorm(n))
  study <- list(
    variables = lapply(frame, function(x) number()),
    matching = matching_section("t", c("x", "z"), ratio = 2L, caliper = list(value = .1, unit = "raw"))
  )
  shuffle <- sample(n)
  first <- run_stage("matching", study, frame)
  second <- run_stage("matching", study, frame[shuffle, ])
  expect_equal(second$rows$value, first$rows$value, tolerance = 1e-8)
  expect_equal(second$artefacts$weights, first$artefacts$weights[shuffle])
})

test_that("options that are not available are refused by name", {
  refused <- function(text, ...) {
    expect_error(match_by_hand(treated, scores, ...), text, class = "ermbridge_error_input")
  }
  refused("matching.method.*genetic.*nearest", method = "genetic")
  refused("matching.distance.link.*log.*logit", distance = list(method = "glm", link = "log"))
  refused("matching.distance.method.*gam", distance = list(method = "gam"))
  refused("matching.distance.digits", distance = list(digits = 0L))
  refused("matching.order.*nearest.*largest.*smallest.*data", order = "nearest")
  refused("matching.ratio", ratio = 0L)
  refused("matching.ratio", ratio = 1.5)
  refused("matching.ratio.*found 4, but the frame holds only 3 partners", ratio = 4L)
  refused("matching.replace", replace = "no")
  refused("matching.caliper.unit.*logit.*raw.*sd", caliper = list(value = .1, unit = "logit"))
  refused("matching.caliper.value", caliper = list(value = 0, unit = "raw"))
  refused("matching.caliper.value", caliper = list(value = Inf, unit = "raw"))
  refused("matching.exact.*no column .*y", exact = "y")
  refused("matching.ties.*last.*matchit.*first.*all", ties = "last")
  refused("nobody has a partner", exact = "x")
  refused("matching.estimand.*ATE.*ATT", estimand = "ATE")
  refused("matching.covariates", covariates = character())
})

test_that("scores of another length or with gaps are refused", {
  expect_error(match_by_hand(treated, scores[-1]), "propensity.*5", class = "ermbridge_error_input")
  expect_error(match_by_hand(treated, replace(scores, 2, NA)), "propensity", class = "ermbridge_error_input")
})

test_that("a caliper in standard deviations is one of all scores", {
  study <- function(caliper) lalonde_study(replace = TRUE, caliper = caliper)
  in_sd <- run_stage("matching", study(list(value = .02, unit = "sd")), MatchIt::lalonde)
  width <- .02 * stats::sd(in_sd$artefacts$propensity)
  raw <- run_stage("matching", study(list(value = width, unit = "raw")), MatchIt::lalonde)
  expect_identical(in_sd$artefacts$match_matrix, raw$artefacts$match_matrix)
  expect_equal(value_of(in_sd$rows, "caliper"), width)
  expect_identical(value_of(in_sd$rows, "n_treated_matched"), 162)
})

test_that("the distance of distributions is MatchIt's eCDF maximum", {
  result <- run_stage("matching", lalonde_study(), MatchIt::lalonde)
  lalonde <- MatchIt::lalonde
  treated <- lalonde$treat == 1
  expect_equal(
    value_of(result$rows, "ks", "age", "before"),
    unname(suppressWarnings(stats::ks.test(lalonde$age[treated], lalonde$age[!treated]))$statistic)
  )
  expect_equal(value_of(result$rows, "ks", "married", "before"), abs(mean(lalonde$married[treated]) - mean(lalonde$married[!treated])))
})
