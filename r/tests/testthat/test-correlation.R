set.seed(4)
latent <- stats::rnorm(300) + matrix(stats::rnorm(300 * 6), 300)
cut_at <- function(x, at) findInterval(x, at) + 1
graded <- as.data.frame(apply(latent, 2, cut_at, at = c(-2, -.7, .7, 2)))
names(graded) <- paste0("i", 1:6)
how <- function(method, ...) {
  list(method = method, thresholds = "global", correct = 0.5, smooth = FALSE, missing = "refuse", ...)
}
run_on <- function(frame, how, n_obs = NULL) {
  run_stage("index", items_study(frame, correlation = how), frame, list(n_obs = n_obs))
}
lower <- function(r) r[lower.tri(r)]

test_that("Spearman correlations are those of ranks", {
  rows <- run_on(graded, list(method = "spearman"))$rows
  expect_equal(unname(values_of(rows, "correlation")), lower(stats::cor(apply(graded, 2, rank))))
  expect_identical(names(values_of(rows, "correlation"))[1:2], c("i2/i1", "i3/i1"))
})

test_that("polychoric correlations are psych's, whatever the codes and the number of categories", {
  plain <- suppressWarnings(psych::polychoric(graded, smooth = FALSE, correct = 0))
  rows <- run_on(graded, utils::modifyList(how("polychoric"), list(correct = 0)))$rows
  expect_equal(unname(values_of(rows, "correlation")), lower(unname(plain$rho)))
  expect_equal(values_of(rows, "threshold")[["i1/1"]], plain$tau[[1, 1]])
  expect_length(values_of(rows, "threshold"), 24)
  # psych would give up global thresholds for these.
  uneven <- transform(graded, i1 = c(1, 10, 10, 11, 50)[i1], i2 = 2 * i2)
  uneven_rows <- run_on(uneven, utils::modifyList(how("polychoric"), list(correct = 0)))$rows
  local <- suppressWarnings(psych::polychoric(
    transform(graded, i1 = c(1, 2, 2, 3, 4)[i1]),
    smooth = FALSE, global = FALSE, correct = 0
  ))
  expect_equal(unname(values_of(uneven_rows, "correlation")), lower(unname(local$rho)), tolerance = 1e-4)
})

test_that("tetrachoric correlations are psych's, and empty cells are noted", {
  binary <- as.data.frame((graded > 3) + 0)
  rows <- run_on(binary, how("tetrachoric"))$rows
  expect_equal(unname(values_of(rows, "correlation")), lower(unname(psych::tetrachoric(binary, smooth = FALSE)$rho)))
  binary$i2 <- as.numeric(binary$i1 == 1 & graded$i2 > 3)
  expect_match(run_on(binary, how("tetrachoric"))$rows$note[1], "cell entry of 0 was replaced")
})

test_that("mixed correlations are those of mixedCor", {
  mixed <- transform(graded, i1 = latent[, 1], i2 = latent[, 2], i3 = as.numeric(i3 > 3), i4 = as.numeric(i4 > 2))
  utils::capture.output(expected <- psych::mixedCor(mixed, smooth = FALSE)$rho)
  rows <- run_on(mixed, how("mixed"))$rows
  expect_equal(unname(values_of(rows, "correlation")), lower(unname(unclass(expected))))
  expect_setequal(
    sub("/.*", "", names(values_of(rows, "threshold"))), c("i3", "i4", "i5", "i6")
  )
})

test_that("a matrix with n does as its data, but for scores", {
  r <- as.data.frame(stats::cor(graded))
  of_data <- run_on(graded, list(method = "pearson"))
  of_matrix <- run_on(r, list(method = "pearson"), n_obs = 300)
  shared <- of_data$rows[!of_data$rows$quantity %in% c("index_weight", "index_mean", "index_sd"), ]
  expect_equal(of_matrix$rows$value, shared$value)
  expect_identical(dim(of_matrix$artefacts$factor_scores), c(0L, 2L))
  refused <- function(r, n) {
    expect_error(run_on(r, list(method = "pearson"), n_obs = n), class = "ermbridge_error_input")
  }
  refused(replace(r, 1, 0.5), 300)
  refused(r[1:5, ], 300)
  refused(r, 6)
})

test_that("items are correlated pairwise where the study says so", {
  gaps <- graded
  gaps[1:40, 1] <- NA
  gaps[20:90, 2] <- NA
  pairwise <- list(method = "pearson", missing = "pairwise")
  result <- run_on(gaps, pairwise)
  expect_equal(unname(result$artefacts$correlation), unname(stats::cor(gaps, use = "pairwise")))
  expect_equal(min(result$artefacts$counts), 210)
  expect_identical(which(is.na(result$artefacts$index)), 1:90)
  expect_false(is.na(value_of(result$rows, "index_sd", "all")))
  expect_error(run_on(gaps, list(method = "pearson")), "must be a finite number", class = "ermbridge_error_input")
})

test_that("a matrix that is not positive definite is refused by name, or smoothed", {
  indefinite <- as.data.frame(matrix(c(1, .9, .2, .9, 1, .9, .2, .9, 1), 3, dimnames = list(NULL, c("a", "b", "c"))))
  one <- function(smooth) {
    study <- items_study(indefinite, correlation = list(method = "pearson", smooth = smooth), factors = 1L)
    run_stage("index", study, indefinite, list(n_obs = 100))
  }
  expect_error(one(FALSE), "contradict each other", class = "ermbridge_error_input")
  result <- one(TRUE)
  expect_equal(unname(values_of(result$rows, "correlation")), c(.9, .2, .9))
  smoothed <- suppressWarnings(psych::cor.smooth(unname(as.matrix(indefinite))))
  expect_equal(unname(values_of(result$rows, "correlation_smoothed")), lower(smoothed))
})

test_that("items that a method does not take are refused by name", {
  refused <- function(frame, how, text) expect_error(run_on(frame, how), text, class = "ermbridge_error_input")
  refused(transform(graded, i3 = latent[, 3]), how("polychoric"), "\"i3\" has more than 8")
  refused(graded, how("tetrachoric"), "\"i1\" has more than 2")
  same <- transform(graded, i2 = cut_at(latent[, 1], c(-1.5, -.6, .8, 2.1)))
  refused(same, utils::modifyList(how("polychoric"), list(correct = 0)), "\"i2\" and \"i1\"")
  refused(graded, list(method = "kendall"), "kendall")
})
