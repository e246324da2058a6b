test_that("a study and a frame are loaded once, stages run on them", {
  study <- as.character(jsonlite::toJSON(as_json(lalonde_study()), null = "null", digits = NA))
  loaded <- worker_call("load", list(study = study, frame = MatchIt::lalonde))
  expect_identical(loaded, list(ok = TRUE, value = 614L))
  match <- worker_call("run_stage", list(stage = "matching", artefacts = list()))
  expect_true(match$ok)
  expect_identical(match$value, run_stage("matching", lalonde_study(), MatchIt::lalonde))
  effect <- worker_call("run_stage", list(stage = "effect", artefacts = match$value$artefacts))
  table <- run_study(lalonde_study(), MatchIt::lalonde)
  expect_identical(effect$value$rows$value, table$value[table$stage == "effect"])
  expect_identical(effect$value$artefacts, list())
})

test_that("an error comes back as plain text with classes and call", {
  failed <- worker_call("run_stage", list("indeks", list()))
  expect_false(failed$ok)
  expect_identical(failed$class[1], "ermbridge_error_input")
  expect_match(failed$message, "\"indeks\"", fixed = TRUE)
  expect_match(failed$message, "\nChoose \"index\"", fixed = TRUE)
  expect_match(failed$call, "worker_run_stage", fixed = TRUE)
  expect_true(any(grepl("check_choice", failed$trace)))
  expect_true(all(vapply(failed[-1], is.character, logical(1))))
  expect_identical(failed$said, character())
})

test_that("an error in a stage comes with what was said before it", {
  frame <- data.frame(t = rep(0:1, each = 20), x = 1:40)
  study <- list(
    variables = list(t = number(c("0", "1")), x = number()), matching = matching_section("t", "x")
  )
  worker_call("load", list(study, frame))
  failed <- worker_call("run_stage", list("matching"))
  expect_identical(failed$class[1], "ermbridge_error_separation")
  expect_match(failed$said, "fitted probabilities numerically 0 or 1 occurred", all = FALSE)
  expect_match(failed$trace, "check_separation", all = FALSE)
  expect_false(any(grepl("with_(settings|stage_notes|notes)|listen|Restart", failed$trace)))
})

test_that("an error of any make is described", {
  describe <- function(expr) worker_failure(tryCatch(expr, condition = identity), sys.calls(), c("a", "a", "b"))
  plain <- describe(stop("system is singular"))
  expect_identical(plain$message, "system is singular")
  expect_match(plain$call, "doTryCatch", fixed = TRUE)
  expect_identical(plain$said, c("a", "b"))
  long <- describe(rlang::abort(strrep("\u6027", 9000)))$message
  expect_identical(long, paste0(strrep("\u6027", 4000), " ... (cut: 9000 characters in all)"))
  odd <- structure(class = c("odd", "error", "condition"), list(message = quote(f(x)), call = "no call"))
  expect_identical(describe(stop(odd))$class[1], "odd")
  expect_true(all(vapply(describe(stop(odd))[-1], is.character, logical(1))))
  interrupt <- structure(class = c("interrupt", "condition"), list())
  expect_identical(describe(signalCondition(interrupt))$message, "a condition of class interrupt without a message")
  expect_match(describe(stop(simpleError("caf\xe9")))$message, "caf<e9>", fixed = TRUE)
  expect_identical(describe(stop("\u5e74 \U1f600"))$message, "\u5e74 \U1f600")
})

test_that("an error that nests without end is an error like any other", {
  endless <- function() endless()
  cnd <- tryCatch(with_stage_notes("index", endless()), error = identity)
  expect_match(worker_failure(cnd, sys.calls(), character())$message, "nested too deeply|stack")
  expect_output(cat("seen"), "seen")
})

test_that("messages keep long names whole and have no colours", {
  old <- options(cli.num_colors = 256L, width = 30)
  on.exit(options(old))
  name <- paste(rep("a  long {name}", 20), collapse = " ")
  study <- list(variables = stats::setNames(list(number()), name))
  failed <- worker_call("load", list(study, data.frame(a = 1)))
  expect_match(failed$message, name, fixed = TRUE)
  expect_false(cli::ansi_has_any(failed$message))
  expect_identical(getOption("cli.num_colors"), 256L)
})

