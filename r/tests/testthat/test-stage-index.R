items <- made_items()
run_index <- function(frame = items, ...) run_stage("index", items_study(frame, ...), frame)
result <- run_index()

test_that("adequacy follows its closed forms", {
  r <- stats::cor(items)
  inverse <- solve(r)
  partial <- -inverse / sqrt(outer(diag(inverse), diag(inverse)))
  off <- row(r) != col(r)
  expect_equal(value_of(result$rows, "kmo", "all"), sum(r[off]^2) / (sum(r[off]^2) + sum(partial[off]^2)))
  first <- off & row(r) == 1
  expect_equal(value_of(result$rows, "kmo", "i1"), sum(r[first]^2) / (sum(r[first]^2) + sum(partial[first]^2)))
  chi2 <- -(200 - 1 - (2 * 8 + 5) / 6) * log(det(r))
  expect_equal(value_of(result$rows, "bartlett_chi2", "all"), chi2)
  expect_identical(value_of(result$rows, "bartlett_df", "all"), 28)
  expect_equal(value_of(result$rows, "bartlett_p", "all"), stats::pchisq(chi2, 28, lower.tail = FALSE))
  expect_equal(sum(values_of(result$rows, "eigenvalue")), 8)
  expect_identical(names(values_of(result$rows, "eigenvalue")), paste0("all/", 1:8))
})

test_that("rows and artefacts of the solution hang together", {
  loadings <- matrix(values_of(result$rows, "loading"), 8)
  weights <- matrix(values_of(result$rows, "score_weight"), 8)
  expect_equal(unname(values_of(result$rows, "communality")), rowSums(loadings^2))
  expect_equal(unname(values_of(result$rows, "uniqueness")), 1 - rowSums(loadings^2))
  expect_equal(unname(values_of(result$rows, "ss_loadings")), colSums(loadings^2))
  share <- colSums(loadings^2) / 8
  expect_equal(values_of(result$rows, "variance_share"), c("all/F1" = share[1], "all/F2" = share[2]))
  expect_equal(weights, unname(solve(stats::cor(items), loadings)))
  scores <- scale(as.matrix(items)) %*% weights
  expect_equal(unname(result$artefacts$factor_scores), unname(scores), ignore_attr = TRUE)
  expect_identical(colnames(result$artefacts$factor_scores), c("F1", "F2"))
  expect_equal(result$artefacts$index, drop(scores %*% share))
  expect_equal(value_of(result$rows, "index_sd", "all"), stats::sd(drop(scores %*% share)))
  expect_lt(abs(value_of(result$rows, "index_mean", "all")), 1e-12)
  residual <- stats::cor(items) - tcrossprod(loadings)
  expect_equal(value_of(result$rows, "objective", "all"), sum(residual[lower.tri(residual)]^2))
})

test_that("a one-factor model of exact correlations is found again", {
  # Three items, one factor: loadings solve r12 = a b, r13 = a c, r23 = b c.
  loadings <- c(.9, .6, .5)
  r <- tcrossprod(loadings)
  diag(r) <- 1
  set.seed(1)
  raw <- scale(matrix(stats::rnorm(300), 100), scale = FALSE)
  exact <- as.data.frame(raw %*% solve(chol(stats::cov(raw))) %*% chol(r))
  study <- list(variables = lapply(exact, function(x) number()), index = index_section(names(exact), 1L))
  rows <- run_stage("index", study, exact)$rows
  expect_equal(unname(values_of(rows, "loading")), loadings, tolerance = 1e-4)
  expect_lt(value_of(rows, "objective", "all"), 1e-8)
})

test_that("printed numbers of psych's bfi come out", {
  bfi <- stats::na.omit(psych::bfi[1:25])
  study <- list(variables = lapply(bfi, function(x) number()), index = index_section(names(bfi), 5L))
  rows <- run_stage("index", study, bfi)$rows
  expect_equal(value_of(rows, "kmo", "all"), 0.848645, tolerance = 1e-6)
  expect_equal(value_of(rows, "bartlett_chi2", "all"), 18146.066, tolerance = 1e-7)
  expect_equal(value_of(rows, "bartlett_df", "all"), 300)
})

test_that("the canonical form orders by sum of squares and turns columns", {
  loadings <- cbind(c(.1, .2, .1), c(-.8, -.7, .1), c(.5, -.5, .001))
  phi <- matrix(c(1, .1, .2, .1, 1, .3, .2, .3, 1), 3)
  form <- canonical_form(loadings)
  # Second column first; its sum is negative. Third column: sum near zero, largest loading positive.
  expect_equal(unname(form$loadings), cbind(c(.8, .7, -.1), c(.5, -.5, .001), c(.1, .2, .1)))
  expect_identical(form$structure, form$loadings)
  oblique <- canonical_form(loadings, phi)
  expect_equal(unname(oblique$phi), matrix(c(1, -.3, -.1, -.3, 1, .2, -.1, .2, 1), 3))
  expect_equal(tcrossprod(oblique$loadings, oblique$structure), loadings %*% phi %*% t(loadings))
  near_zero <- cbind(c(.5, -.5001))
  expect_equal(unname(canonical_form(near_zero)$loadings), -near_zero)
})

