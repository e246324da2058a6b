# A run folder as Python writes it: numbers in the shortest form that reads back equal.
write_run <- function(dir, frame, study) {
  dir.create(dir)
  put <- function(text, name) {
    file <- if (grepl("gz$", name)) gzfile(file.path(dir, name), "wb") else file(file.path(dir, name), "wb")
    on.exit(close(file))
    writeLines(enc2utf8(text), file, useBytes = TRUE)
  }
  put("{\"status\": {\"r\": \"ok\"}, \"seed\": 1}", "run.json")
  put(jsonlite::toJSON(as_json(study), null = "null", digits = NA), "study.json")
  put(c(
    "engine,input,stage,quantity,term,component,value,note",
    "r,own,index,eigenvalue,all,1,2.5,", "r,own,index,eigenvalue,all,2,,\"a, \"\"note\"\"\""
  ), "estimates.csv")
  quote <- function(x) paste0("\"", gsub("\"", "\"\"", x), "\"")
  cells <- lapply(frame, function(x) if (is.numeric(x)) sprintf("%.17g", x) else quote(x))
  put(c(paste(quote(names(frame)), collapse = ","), do.call(paste, c(unname(cells), sep = ","))),
    "analysis_frame.csv.gz")
}

hostile <- "x); system(\"id\") #,\n年龄"
study <- list(
  study = "a", index = NULL,
  variables = stats::setNames(list(number(), category(c("None", "NA", "07")), number()), c(hostile, "g", "e"))
)

test_that("a run folder is read back, numbers to the last bit", {
  set.seed(1)
  frame <- data.frame(
    id = c("007", "T", "NA", "b"), x = c(pi, 1e-300, -1 / 3, 0.1 + 0.2), g = c("NA", "07", "None", "None"),
    e = stats::rnorm(4) * 1e5
  )
  names(frame)[2] <- hostile
  dir <- tempfile()
  on.exit(unlink(dir, recursive = TRUE))
  write_run(dir, frame, study)
  run <- read_run(dir)
  expect_identical(run$analysis_frame, transform_factor(frame))
  expect_identical(run$study[["variables"]][["g"]][["levels"]], c("None", "NA", "07"))
  expect_identical(run$run[["status"]], list(r = "ok"))
  expect_identical(run$estimates$component, c("1", "2"))
  expect_identical(run$estimates$value, c(2.5, NA))
  expect_identical(run$estimates$note, c("", "a, \"note\""))
  expect_null(run$crosscheck)
  expect_identical(names(run), c(
    "run", "study", "estimates", "crosscheck", "cohort_flow", "analysis_frame", "scores", "matched"
  ))
})

test_that("a run folder is enough to run the study again", {
  dir <- tempfile()
  on.exit(unlink(dir, recursive = TRUE))
  lalonde <- cbind(id = 1:614, MatchIt::lalonde)
  write_run(dir, lalonde, lalonde_study())
  run <- read_run(dir)
  again <- run_study(run$study, run$analysis_frame)
  expect_identical(again, run_study(lalonde_study(), MatchIt::lalonde))
  expect_identical(run_study(file.path(dir, "study.json"), run$analysis_frame), again)
})

test_that("numbers are told from text and converted exactly", {
  expect_identical(
    is_number(c("0", "-1.5", "1e-300", "1.5E+10", "007", "1.", ".5", "", "NA", "inf", "1 2", "1,2")),
    rep(c(TRUE, FALSE), c(4, 8))
  )
  set.seed(2)
  x <- stats::rnorm(5000) * 10^sample(-300:300, 5000, TRUE)
  expect_identical(exact_numbers(sprintf("%.17g", x)), x)
  expect_identical(exact_numbers(c("1", "2")), c(1, 2))
  expect_identical(exact_numbers(character()), double())
})

test_that("columns of results get their types", {
  expect_identical(type_column(c("1", "2"), "component", NULL), c("1", "2"))
  expect_identical(type_column(c("1", ""), "n", NULL), c(1, NA))
  expect_identical(type_column(c("True", "False"), "met", NULL), c(TRUE, FALSE))
  expect_identical(type_column(c("", ""), "value", NULL), c("", ""))
  expect_identical(type_column(c("007", "1"), "id", NULL), c("007", "1"))
})

test_that("a folder that is not there is refused", {
  expect_error(read_run(tempfile()), "does not exist", class = "ermbridge_error_input")
})
