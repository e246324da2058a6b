study <- list(variables = list(
  age = number(), sex = category(c("m", "w")), in_work = number()
))

test_that("columns get the type that the study says, others are left out", {
  frame <- data.frame(id = c("a", "b"), in_work = c(TRUE, FALSE), sex = c("w", "m"), age = 20:21, row.names = 5:6)
  expect_identical(
    prepare_frame(frame, study),
    data.frame(age = c(20, 21), sex = factor(c("w", "m"), c("m", "w")), in_work = c(1, 0))
  )
})

test_that("a prepared frame stays as it is", {
  frame <- data.frame(age = c(20, 21), sex = factor(c("w", "m"), c("w", "m")), in_work = c(1, 0))
  once <- prepare_frame(frame, study)
  expect_identical(levels(once$sex), c("m", "w"))
  expect_identical(prepare_frame(once, study), once)
})

test_that("what does not fit is refused by column and row", {
  frame <- data.frame(age = c(20, 21), sex = c("w", "m"), in_work = c(1, 0))
  refused <- function(frame, text) expect_error(prepare_frame(frame, study), text, class = "ermbridge_error_input")
  refused(transform(frame, age = c("20", "old")), "age.*numbers")
  refused(transform(frame, age = c(20, NA)), "age.*row 2")
  refused(transform(frame, age = c(-Inf, 1)), "age.*row 1.*-Inf")
  refused(transform(frame, sex = c("w", "x")), "sex.*row 2.*\"x\"")
  refused(transform(frame, sex = c(NA, "m")), "sex.*row 1")
  refused(frame["age"], "sex.*in_work")
  refused(frame[0, ], "no rows")
  refused(as.list(frame), "data frame")
  expect_error(prepare_frame(frame, list(variables = NULL)), "variables", class = "ermbridge_error_input")
})

test_that("a category among numbers and an unknown column are refused by key", {
  frame <- prepare_frame(data.frame(age = 1, sex = "m", in_work = 1), study)
  expect_error(number_columns(frame, "sex", "index.items"), "index.items.*sex", class = "ermbridge_error_input")
  expect_error(number_columns(frame, "agee", "index.items"), "agee", class = "ermbridge_error_input")
  expect_identical(number_columns(frame, c("in_work", "age"), "key"), list(in_work = 1, age = 1))
})

test_that("an outcome is the named column or the index", {
  frame <- prepare_frame(data.frame(age = c(3, 4), sex = "m", in_work = 1), study)
  named <- list(effect = list(outcome = "age"))
  expect_identical(stage_outcome("effect", named, frame, list(index = 1:2)), c(3, 4))
  index <- list(effect = list(outcome = NULL))
  expect_identical(stage_outcome("effect", index, frame, list(index = 1:2)), c(1, 2))
  expect_error(stage_outcome("effect", index, frame, list()), "effect.*index", class = "ermbridge_error_input")
  expect_error(stage_outcome("effect", index, frame, list(index = 1:3)), "2", class = "ermbridge_error_input")
})

test_that("a treatment is 0 and 1, both present", {
  treatment <- function(x) {
    study <- list(variables = list(t = number()), matching = list(treatment = list(column = "t")))
    treatment_column(study, prepare_frame(data.frame(t = x), study))
  }
  expect_identical(treatment(c(0, 1, 1)), c(0, 1, 1))
  expect_error(treatment(c(0, 1, 2)), "\"t\".*0, 1, and 2", class = "ermbridge_error_input")
  expect_error(treatment(c(1, 1)), class = "ermbridge_error_input")
})
