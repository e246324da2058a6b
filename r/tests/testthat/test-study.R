json <- '{"study": "a", "index": null, "caliper": {"value": 0.02}, "by": ["x", "年龄"], "exact": [],
  "ratio": 4, "replace": true, "cohort": [{"name": "n", "keep": "k"}], "variables": {}}'

test_that("a study is read from text, from a file and from a list alike", {
  study <- read_study(json)
  expect_null(study[["index"]])
  expect_identical(study[["caliper"]], list(value = 0.02))
  expect_identical(study[["by"]], c("x", "年龄"))
  expect_identical(study[["exact"]], character())
  expect_identical(study[["ratio"]], 4L)
  expect_identical(study[["cohort"]], list(list(name = "n", keep = "k")))
  expect_identical(names(study[["variables"]]), character())
  path <- text_file(json)
  expect_identical(read_study(path), study)
  expect_identical(read_study(study), study)
})

test_that("what is no study is refused", {
  expect_error(read_study("nowhere/study.json"), "nowhere/study.json", class = "ermbridge_error_input")
  expect_error(read_study("{\"a\": "), "JSON", class = "ermbridge_error_input")
  expect_error(read_study(text_file("[1, 2]")), class = "ermbridge_error_input")
  expect_error(read_study(1), class = "ermbridge_error_input")
})

test_that("groups are the treatment, then the columns of `by` without repeats", {
  study <- list(
    matching = list(treatment = list(column = "treat")),
    difference = list(by = c("race", "treat", "race"))
  )
  expect_identical(group_columns(study), c("treat", "race"))
  expect_identical(group_columns(list(difference = list(by = character()))), character())
})

test_that("an absent section is refused by name", {
  expect_error(study_section(list(index = NULL), "index"), "index", class = "ermbridge_error_input")
})
