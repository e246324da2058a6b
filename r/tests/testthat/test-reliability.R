items <- made_items()
settings <- function(...) utils::modifyList(list(omega_factors = 3L, conf_level = 0.95), list(...), keep.null = TRUE)
run_reliability <- function(frame = items, ..., reverse = character()) {
  study <- items_study(frame, reverse = reverse, reliability = settings(...))
  run_stage("index", study, frame)$rows
}
rows <- run_reliability()

test_that("a study that does not ask for reliability has no such rows", {
  plain <- run_stage("index", items_study(items), items)$rows
  expect_false(any(plain$quantity %in% c("alpha", "if_dropped", "item_total", "omega_h")))
  added <- setdiff(rows$quantity, plain$quantity)
  expect_identical(rows[!rows$quantity %in% added, ], plain, ignore_attr = "row.names")
})

test_that("alpha and its kin follow their closed forms", {
  x <- as.matrix(items)
  v <- stats::cov(x)
  r <- stats::cor(x)
  alpha <- function(v) ncol(v) / (ncol(v) - 1) * (1 - sum(diag(v)) / sum(v))
  expect_equal(value_of(rows, "alpha", "all"), alpha(v))
  expect_equal(value_of(rows, "alpha_std", "all"), alpha(r))
  expect_equal(value_of(rows, "lambda6", "all"), 1 - sum(1 / diag(solve(r))) / sum(r))
  expect_equal(value_of(rows, "average_r", "all"), mean(r[lower.tri(r)]))
  expect_equal(value_of(rows, "median_r", "all"), stats::median(r[lower.tri(r)]))
  expect_equal(value_of(rows, "scale_mean", "all"), mean(x))
  expect_equal(value_of(rows, "scale_sd", "all"), stats::sd(rowMeans(x)))
  expect_equal(value_of(rows, "if_dropped", "i3", "alpha"), alpha(v[-3, -3]))
  expect_equal(value_of(rows, "if_dropped", "i3", "lambda6"), 1 - sum(1 / diag(solve(r[-3, -3]))) / sum(r[-3, -3]))
  expect_equal(value_of(rows, "item_total", "i2", "r_drop"), stats::cor(x[, 2], rowSums(x[, -2])))
  expect_equal(value_of(rows, "item_total", "i2", "raw_r"), stats::cor(x[, 2], rowSums(x)))
  expect_equal(value_of(rows, "item_mean", "i1"), mean(x[, 1]))
  expect_equal(value_of(rows, "item_sd", "i1"), stats::sd(x[, 1]))
})

test_that("limits of alpha are those that psych prints", {
  found <- psych::alpha.ci(value_of(rows, "alpha", "all"), nrow(items), ncol(items))
  expect_equal(value_of(rows, "alpha_low", "all", "feldt"), unlist(found$lower.ci), tolerance = 1e-12)
  expect_equal(value_of(rows, "alpha_high", "all", "feldt"), unlist(found$upper.ci), tolerance = 1e-12)
  half <- stats::qnorm(0.975) * value_of(rows, "alpha_se", "all")
  expect_equal(value_of(rows, "alpha_high", "all", "duhachek") - value_of(rows, "alpha", "all"), half)
  narrow <- run_reliability(conf_level = 0.5)
  expect_gt(value_of(narrow, "alpha_low", "all", "feldt"), value_of(rows, "alpha_low", "all", "feldt"))
})

test_that("limits of alpha stay exact where stats::qf is not", {
  # Of 1,000,000 rows and 20 items; beyond 4e5 degrees of freedom qf takes the denominator for infinite.
  found <- interval_rows(0.8, 0.001, 20, 1e6, 0.95)
  f <- (1 - found$value[found$component == "feldt"]) / 0.2
  x <- f * (1e6 - 1) / (f * (1e6 - 1) + 19 * (1e6 - 1))
  expect_equal(stats::pbeta(x, (1e6 - 1) / 2, 19 * (1e6 - 1) / 2), c(0.975, 0.025), tolerance = 1e-9)
  expect_gt(abs(f[1] / stats::qf(0.975, 1e6 - 1, 19 * (1e6 - 1)) - 1), 5e-5)
})

test_that("omega is that of psych, its group factors in canonical form", {
  found <- suppressWarnings(psych::omega(stats::cor(items), 3, flip = FALSE, plot = FALSE))
  expect_equal(value_of(rows, "omega_total", "all"), found$omega.tot)
  expect_equal(value_of(rows, "omega_h", "all"), found$omega_h)
  expect_equal(value_of(rows, "omega_limit", "all"), found$omega.lim)
  expect_equal(value_of(rows, "ecv", "all"), unname(found$ECV))
  general <- values_of(rows, "general_loading")
  group <- matrix(values_of(rows, "group_loading"), 8)
  expect_gt(sum(general), 0)
  expect_equal(sum(general)^2 / sum(stats::cor(items)), found$omega_h)
  expect_identical(order(-colSums(group^2)), 1:3)
  expect_true(all(colSums(group) > 0))
  expect_equal(sort(colSums(group^2)), sort(unname(colSums(unclass(found$schmid$sl)[, 2:4]^2))))
  expect_true(all(grepl("^F[123]/(total|general|group)$", names(values_of(rows, "omega_group")))))
  first <- apply(abs(group), 1, which.max) == 1
  of_group <- sum(group[first, 1])^2 / sum(stats::cor(items)[first, first])
  expect_equal(value_of(rows, "omega_group", "F1", "group"), of_group)
})

test_that("two, one and no group factors", {
  two <- run_reliability(omega_factors = 2L)
  expect_equal(sum(two$quantity == "group_loading"), 16)
  expect_false("omega_objective" %in% two$quantity)
  expect_match(two$note[two$quantity == "omega_h"], "Three factors are required")
  one <- run_reliability(omega_factors = 1L)
  expect_false(any(c("group_loading", "omega_group", "omega_criterion") %in% one$quantity))
  loadings <- values_of(one, "general_loading")
  expect_equal(value_of(one, "omega_h", "all"), sum(loadings)^2 / sum(stats::cor(items)))
  none <- run_reliability(omega_factors = NULL)
  expect_false(any(grepl("omega|ecv|general_loading", none$quantity)))
  expect_true("alpha" %in% none$quantity)
})

test_that("an item that should be reversed is noted and left as it is", {
  turned <- transform(items, i2 = -i2)
  found <- run_reliability(turned)
  row <- found[found$quantity == "item_total" & found$term == "i2" & found$component == "r_drop", ]
  expect_lt(row$value, 0)
  expect_match(row$note, "should it be reversed")
  expect_match(found$note[found$quantity == "alpha"], "i2")
  back <- run_reliability(turned, reverse = "i2")
  expect_equal(value_of(back, "alpha", "all"), value_of(rows, "alpha", "all"))
  kept <- back[back$quantity == "item_total" & back$component == "r_drop", ]
  expect_identical(unique(kept$note), "")
})

test_that("settings that are not available are refused by name", {
  refused <- function(text, ...) expect_error(run_reliability(...), text, class = "ermbridge_error_input")
  refused("index.reliability.conf_level", conf_level = 1)
  refused("index.reliability.omega_factors", omega_factors = 5L)
  refused("index.reliability.omega_factors", omega_factors = 1.5)
})

test_that("congruence is not rounded", {
  a <- cbind(c(.3, .4, 0), c(0, .1, .2))
  expect_equal(worker_congruence(a, a[, 1, drop = FALSE]), rbind(1, .04 / .5 / sqrt(.05)))
  expect_true(is.nan(worker_congruence(cbind(c(0, 0, 0)), a)[1, 1]))
})
