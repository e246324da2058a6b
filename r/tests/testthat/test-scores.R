items <- made_items()
r <- stats::cor(items)
pattern <- cbind(c(.8, .7, .6, .7, 0, .1, 0, 0), c(0, .1, 0, 0, .7, .6, .5, .4))
phi <- matrix(c(1, .3, .3, 1), 2)
oblique <- canonical_form(pattern, phi)
single <- canonical_form(matrix(c(.8, .7, .6, .7, .2, .3, .2, .1)))
weights <- function(method, solution = oblique) score_weights(r, solution, method, names(items))

test_that("weights are those of psych from the correlations that were factored", {
  for (method in names(score_methods())) {
    psych <- psych::factor.scores(r, unname(oblique$loadings), unname(oblique$phi), method = score_methods()[[method]])
    expect_equal(unname(weights(method)), unname(unclass(psych$weights)), ignore_attr = TRUE)
    expect_identical(colnames(weights(method)), c("F1", "F2"))
  }
})

test_that("weights have the properties of their method", {
  expect_equal(weights("regression"), solve(r, oblique$structure), ignore_attr = TRUE)
  expect_equal(crossprod(weights("bartlett"), oblique$loadings), diag(2), ignore_attr = TRUE)
  expect_equal(crossprod(weights("anderson"), r %*% weights("anderson")), diag(2), ignore_attr = TRUE)
  expect_equal(crossprod(weights("tenberge"), r %*% weights("tenberge")), oblique$phi)
})

test_that("scores of a single factor have unit variance where psych fails", {
  anderson <- weights("anderson", single)
  tenberge <- weights("tenberge", single)
  expect_equal(drop(crossprod(anderson, r %*% anderson)), 1)
  expect_equal(drop(crossprod(tenberge, r %*% tenberge)), 1)
  bartlett <- weights("bartlett", single)
  expect_equal(anderson / anderson[1], bartlett / bartlett[1])
  regression <- weights("regression", single)
  expect_equal(tenberge / tenberge[1], regression / regression[1])
})

test_that("a uniqueness of zero or less is refused with the names of the items", {
  improper <- canonical_form(matrix(c(1.05, .5, .5, .5, .2, .3, .2, .1)))
  for (method in c("bartlett", "anderson")) {
    expect_error(weights(method, improper), "i1.* has none", class = "ermbridge_error_input")
  }
  for (method in c("regression", "tenberge")) {
    expect_true(all(is.finite(weights(method, improper))))
  }
})

test_that("the stage hands on what new rows are standardised with", {
  reversed <- c("i2", "i5")
  made <- run_stage("index", items_study(items, reverse = reversed), items)$artefacts$standardisation
  turned <- items
  turned[reversed] <- lapply(items[reversed], function(x) min(x) + max(x) - x)
  expect_equal(made[, 1], unname(colMeans(turned)))
  expect_equal(made[, 2], unname(apply(turned, 2, stats::sd)))
  expect_equal(made[c(2, 5), 3], unname(vapply(items[reversed], function(x) min(x) + max(x), 1)))
  expect_true(all(is.na(made[-c(2, 5), 3])))
})
