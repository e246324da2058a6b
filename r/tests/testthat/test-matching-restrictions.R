test_that("pairs keep to every restriction", {
  section <- list(
    caliper = list(list(value = .2, unit = "raw"), list(value = -1, unit = "sd", on = "x")), exact = "g",
    antiexact = c("g", "x")
  )
  frame <- data.frame(x = c(1, 2, 3, 4), g = factor(c("a", "a", "b", "b")))
  columns <- restricting_columns(section, frame)
  expect_identical(names(columns), c("on1", "exact1", "apart1", "apart2"))
  expect_identical(columns$exact1, c(1L, 1L, 2L, 2L))
  none <- may_pair(section, c(.1, .2, .3, .9), columns)
  expect_identical(none(1, 2:4), c(FALSE, FALSE, FALSE))
  section$exact <- section$antiexact <- NULL
  some <- may_pair(section, c(.1, .2, .3, .9), columns["on1"])
  # One SD of x is 1.29: rows 1 and 2 are too near to each other, 1 and 4 too far apart in the score.
  expect_identical(some(1, 2:4), c(FALSE, TRUE, FALSE))
  expect_identical(
    caliper_arguments(section),
    list(caliper = stats::setNames(c(.2, -1), c("", "on1")), std.caliper = c(FALSE, TRUE))
  )
})

test_that("partners that were passed over are found where every pair must be looked at", {
  section <- list(ratio = 1, replace = FALSE, caliper = NULL, exact = "g")
  columns <- list(exact1 = c(1, 2, 1, 2, 1))
  scores <- c(.5, .5, .6, .6, .7)
  focal <- c(1, 1, 0, 0, 0)
  expect_identical(passed_over(matrix(c(3L, 4L)), scores, focal, section, columns), character())
  expect_match(passed_over(matrix(c(5L, 4L)), scores, focal, section, columns), "nearest")
  expect_match(passed_over(matrix(c(3L, NA)), scores, focal, section, columns), "nearest")
})