test_that("errors of R itself are caught too", {
  failed <- worker_call("load", list("{}", no_such = 1))
  expect_identical(failed$class, c("simpleError", "error", "condition"))
  expect_match(failed$message, "unused argument")
  unknown <- worker_call("system", list("id"))
  expect_match(unknown$message, "versions.*warm_up.*load.*run_stage.*dataset")
})

test_that("a load that fails keeps what was loaded before", {
  study <- list(variables = list(a = number()))
  worker_call("load", list(study, data.frame(a = 1:3)))
  worker_call("load", list(study, data.frame(a = "text")))
  expect_identical(worker_state$frame, data.frame(a = c(1, 2, 3)))
})

test_that("versions name R, the packages and the libraries of linear algebra", {
  versions <- worker_call("versions")$value
  expect_identical(versions$r, as.character(getRversion()))
  packages <- versions$packages
  expect_true(all(c("MatchIt", "psych", "chk", "rlang", "cli", "jsonlite", "stats") %in% names(packages)))
  expect_identical(packages[["MatchIt"]], as.character(utils::packageVersion("MatchIt")))
  expect_false(is.unsorted(match(names(packages), sort(names(packages), method = "radix"))))
  expect_type(versions$lapack, "character")
  expect_identical(versions$rng, "Mersenne-Twister, Inversion, Rejection")
  expect_identical(with_settings("index", NULL, paste(RNGkind(), collapse = ", ")), versions$rng)
})

test_that("the packages of the worker are those that DESCRIPTION imports", {
  imports <- utils::packageDescription("ermbridge")$Imports
  expect_setequal(imported_packages(), trimws(sub("[(].*", "", strsplit(imports, ",")[[1]])))
})

test_that("packages that are not installed have no version", {
  expect_length(package_versions("no.such.package"), 0)
  expect_true(all(c("cli", "utils") %in% names(package_versions(c("cli", "no.such.package")))))
})

test_that("warming up loads the packages", {
  expect_identical(worker_call("warm_up"), list(ok = TRUE, value = TRUE))
  expect_true(all(c("psych", "MatchIt") %in% loadedNamespaces()))
})

test_that("data sets come as plain data frames", {
  bfi <- worker_call("dataset", list(package = "psych", name = "bfi"))$value
  expect_identical(dim(bfi), c(2800L, 28L))
  expect_identical(attr(bfi, "row.names"), 1:2800)
  lalonde <- worker_call("dataset", list("MatchIt", "lalonde"))$value
  expect_identical(lalonde$race, MatchIt::lalonde$race)
  expect_match(worker_call("dataset", list("psych", "no_such"))$message, "psych.*no_such")
  missing <- worker_call("dataset", list("no.such.package", "x"))
  expect_identical(missing$class[1], "ermbridge_error_input")
  expect_identical(missing$message, "The R package no.such.package is not installed in the R library.")
  expect_identical(missing$call, "")
})

test_that("the files of R code run alone, in an environment below R's global one", {
  code <- asNamespace("ermbridge")
  copy <- new.env(parent = globalenv())
  for (name in ls(code, all.names = TRUE)) {
    object <- get(name, code)
    if (is.function(object)) environment(object) <- copy
    assign(name, object, copy)
  }
  copy$worker_state <- new.env(parent = emptyenv())
  expect_true(copy$worker_call("load", list(lalonde_study(), MatchIt::lalonde))$ok)
  for (stage in c("difference", "regression", "matching")) {
    expect_true(copy$worker_call("run_stage", list(stage))$ok, label = stage)
  }
})

test_that("what is loaded can be let go", {
  worker_call("load", list(lalonde_study(), MatchIt::lalonde))
  expect_identical(worker_call("unload"), list(ok = TRUE, value = TRUE))
  expect_length(ls(worker_state, all.names = TRUE), 0L)
  expect_match(worker_call("run_stage", list("matching"))$message, "Load a study")
})
