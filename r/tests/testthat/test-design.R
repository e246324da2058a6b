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
})
