test_that("rows have one line per number, text is recycled", {
  rows <- make_rows(c("f", "df1"), c(2.5, 1), "sex", note = "said")
  expect_identical(rows, data.frame(
    quantity = c("f", "df1"), term = "sex", component = "", value = c(2.5, 1), note = "said"
  ))
  expect_identical(names(make_rows("n", double())), names(rows))
})

test_that("a matrix becomes rows by column, terms are its rows", {
  matrix <- matrix(1:4, 2, dimnames = list(NULL, c("F1", "F2")))
  rows <- make_matrix_rows("loading", matrix, c("a", "b"))
  expect_identical(rows$term, c("a", "b", "a", "b"))
  expect_identical(rows$component, c("F1", "F1", "F2", "F2"))
  expect_identical(rows$value, c(1, 2, 3, 4))
})

test_that("tables are put below each other with fresh row names", {
  rows <- bind_rows(make_rows("n", 1:2), make_rows("mean", 3))
  expect_identical(rows$value, c(1, 2, 3))
  expect_identical(attr(rows, "row.names"), 1:3)
})
