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

test_that("warnings and messages become one note, each once, on one line", {
  noted <- with_notes({
    warning("first\n  line")
    message("second")
    warning("first line")
    42
  })
  expect_identical(noted, list(value = 42, note = "first line; second"))
  expect_silent(with_notes(warning("heard")))
})

test_that("each text of a replacement is an error and stands in the source of psych or MatchIt", {
  from_psych <- c("fac", "faRotations", "fa.stats", "factor.scores", "smc", "KMO", "cortest.bartlett", "cor.smooth")
  functions <- c(mget(from_psych, asNamespace("psych")), mget("check.inputs", asNamespace("MatchIt")))
  functions <- lapply(functions, deparse)
  # A literal may be written over several lines.
  source <- gsub("[\" ]+", " ", paste(unlist(functions), collapse = " "))
  for (text in replacement_texts()) {
    expect_true(grepl(gsub(" +", " ", text), source, fixed = TRUE), label = text)
    expect_error(with_notes(message("Well: ", text, " today")), class = "ermbridge_error_replaced")
  }
})

test_that("what psych and MatchIt really replace is an error", {
  # psych's `try()` would print the error that it mends.
  old <- options(show.error.messages = FALSE)
  on.exit(options(old))
  items <- made_items()
  singular <- matrix(c(1, 1, .5, 1, 1, .5, .5, .5, 1), 3)
  expect_replaced <- function(expr) expect_error(with_notes(expr), class = "ermbridge_error_replaced")
  expect_replaced(psych::fa(items, 2, rotate = "unknown"))
  expect_replaced(psych::fa(items, 2, rotate = "none", fm = "unknown"))
  expect_replaced(suppressWarnings(psych::KMO(singular)))
  expect_replaced(psych::cor.smooth(matrix(c(1, .9, .2, .9, 1, .9, .2, .9, 1), 3)))
  expect_replaced(psych::cortest.bartlett(stats::cor(items)))
  expect_replaced(psych::factor.scores(singular, matrix(.5, 3, 1), method = "Thurstone"))
})

test_that("smoothing of the matrix that the loadings reproduce is a note", {
  cor.smooth <- function(x) warning("Matrix was not positive definite, smoothing was done")
  model <- matrix(1)
  expect_match(with_notes(cor.smooth(model))$note, "smoothing")
  r <- matrix(1)
  expect_error(with_notes(cor.smooth(r)), class = "ermbridge_error_replaced")
})

test_that("too few controls is a note: what was asked for is done as far as it goes", {
  few <- MatchIt::lalonde[c(1:20, 200:210), ]
  noted <- with_notes(MatchIt::matchit(treat ~ age, few, distance = few$age / 100))
  expect_match(noted$note, "ewer control units than treated units; not all treated units will get a match")
})
