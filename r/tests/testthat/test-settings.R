session <- function() {
  list(options(), Sys.getlocale("LC_COLLATE"), sort(c("B", "a", "_")), RNGkind(), .Random.seed)
}

test_that("options, collation and random numbers of the session are put back", {
  set.seed(1)
  before <- session()
  inside <- with_settings("index", 7, {
    options(digits = 3)
    stats::runif(5)
    Sys.getlocale("LC_COLLATE")
  })
  expect_identical(inside, "C")
  expect_identical(session(), before)
  expect_error(with_settings("index", 7, stop("broken")), "broken")
  expect_identical(session(), before)
  set.seed(1)
  expected <- stats::runif(3)
  set.seed(1)
  with_settings("index", 7, stats::rnorm(1))
  expect_identical(stats::runif(3), expected)
})

test_that("a collation that the session has chosen is put back", {
  old <- list(locale = Sys.getlocale("LC_COLLATE"), icu = icuGetCollate())
  on.exit(restore_collation(old))
  sorted <- function() sort(c("b", "B", "a", "A"))
  restore_collation(list(locale = "C.UTF-8", icu = "da"))
  # Expectations change the collation; so they come afterwards.
  found <- list(sorted(), with_settings("index", NULL, sorted()), sorted())
  danish <- c("A", "a", "B", "b")
  expect_identical(found, list(danish, c("A", "B", "a", "b"), danish))
})

test_that("the session's kinds of random numbers are put back, also where none has been drawn", {
  old <- RNGkind()
  seed <- .Random.seed
  on.exit({
    do.call(RNGkind, as.list(old))
    assign(".Random.seed", seed, globalenv())
  })
  suppressWarnings(RNGkind("Wichmann-Hill", "Box-Muller", "Rounding"))
  expect_silent(inside <- with_settings("index", NULL, RNGkind()))
  expect_identical(inside, random_kinds())
  expect_identical(RNGkind(), c("Wichmann-Hill", "Box-Muller", "Rounding"))
  rm(".Random.seed", envir = globalenv())
  with_settings("index", NULL, stats::runif(1))
  expect_false(exists(".Random.seed", globalenv(), inherits = FALSE))
  expect_identical(RNGkind(), c("Wichmann-Hill", "Box-Muller", "Rounding"))
})

test_that("the draws of a stage follow from the seed and the stage alone", {
  draw <- function(stage, seed) with_settings(stage, seed, c(stats::runif(2), stats::rnorm(2), sample(1e6, 2)))
  first <- draw("matching", 20171)
  draw("index", 20171)
  set.seed(5, kind = "Wichmann-Hill")
  expect_identical(draw("matching", 20171), first)
  RNGkind("default")
  all <- lapply(stage_names(), draw, seed = 20171)
  expect_false(anyDuplicated(all) > 0)
  expect_false(any(draw("index", 20172) %in% unlist(all)))
  expect_identical(draw("index", NULL), draw("index", 0))
  expect_length(draw("index", 2^31 + 5), 6)
})

test_that("the numbers are those of the kinds that are stated", {
  set.seed(0, "Mersenne-Twister", "Inversion", "Rejection")
  set.seed(sample.int(.Machine$integer.max, 5)[2])
  expected <- stats::rnorm(3)
  expect_identical(with_settings("difference", NULL, stats::rnorm(3)), expected)
})

test_that("a stage does not depend on the options of the session", {
  items <- made_items()
  study <- items_study(items)
  expected <- run_stage("index", study, items)
  few <- MatchIt::lalonde[c(1:60, 186:230), ]
  few_study <- lalonde_study(covariates = c("age", "educ"))
  matched <- run_stage("matching", few_study, few)
  expect_match(matched$rows$note, "not all treated units will get a match", all = FALSE)
  odd <- list(
    contrasts = c(unordered = "contr.sum", ordered = "contr.helmert"), na.action = "na.fail", digits = 3L,
    scipen = 100L, OutDec = ",", warn = 2L, mc.cores = 2L, width = 20L, warning.length = 100L,
    show.error.messages = FALSE, chk.on = FALSE, warnPartialMatchDollar = TRUE, warnPartialMatchArgs = TRUE,
    warnPartialMatchAttr = TRUE, rlib_warning_verbosity = "quiet", rlib_message_verbosity = "quiet",
    lifecycle_verbosity = "error", cli.num_colors = 256L, matprod = "internal"
  )
  old <- options(odd)
  on.exit(options(old))
  expect_identical(run_stage("index", study, items), expected)
  expect_identical(run_stage("matching", few_study, few), matched)
  expect_identical(options()[names(odd)], odd)
})

test_that("a study gives the same rows in any collation", {
  n <- 150
  frame <- made_items(n)[1:5]
  names(frame) <- c("b", "A", "a", "_", "B")
  frame$t <- rep(0:1, n / 2)
  frame$g <- rep(c("b", "B", "a", "A", "\u00e4"), length.out = n)
  variables <- lapply(frame, function(x) number())
  variables$t <- number(c("0", "1"))
  variables$g <- category(c("b", "a", "B", "\u00e4", "A"))
  study <- list(
    seed = 3L, variables = variables, index = index_section(names(frame)[1:5], 1L),
    difference = list(by = "g", outcome = NULL),
    regression = regression_section(candidates = c("g", "t"), outcome = "b"),
    matching = matching_section("t", c("g", "a")), effect = effect_section()
  )
  old <- list(locale = Sys.getlocale("LC_COLLATE"), icu = icuGetCollate())
  on.exit(restore_collation(old))
  tables <- lapply(c("ASCII", "en_US"), function(collation) {
    restore_collation(list(locale = "C.UTF-8", icu = collation))
    list(sorted = sort(c("B", "a")), table = serialize(run_study(study, frame), NULL))
  })
  expect_false(identical(tables[[1]]$sorted, tables[[2]]$sorted))
  expect_identical(tables[[1]]$table, tables[[2]]$table)
})
