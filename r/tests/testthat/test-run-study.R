test_that("all stages that the study asks for make one table with unique keys", {
  table <- run_study(lalonde_study(), MatchIt::lalonde)
  expect_identical(names(table), c(
    "engine", "input", "stage", "quantity", "term", "component", "value", "note"
  ))
  expect_identical(unique(table$stage), c("difference", "regression", "matching", "effect"))
  expect_identical(unique(paste(table$engine, table$input)), "r own")
  expect_identical(anyDuplicated(table[c("stage", "quantity", "term", "component")]), 0L)
  expect_true(all(is.finite(table$value)))
})

test_that("the table equals that of the stages one by one", {
  study <- lalonde_study(ratio = 2L)
  lalonde <- MatchIt::lalonde
  table <- run_study(study, lalonde)
  match <- run_stage("matching", study, lalonde)
  effect <- run_stage("effect", study, lalonde, match$artefacts["weights"])
  expect_identical(table$value[table$stage == "matching"], match$rows$value)
  expect_identical(table$value[table$stage == "effect"], effect$rows$value)
})

test_that("text categories, a unit id and JSON text give the same table", {
  study <- lalonde_study()
  expected <- run_study(study, MatchIt::lalonde)
  frame <- cbind(id = paste0("u", 1:614), MatchIt::lalonde)
  frame$race <- as.character(frame$race)
  json <- as.character(jsonlite::toJSON(as_json(study), null = "null", digits = NA))
  expect_identical(run_study(json, frame), expected)
})
