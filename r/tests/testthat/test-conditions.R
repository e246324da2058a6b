test_that("an error has the class of its kind and reads no template in a value", {
  name <- "x{stop('run')}`<b>'); system(\"id\") #"
  cnd <- expect_error(refuse("input", "Column {.val {name}} is wrong."), class = "ermbridge_error_input")
  expect_s3_class(cnd, "ermbridge_error")
  expect_match(cnd$message, "x{stop('run')}`<b>'); system(", fixed = TRUE)
})

test_that("a choice that is not available is refused with the valid ones", {
  expect_error(check_choice("ml", c("minres", "pca"), "index.extraction"), "index.extraction.*ml.*minres.*pca",
    class = "ermbridge_error_input"
  )
  expect_error(check_choice(NULL, "ATT", "matching.estimand"), "null", class = "ermbridge_error_input")
  expect_error(check_choice(c("a", "b"), c("a", "b"), "key"), class = "ermbridge_error_input")
  expect_error(check_choice(NA, c("a", "b"), "key"), class = "ermbridge_error_input")
  expect_identical(check_choice("ATT", "ATT", "matching.estimand"), "ATT")
})

test_that("numbers and flags are checked", {
  expect_error(check_number(0, "matching.ratio", above = 0), "matching.ratio", class = "ermbridge_error_input")
  expect_error(check_number(1.5, "key", whole = TRUE), "whole number", class = "ermbridge_error_input")
  expect_error(check_number("1", "key"), class = "ermbridge_error_input")
  expect_error(check_number(NaN, "key"), class = "ermbridge_error_input")
  expect_identical(check_number(2L, "key", above = 1, whole = TRUE), 2)
  expect_error(check_flag("true", "matching.replace"), "matching.replace", class = "ermbridge_error_input")
  expect_error(check_flag(NULL, "matching.replace"), "null", class = "ermbridge_error_input")
})
