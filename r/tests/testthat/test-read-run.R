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

test_that("numbers are converted exactly, what is none is refused by column and row", {
  parse <- function(x) parse_numbers(x, "value", "estimates.csv")
  set.seed(2)
  x <- stats::rnorm(5000) * 10^sample(-300:300, 5000, TRUE)
  expect_identical(parse(sprintf("%.17g", x)), x)
  expect_identical(parse(c("1", "2", "-1.5E+10")), c(1, 2, -1.5e10))
  expect_identical(parse(c("1", "inf", "-inf", "nan", "")), c(1, Inf, -Inf, NaN, NA))
  expect_identical(parse(c("", "")), c(NA_real_, NA_real_))
  expect_identical(parse(character()), double())
  for (text in c("007", "1.", ".5", "NA", "1 2", "1,2", "TRUE")) {
    expect_error(parse(c("1", text)), "estimates.csv.*\"value\", row 2", class = "ermbridge_error_input")
  }
})

# A run folder with the given ids in the files that list units; the second treated unit has no control.
read_ids <- function(ids) {
  dir <- tempfile()
  on.exit(unlink(dir, recursive = TRUE))
  study <- list(study = "a", variables = list(t = number(), e = number()))
  write_run(dir, data.frame(id = ids, t = c(1, 0, 1), e = 1:3), study)
  put <- function(name, ...) writeLines(c(...), file.path(dir, name))
  put("cohort_flow.csv", "step,n_in,n_out,removed,reason", "1,4,3,1,2.10")
  put(
    "crosscheck.csv", "engine_a,term,value_a,value_b,abs_diff,limit,verdict",
    "python,1e2,inf,1.0,inf,0.0,differ", "python,2.10,,1e-05,,,missing"
  )
  put(
    "scores.csv.gz", "id,engine,F1,F2,index,propensity",
    paste0(ids, ",python,0.5,-0.25,,1e-05"), paste0(ids, ",r,0.5,-0.25,,1e-05")
  )
  put(
    "matched.csv.gz", "engine,input,treated,control,position,weight,distance",
    paste0("r,own,", ids[1], ",", ids[2], ",1,0.5,0.0"), paste0("r,own,", ids[3], ",,,,")
  )
  read_run(dir)
}

test_that("ids are of one type in all tables, text unless all are whole numbers", {
  for (ids in list(c("2.10", "1e2", "7"), c("007", "8", "9"), c("12345678901234567", "1", "2"), c("-0", "1", "2"))) {
    run <- read_ids(ids)
    expect_identical(run$analysis_frame$id, ids)
    expect_identical(run$scores$id, c(ids, ids))
    expect_identical(run$matched$treated, ids[c(1, 3)])
    expect_identical(run$matched$control, c(ids[2], NA))
  }
  whole <- read_ids(c("-5", "0", "17"))
  expect_identical(whole$analysis_frame$id, c(-5, 0, 17))
  expect_identical(whole$scores$id, rep(c(-5, 0, 17), 2))
  expect_identical(whole$matched$treated, c(-5, 17))
  expect_identical(whole$matched$control, c(0, NA))
})

test_that("columns have the type of their table, whatever their cells look like", {
  run <- read_ids(c("a", "b", "c"))
  expect_identical(run$crosscheck$value_a, c(Inf, NA))
  expect_identical(run$crosscheck$value_b, c(1, 1e-5))
  expect_identical(run$crosscheck$limit, c(0, NA))
  expect_identical(run$crosscheck$term, c("1e2", "2.10"))
  expect_identical(run$cohort_flow, data.frame(step = "1", n_in = 4, n_out = 3, removed = 1, reason = "2.10"))
  expect_identical(run$scores$F2, rep(-0.25, 6))
  expect_identical(run$scores$index, rep(NA_real_, 6))
  expect_identical(run$matched$weight, c(0.5, NA))
  expect_identical(vapply(run$analysis_frame, typeof, ""), c(id = "character", t = "double", e = "double"))
})

test_that("a folder that is not there is refused", {
  expect_error(read_run(tempfile()), "does not exist", class = "ermbridge_error_input")
})
