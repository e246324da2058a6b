test_that("warnings, messages and printed lines become one note, each once, on one line", {
  noted <- with_notes({
    warning("first\n  line")
    message("second")
    warning("first line")
    cat("printed\n   twice")
    print("third")
    42
  })
  expect_identical(noted, list(value = 42, note = "first line; second; printed twice[1] \"third\""))
  expect_silent(with_notes({
    warning("heard")
    cat("heard")
  }))
  expect_identical(with_notes(1), list(value = 1, note = ""))
  expect_identical(with_notes(NULL), list(value = NULL, note = ""))
})

test_that("progress bars and blank lines say nothing", {
  expect_identical(with_notes(cat("\n", "\r  |=====   |  50%", "\n"))$note, "")
})

test_that("an error that a package tries and mends is heard, not shown", {
  expect_silent(noted <- with_notes(try(stop("mended"))))
  expect_match(noted$note, "^Error in .*mended")
})

test_that("output goes where it went before, also after an error", {
  depth <- sink.number()
  old <- options(try.outFile = NULL)
  on.exit(options(old))
  expect_error(with_notes(stop("broken")), "broken")
  expect_error(with_notes(with_notes(message("minres used instead"))), class = "ermbridge_error_replaced")
  expect_error(with_notes({
    sink(textConnection("left", "w", local = TRUE))
    stop("with a sink of its own")
  }))
  expect_identical(sink.number(), depth)
  expect_null(getOption("try.outFile"))
  expect_output(cat("seen"), "seen")
})

test_that("a warning that cannot be muffled is heard all the same", {
  noted <- tryCatch(
    with_notes({
      signalCondition(simpleWarning("signalled"))
      1
    }),
    warning = function(cnd) "it went further up"
  )
  expect_identical(noted, "it went further up")
  heard <- character()
  tryCatch(
    withCallingHandlers(
      with_notes(signalCondition(simpleWarning("signalled"))),
      ermbridge_said = function(cnd) heard <<- cnd$text
    ),
    warning = identity
  )
  expect_identical(heard, "signalled")
})

test_that("what packages say while they load is no note", {
  noted <- with_notes(packageStartupMessage("Loading required namespace: GPArotation"))
  expect_identical(noted$note, "")
})

test_that("notes do not depend on how a session shows warnings", {
  expected <- with_notes(rlang::warn("heard"))
  for (setting in list(list(warn = 2), list(warn = -1), list(warn = 1))) {
    old <- options(setting)
    expect_identical(with_notes(rlang::warn("heard")), expected)
    expect_identical(with_notes(warning("heard"))$note, "heard")
    options(old)
  }
})

test_that("what is said outside of any call of a package stands in the notes of all rows", {
  rows <- make_rows(c("a", "b"), 1:2, note = c("", "own"))
  result <- with_stage_notes("index", {
    f <- function() warning("loose")
    noted <- with_notes(message("of the rows"))
    f()
    cat("printed")
    packageStartupMessage("loading")
    list(rows = rows, artefacts = list(x = 1))
  })
  expect_identical(result$rows$note, c("loose; printed", "own; loose; printed"))
  expect_identical(result$rows$value, rows$value)
  expect_identical(result$artefacts, list(x = 1))
  expect_identical(result$conditions, data.frame(
    stage = "index", kind = c("message", "warning", "startup", "output"),
    message = c("of the rows", "loose", "loading", "printed"),
    call = c("message(\"of the rows\")", "f()", "packageStartupMessage(\"loading\")", "")
  ))
})

test_that("a stage that says nothing has no conditions, and its rows are as they were", {
  rows <- make_rows("a", 1)
  result <- with_stage_notes("effect", list(rows = rows, artefacts = list()))
  expect_identical(result$rows, rows)
  expect_identical(dim(result$conditions), c(0L, 4L))
  expect_true(all(vapply(result$conditions, is.character, logical(1))))
})

test_that("conditions of any make have a text", {
  made <- function(class, ...) structure(class = c(class, "condition"), list(..., call = NULL))
  expect_identical(condition_text(simpleError("plain")), "plain")
  expect_identical(condition_text(made("odd", message = 42)), "42")
  expect_identical(condition_text(made("odd", message = c("two", "lines"))), "two\nlines")
  for (message in list(NULL, "", character(), list(quote(x), mean), NA)) {
    expect_type(condition_text(made("odd", message = message)), "character")
    expect_length(condition_text(made("odd", message = message)), 1)
  }
  expect_identical(condition_text(made("odd")), "a condition of class odd without a message")
  expect_identical(condition_text(made("odd", message = environment())), "a condition of class odd without a message")
})

test_that("a condition whose message cannot be formatted has a text", {
  registerS3method("conditionMessage", "ermbridge_test_broken", function(c) stop("no"), asNamespace("base"))
  broken <- structure(class = c("ermbridge_test_broken", "warning", "condition"), list(message = "x", call = NULL))
  expect_identical(condition_text(broken), "a condition of class ermbridge_test_broken without a message")
})

test_that("the causes of an error are told with it", {
  cause <- function() rlang::abort("the cause")
  cnd <- tryCatch(
    rlang::try_fetch(cause(), error = function(cnd) rlang::abort("the outcome", parent = cnd)),
    error = identity
  )
  expect_match(condition_text(cnd), "the outcome.*the cause")
})

test_that("text is valid, without colours and not too long", {
  latin <- "na\xefve"
  Encoding(latin) <- "latin1"
  expect_identical(plain_text(latin), "na\u00efve")
  expect_identical(plain_text("a\xffb"), "a<ff>b")
  bytes <- "a\xffb"
  Encoding(bytes) <- "bytes"
  expect_match(plain_text(bytes), "^a.*ff.*b$")
  expect_identical(plain_text("\033[31mred\033[39m"), "red")
  expect_identical(plain_text("\u5e74\n\n  \u6027"), "\u5e74 \u6027")
  long <- plain_text(strrep("\u5e74", 3000))
  expect_identical(long, paste0(strrep("\u5e74", 2000), " ... (cut: 3000 characters in all)"))
  expect_identical(cut_text("abc", 3), "abc")
})