test_that("an anchor turns the factor on which it loads most", {
  loadings <- cbind(c(.8, .7, -.3), c(.1, .2, .2))
  expect_equal(unname(canonical_form(loadings, anchor = 3L)$loadings), cbind(c(-.8, -.7, .3), c(.1, .2, .2)))
  anchored <- run_index(composite = list(anchor = "i5"))
  expect_gt(value_of(anchored$rows, "loading", "i5", "F2"), 0)
})

test_that("neither the order of rows nor units of items nor the order of items matter", {
  rows <- result$rows
  shuffled <- run_index(items[200:1, ])
  expect_equal(shuffled$rows$value, rows$value, tolerance = 1e-6)
  expect_equal(shuffled$artefacts$index[200:1], result$artefacts$index, tolerance = 1e-6)
  rescaled <- run_index(transform(items, i1 = 100 * i1 - 7))
  expect_equal(rescaled$rows$value, rows$value, tolerance = 1e-6)
  turned <- run_index(rev(items))$rows
  expect_equal(values_of(turned, "loading")[names(values_of(rows, "loading"))], values_of(rows, "loading"),
    tolerance = 1e-4
  )
})

test_that("scale multiplies the index", {
  scaled <- run_index(composite = list(scale = 100))
  expect_equal(scaled$artefacts$index, 100 * result$artefacts$index)
})

test_that("no rotation keeps the orientation of the extraction", {
  plain <- matrix(values_of(run_index(rotation = list(method = "none"))$rows, "loading"), 8)
  expect_equal(crossprod(plain)[1, 2], 0, tolerance = 1e-8)
  expect_equal(rowSums(plain^2), unname(values_of(result$rows, "communality")))
})

test_that("a reversed item is minimum plus maximum minus itself", {
  expect_identical(reverse_code(c(1, 2, 6)), c(6, 5, 1))
  # psych alone makes values beyond 999 missing.
  expect_identical(reverse_code(c(1000, 1500, 123456)), c(123456, 122956, 1000))
  flipped <- transform(items, i2 = 10 - i2)
  back <- run_index(flipped, reverse = "i2")
  expect_equal(back$rows$value, result$rows$value, tolerance = 1e-6)
})

test_that("items that cannot be factored are refused by name", {
  refused <- function(frame, text) expect_error(run_index(frame), text, class = "ermbridge_error_input")
  refused(transform(items, i3 = 4), "\"i3\" is constant")
  refused(transform(items, i9 = i1 + i2), "singular")
  cnd <- tryCatch(run_index(transform(items, i9 = i1 + i2)), error = identity)
  expect_match(paste(cnd$body), "\"i1\", \"i2\", and \"i9\"", fixed = TRUE)
  refused(items[1:8, ], "8 items need more than 8 rows")
})

test_that("options that are not available are refused by name", {
  refused <- function(text, ...) expect_error(run_index(...), text, class = "ermbridge_error_input")
  refused("index.rotation.*unknown.*varimax", rotation = list(method = "unknown"))
  refused("index.extraction.*unknown.*minres", extraction = "unknown")
  refused("index.correlation.*unknown", correlation = list(method = "unknown"))
  refused("index.scores.*unknown", scores = "unknown")
  refused("index.composite.weights.*sum.*initial_variance", composite = list(weights = "sum"))
  refused("index.composite.divide", composite = list(divide = NA))
  refused("index.composite.scale", composite = list(scale = 0))
  refused("index.factors", factors = 8L)
  refused("index.factors", factors = 5L)
  refused("index.factors.*scree.*kaiser", factors = "scree")
  refused("stray", reverse = "stray")
  refused("stray", composite = list(anchor = "stray"))
  refused("i1.*twice", items = c("i1", "i1", "i2"))
})

test_that("components by Kaiser's rule are those of principal()", {
  items <- made_items()
  found <- run_index(items, extraction = "pca", factors = "kaiser", composite = list(scale = 100))
  k <- sum(eigen(stats::cor(items))$values > 1)
  expect_equal(value_of(found$rows, "n_factors", "all"), k)
  expect_equal(dim(found$artefacts$factor_scores), c(200, k))
  expect_equal(stats::cov(found$artefacts$factor_scores), diag(k), ignore_attr = TRUE)
  of_psych <- psych::principal(items, k)
  expect_equal(unname(values_of(found$rows, "communality")), unname(of_psych$communality))
  dropped <- of_psych$values[-seq_len(k)]
  expect_equal(value_of(found$rows, "objective", "all"), sum(dropped^2))
  expect_equal(value_of(found$rows, "index_sd", "all"), 100 * sqrt(sum((values_of(found$rows, "variance_share"))^2)))
})

test_that("Kaiser's rule asks for an eigenvalue above 1", {
  independent <- expand.grid(i1 = c(-1, 1), i2 = c(-1, 1), i3 = c(-1, 1))
  expect_error(
    run_index(independent, extraction = "pca", factors = "kaiser"), "no eigenvalue",
    class = "ermbridge_error_input"
  )
})
