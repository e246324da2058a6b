items <- made_items()
run_fit <- function(frame = items, ...) run_stage("index", items_study(frame, ...), frame)$rows
rows <- run_fit()

test_that("rows are the fields of psych's own result", {
  fit <- psych::fa(stats::cor(items), 2, n.obs = 200, rotate = "varimax", fm = "minres")
  number <- function(quantity) value_of(rows, quantity, "all")
  expect_equal(number("discrepancy"), fit$objective)
  expect_equal(number("model_chi2"), fit$STATISTIC)
  expect_identical(number("model_df"), fit$dof)
  expect_equal(number("model_p"), fit$PVAL)
  expect_equal(number("model_log10_p"), log10(fit$PVAL))
  expect_equal(number("null_chi2"), fit$null.chisq)
  expect_identical(number("null_df"), fit$null.dof)
  rmsea <- unname(fit$RMSEA)
  expect_equal(c(number("rmsea"), number("rmsea_low"), number("rmsea_high"), .9), rmsea)
  expect_equal(number("tli"), fit$TLI)
  expect_equal(number("bic"), fit$BIC)
  expect_equal(number("sabic"), fit$SABIC)
  expect_equal(number("rmsr"), fit$rms)
  expect_equal(number("rmsr_corrected"), fit$crms)
  expect_equal(number("fit_total"), fit$fit)
  expect_equal(number("fit_off_diagonal"), fit$fit.off)
  expect_equal(number("empirical_chi2"), fit$chi)
  expect_equal(number("empirical_p"), fit$EPVAL)
  expect_equal(unname(values_of(rows, "complexity")), unname(fit$complexity))
  expect_equal(unname(sort(values_of(rows, "score_r_squared"))), sort(unname(fit$R2)))
})

test_that("the comparative fit index is that of psych, also where psych has none", {
  stats <- list(STATISTIC = 30, dof = 10, null.chisq = 230, null.dof = 20)
  expect_equal(comparative_fit(stats), 1 - 20 / 210)
  expect_identical(comparative_fit(c(stats, CFI = .5)), .5)
  r <- stats::cor(items)
  given <- psych::factor.stats(r, psych::fa(r, 2, n.obs = 200, rotate = "none")$loadings, n.obs = 200)
  expect_equal(comparative_fit(unclass(given)[names(given) != "CFI"]), comparative_fit(given))
})

test_that("what is not defined has no row", {
  three <- run_fit(items[1:3], factors = 1L)$quantity
  expect_true(all(c("model_df", "model_chi2", "rmsr", "empirical_chi2", "score_r_squared") %in% three))
  expect_false(any(c("model_p", "rmsea", "tli", "cfi", "bic", "rmsr_corrected", "empirical_p") %in% three))
  components <- run_fit(extraction = "pca")$quantity
  expect_true(all(c("rmsr", "empirical_chi2", "empirical_p", "complexity") %in% components))
  expect_false(any(c("model_df", "discrepancy", "rmsea", "score_r_squared") %in% components))
})

test_that("a model that is not positive definite has no likelihood", {
  loadings <- matrix(c(1.2, .9, -.9, .2))
  solution <- list(loadings = loadings, structure = loadings)
  stats <- list(dof = 2, null.chisq = 50, null.dof = 6, objective = 3, n.obs = 100)
  expect_identical(model_values(stats, solution), c(model_df = 2, null_chi2 = 50, null_df = 6))
})

test_that("limits of the RMSEA of large chi-squares solve their equation", {
  # Where stats::pchisq() still converges, that is where psych's own limits are.
  stats <- list(STATISTIC = 9380.503, dof = 151, n.obs = 1e5, RMSEA = c(.02472297, NA, NA, .9))
  for (probability in c(.05, .95)) {
    limit <- rmsea_limit(stats, probability)
    noncentrality <- limit^2 * (1e5 - 1) * 151
    expect_equal(stats::pchisq(9380.503, 151, ncp = noncentrality), probability, tolerance = 1e-6)
  }
  huge <- list(STATISTIC = 2307381.854565, dof = 170, n.obs = 1e7, RMSEA = c(.03683997, NA, NA, .9))
  limits <- c(rmsea_limit(huge, .95), rmsea_limit(huge, .05))
  expect_equal(limits, c(0.036800086, 0.036879874), tolerance = 1e-7)
})
