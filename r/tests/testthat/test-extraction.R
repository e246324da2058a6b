items <- made_items()
r <- stats::cor(items)
stop_rule <- list(tolerance = 1e-3, iterations = 50L)
solved <- function(extraction, factors = 2L, ...) {
  section <- index_section(names(items), factors, extraction = extraction, rotation = list(method = "none"), ...)
  solve_factors(r, nrow(items), section, factors)
}
index_rows <- function(extraction, factors = 2L, frame = items, ...) {
  section <- index_section(names(frame), factors, extraction = extraction, ...)
  run_stage("index", list(variables = lapply(frame, function(x) number()), index = section), frame)$rows
}

test_that("each extraction is psych's own", {
  for (fm in c(searched_extractions(), "pa", "alpha")) {
    counts <- if (fm == "minchi") matrix(nrow(items), 8, 8)
    fit <- psych::fa(r, 2, n.obs = nrow(items), fm = fm, rotate = "none", np.obs = counts)
    rule <- if (fm %in% c("pa", "alpha")) stop_rule
    found <- solved(fm, convergence = rule)
    expect_equal(tcrossprod(found$loadings), tcrossprod(unclass(fit$loadings)), ignore_attr = TRUE, tolerance = 1e-12)
  }
})

test_that("objectives follow their formulas", {
  objective <- function(extraction, residual, psi) extraction_objective(residual, r, psi, extraction)
  loadings <- matrix(seq(0.3, 0.7, length.out = 8))
  residual <- r - tcrossprod(loadings)
  psi <- seq(0.4, 0.8, length.out = 8)
  model <- tcrossprod(loadings) + diag(psi)
  below <- lower.tri(r)
  expect_equal(objective("minres", residual, psi), sum(residual[below]^2))
  expect_equal(objective("pa", residual, psi), sum(residual[below]^2))
  expect_equal(objective("uls", residual, psi), sum((r - model)^2) / 2)
  precision <- diag(solve(r))
  expect_equal(objective("wls", residual, psi), sum(diag(1 / precision) %*% (r - model)^2 %*% diag(1 / precision)) / 2)
  left <- diag(8) - solve(r) %*% model
  expect_equal(objective("gls", residual, psi), sum(diag(left %*% left)) / 2)
  expect_equal(
    objective("ml", residual, psi), log(det(model)) - log(det(r)) + sum(diag(r %*% solve(model))) - 8
  )
  expect_equal(objective("alpha", residual, psi), sum((residual^2 / tcrossprod(loadings^2))[below]))
  expect_equal(objective("pca", residual, psi), sum(residual^2))
})

test_that("maximum likelihood arrives where factanal does", {
  tight <- stats::factanal(covmat = r, factors = 2, rotation = "none", control = list(opt = list(factr = 1)))
  rows <- index_rows("ml")
  expect_equal(unname(values_of(rows, "uniqueness")), unname(tight$uniquenesses), tolerance = 1e-4)
  expect_equal(value_of(rows, "objective", "all"), unname(tight$criteria["objective"]), tolerance = 1e-6)
})

test_that("principal axis and alpha end where they are told", {
  once <- solved("pa", convergence = list(tolerance = 1e-3, iterations = 1L))
  reduced <- r
  diag(reduced) <- psych::smc(r)
  first <- eigen(reduced)
  expected <- first$vectors[, 1:2] %*% diag(sqrt(first$values[1:2]))
  expect_equal(tcrossprod(once$loadings), tcrossprod(expected), ignore_attr = TRUE, tolerance = 1e-12)
  expect_match(once$note, "maximum iteration exceeded")
  far <- solved("pa", convergence = list(tolerance = 1e-12, iterations = 10000L))
  expect_equal(far$note, "")
  expect_equal(1 - far$communality, solved("minres")$uniqueness, ignore_attr = TRUE, tolerance = 1e-4)
  expect_error(index_rows("pa", convergence = list(tolerance = 0, iterations = 5L)), "index.convergence.tolerance")
  expect_error(index_rows("alpha", convergence = list(tolerance = 1, iterations = 0L)), "index.convergence.iterations")
})

test_that("one alpha factor satisfies the equations of Kaiser and Caffrey", {
  one <- r[1:4, 1:4]
  fit <- one_alpha_factor(one, min.err = 1e-13, max.iter = 10000L)
  h2 <- fit$communality
  common <- one
  diag(common) <- h2
  leading <- eigen(stats::cov2cor(common))
  expect_equal(
    abs(drop(fit$loadings) / sqrt(h2)), sqrt(leading$values[1]) * abs(leading$vectors[, 1]),
    ignore_attr = TRUE, tolerance = 1e-10
  )
  expect_equal(unname(drop(fit$loadings)^2), unname(h2))
  expect_message(one_alpha_factor(one, min.err = 1e-13, max.iter = 2L), "maximum iteration exceeded")
})

test_that("the passes for one alpha factor are those of psych for several", {
  pass <- function(h2, k) {
    reduced <- r
    diag(reduced) <- h2
    common <- eigen(stats::cov2cor(reduced))
    vectors <- common$vectors[, 1:k, drop = FALSE] %*% diag(sqrt(common$values[1:k]), k)
    list(h2 = h2 * rowSums(vectors^2), loadings = sqrt(h2 * rowSums(vectors^2)) * vectors)
  }
  twice <- function(k) pass(pass(psych::smc(r), k)$h2, k)$loadings
  several <- suppressMessages(psych::fa(r, 2, fm = "alpha", rotate = "none", max.iter = 2)$loadings)
  expect_equal(tcrossprod(unclass(several)), tcrossprod(twice(2)), ignore_attr = TRUE, tolerance = 1e-12)
  own <- suppressMessages(one_alpha_factor(r, min.err = 1e-3, max.iter = 2L)$loadings)
  expect_equal(tcrossprod(own), tcrossprod(twice(1)), ignore_attr = TRUE, tolerance = 1e-12)
})

test_that("Heywood cases are noted with the items", {
  improper <- matrix(c(1, .9, .9, .9, 1, .7, .9, .7, 1), 3)
  exact <- as.data.frame(exact_sample(improper))
  for (extraction in c("minres", "uls", "ml", "pa")) {
    rule <- if (extraction == "pa") list(tolerance = 1e-6, iterations = 1000L)
    rows <- index_rows(extraction, 1L, exact, convergence = rule)
    notes <- rows$note[rows$quantity == "uniqueness"]
    expect_identical(grepl("Heywood case: the factors explain", notes), c(TRUE, FALSE, FALSE))
  }
  rows <- index_rows("pca", 1L, exact)
  expect_false(any(grepl("Heywood", rows$note)))
})
