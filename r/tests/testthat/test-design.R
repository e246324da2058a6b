variables <- list(race = category(c("b", "h", "w"), reference = "h"))
frame <- data.frame(age = c(1, 2, 3, 5), race = factor(c("b", "h", "w", "w"), c("b", "h", "w")))

test_that("a category is treatment coded, the reference left out, the others in level order", {
  design <- model_design(c(1, 0, 1, 0), frame, c("race", "age"), variables)
  expect_identical(design$terms, c("(Intercept)", "race[b]", "race[w]", "age"))
  x <- unname(stats::model.matrix(design$formula, design$data))
  expect_identical(matrix(x, 4), cbind(1, c(1, 0, 0, 0), c(0, 0, 1, 1), c(1, 2, 3, 5)))
})

test_that("R's own option of contrasts plays no part", {
  old <- options(contrasts = c("contr.sum", "contr.sum"))
  on.exit(options(old))
  design <- model_design(c(1, 0, 1, 0), frame, "race", variables)
  expect_identical(as.double(stats::model.matrix(design$formula, design$data)[, 2]), c(1, 0, 0, 0))
})

test_that("a formula is made of symbols", {
  formula <- symbol_formula("y", c("x1", "x2", "x3"))
  expect_identical(formula[[2]], quote(y))
  expect_identical(formula[[3]], quote(x1 + x2 + x3))
  hostile <- symbol_formula("y", "x); stop('run') #")
  expect_identical(all.vars(hostile), c("y", "x); stop('run') #"))
})

test_that("levels that do not occur are left out, the reference must occur", {
  wide <- data.frame(race = factor(c("b", "w", "w"), c("b", "h", "w")))
  design <- model_design(1:3, wide, "race", list(race = category(c("b", "h", "w"), "w")))
  expect_identical(design$terms, c("(Intercept)", "race[b]"))
  expect_error(model_design(1:3, wide, "race", variables), "race.*\"h\"", class = "ermbridge_error_input")
  expect_error(model_design(1, wide[1, , drop = FALSE], "race", variables), "constant",
    class = "ermbridge_error_input"
  )
})

test_that("collinear and constant columns are refused by name", {
  collinear <- data.frame(a = c(1, 2, 3, 5), b = c(2, 4, 6, 10), c = 7)
  design <- model_design(1:4, collinear, c("a", "b"), NULL)
  expect_error(check_rank(design, "regression"), "regression.*\"b\" follows", class = "ermbridge_error_input")
  design <- model_design(1:4, collinear, c("a", "c"), NULL)
  expect_error(check_rank(design, "regression"), "\"c\"", class = "ermbridge_error_input")
  # Their mean is not 0.1 to the last bit.
  tenths <- data.frame(a = c(1, 2, 3, 5, 4, 6), c = 0.1)
  for (columns in list("c", c("c", "a"))) {
    design <- model_design(1:6, tenths, columns, NULL)
    expect_error(check_rank(design, "regression"), "\"c\"", class = "ermbridge_error_input")
  }
})

test_that("a column far from zero is no constant, one that follows from it is refused", {
  late <- data.frame(a = 1.5e9 + c(-60, 12, 30, 60, 5), b = c(1, 4, 2, 8, 5))
  expect_null(check_rank(model_design(1:5, late, c("a", "b"), NULL), "regression"))
  twice <- transform(late, b = 2 * a + 3)
  expect_error(check_rank(model_design(1:5, twice, c("a", "b"), NULL), "regression"), "\"b\" follows",
    class = "ermbridge_error_input"
  )
})

test_that("standardised numbers give the same model, and the matrix turns it back", {
  design <- model_design(c(1, 0, 1, 0), frame, c("race", "age"), variables)
  scaled <- standardise_design(design)
  expect_equal(c(mean(scaled$data$x2), mean(scaled$data$x2^2)), c(0, 1))
  raw <- stats::model.matrix(design$formula, design$data)
  # X beta is the same for X scaled and beta = back times coefficients.
  expect_equal(unname(raw %*% scaled$back), unname(stats::model.matrix(scaled$formula, scaled$data)),
    ignore_attr = TRUE
  )
})
