solution <- list(
  loadings = cbind(c(.8, .6, 0), c(.3, 0, .6)), phi = matrix(c(1, .5, .5, 1), 2),
  structure = cbind(c(.8, .6, 0), c(.3, 0, .6)) %*% matrix(c(1, .5, .5, 1), 2)
)
correlations <- matrix(c(1, .5, .5, .5, 1, .5, .5, .5, 1), 3)
weights <- function(kind, divide = FALSE) {
  composite_weights(solution, correlations, list(weights = kind, divide = divide))
}

test_that("weights by hand", {
  # L'L has the diagonal 1 and .45 and .24 beside it: diag(phi L'L) = 1 + .12, .45 + .12.
  expect_equal(weights("variance"), c(1.12, .57) / 3)
  # Equal correlations of .5 have the eigenvalues 2, .5, .5.
  expect_equal(weights("initial_variance"), c(2, .5) / 3)
  expect_equal(weights("equal"), c(1, 1))
  expect_equal(weights("variance", TRUE), c(1.12, .57) / 1.69)
  expect_equal(weights("initial_variance", TRUE), c(.8, .2))
  expect_equal(weights("equal", TRUE), c(.5, .5))
})

test_that("the index is the scaled sum of weighted scores", {
  scores <- rbind(c(2, -1), c(0, 1))
  expect_equal(composite_index(scores, c(.25, .15), list(scale = 100)), c(35, 15))
})

test_that("dividing only scales the index of a stage", {
  items <- made_items()
  run <- function(...) run_stage("index", items_study(items, composite = list(...)), items)
  for (kind in composite_kinds()) {
    plain <- run(weights = kind)
    divided <- run(weights = kind, divide = TRUE)
    total <- sum(values_of(plain$rows, "index_weight"))
    expect_equal(divided$artefacts$index * total, plain$artefacts$index)
    expect_equal(sum(values_of(divided$rows, "index_weight")), 1)
  }
  expect_identical(names(values_of(plain$rows, "index_weight")), c("all/F1", "all/F2"))
})
