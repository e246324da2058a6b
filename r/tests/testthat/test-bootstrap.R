items <- as.matrix(made_items(120))
colnames(items) <- paste0("x", 1:8)
target <- function(correlations) {
  eigen <- eigen(correlations, symmetric = TRUE)
  loadings <- sweep(eigen$vectors[, 1:2], 2, sqrt(eigen$values[1:2]), "*")
  canonical_form(loadings)
}
solve <- function(correlations) c(target(correlations)[c("loadings", "phi")], list(improper = FALSE))
bootstrap <- function(items, solve, replicates = 12, level = .8) {
  options <- list(replicates = replicates, conf_level = level)
  bootstrap_factors(items, solve, stats::cor, target(stats::cor(items))$loadings, options, seed = 3)
}

test_that("the limits are quantiles of replicates solved one by one", {
  found <- bootstrap(items, solve)
  drawn <- with_draws(3, "bootstrap", 12, 120)
  slow <- vapply(drawn, function(uniforms) {
    loadings <- target(stats::cor(items[floor(uniforms * 120) + 1, ]))$loadings
    align_factors(loadings, NULL, target(stats::cor(items))$loadings)$loadings
  }, matrix(0, 8, 2))
  expect_equal(found$loading$low[[3, 1]], stats::quantile(slow[3, 1, ], .1, names = FALSE))
  expect_equal(found$loading$high[[8, 2]], stats::quantile(slow[8, 2, ], .9, names = FALSE))
  expect_equal(unname(found$loading$std_error), unname(apply(slow, 1:2, stats::sd)))
  expect_equal(found$share$low, apply(colSums(slow^2) / 8, 1, stats::quantile, .1, names = FALSE), ignore_attr = TRUE)
  expect_identical(found[c("phi", "used", "note")], list(phi = NULL, used = 12L, note = ""))
})

test_that("quantiles are of type 7 and standard errors have n - 1", {
  found <- replicate_interval(list(3, 1, 5, 2, 4), .8)
  expect_equal(found, list(low = 1.4, high = 4.6, std_error = sqrt(2.5)))
})

test_that("replicates that fail are left out, counted and said", {
  calls <- 0
  moody <- function(correlations) {
    calls <<- calls + 1
    if (calls %% 3 == 0) stop("a bad day")
    if (calls %% 3 == 1) warning("not sure")
    c(solve(correlations)[1:2], list(improper = calls %% 3 == 1))
  }
  heard <- with_stage_notes("index", list(rows = bind_rows(make_rows("n_factors", 1)), found = bootstrap(items, moody)))
  expect_identical(heard$found$used, 8L)
  expect_match(heard$found$note, "4 of 12 replicates have no solution; 4 of 8 solutions are Heywood cases")
  expect_match(heard$found$note, "said in replicates: not sure; a bad day")
  # Said of replicates, not of the stage.
  expect_identical(nrow(heard$conditions), 0L)
  expect_identical(heard$rows$note, "")
})

test_that("constant and dependent items fail a replicate", {
  rare <- cbind(items, x9 = c(1, rep(0, 119)))
  drawn <- with_draws(3, "bootstrap", 12, 120, function(uniforms) any(floor(uniforms * 120) == 0))
  found <- bootstrap(rare, solve)
  expect_identical(found$used, sum(unlist(drawn)))
  expect_match(found$note, "an item is constant")
  expect_identical(solve_replicate(cbind(items, items[, 1]), solve, stats::cor, NULL)$note, "items determine each other")
})

test_that("without solutions there is an error", {
  never <- function(correlations) stop("no")
  expect_error(bootstrap(items, never), "12 of 12 replicates have no solution", class = "ermbridge_error_input")
})

test_that("correlated factors have rows below the diagonal", {
  oblique <- function(correlations) {
    found <- solve(correlations)
    c(found[1], list(phi = matrix(c(1, .3, .3, 1), 2), improper = FALSE))
  }
  rows <- replicate_rows(bootstrap(items, oblique), paste0("i", 1:8))
  expect_equal(abs(value_of(rows, "phi_low", "F2", "F1")), .3)
  expect_identical(sum(rows$quantity == "phi_high"), 1L)
  expect_identical(sum(rows$quantity == "loading_std_error"), 16L)
})

test_that("a stage gives the rows that it is asked for", {
  frame <- made_items(120)
  run <- function(...) run_stage("index", c(items_study(frame, ...), list(seed = 3)), frame)$rows
  plain <- run()
  asked <- run(bootstrap = list(replicates = 10L, conf_level = .9))
  expect_false(any(grepl("_std_error", plain$quantity)))
  expect_identical(value_of(asked, "bootstrap_replicates", "all"), 10)
  expect_true(all(values_of(asked, "loading_low") < values_of(asked, "loading_high")))
  expect_identical(names(values_of(asked, "variance_share_low")), c("all/F1", "all/F2"))
  expect_equal(asked[seq_len(nrow(plain)), ], plain)
})
