test_that("an unknown stage is refused with the valid ones", {
  expect_error(run_stage("indeks", lalonde_study(), MatchIt::lalonde),
    "indeks.*index.*difference.*regression.*matching.*effect",
    class = "ermbridge_error_input"
  )
  expect_error(run_stage("index", lalonde_study(), MatchIt::lalonde), "no section index",
    class = "ermbridge_error_input"
  )
})

test_that("artefacts under unknown names are refused", {
  expect_error(run_stage("effect", lalonde_study(), MatchIt::lalonde, list(weigths = 1)), "weights",
    class = "ermbridge_error_input"
  )
  expect_error(run_stage("effect", lalonde_study(), MatchIt::lalonde, list(1)), class = "ermbridge_error_input")
})

test_that("stages whose outcome is the index take it as handed in", {
  items <- made_items()
  items$t <- rep(0:1, 100)
  items$x <- cos(1:200)
  study <- items_study(items[1:8])
  study$variables$t <- number(c("0", "1"))
  study$variables$x <- number()
  study$difference <- list(by = character(), outcome = NULL)
  study$regression <- regression_section(keep = "t", candidates = "x")
  study$matching <- matching_section("t", "x")
  study$effect <- effect_section()
  index <- sqrt(1:200)
  difference <- run_stage("difference", study, items, list(index = index))$rows
  expect_equal(value_of(difference, "mean", "t", "1"), mean(index[items$t == 1]))
  regression <- run_stage("regression", study, items, list(index = index))$rows
  expect_equal(value_of(regression, "estimate", "x"), stats::coef(stats::lm(index ~ t + x, items))[["x"]])
  effect <- run_stage("effect", study, items, list(index = index, weights = rep(1, 200)))$rows
  slope <- mean(index[items$t == 1]) - mean(index[items$t == 0])
  expect_equal(value_of(effect, "estimate", "matched", "psmatch2"), slope)
  for (stage in c("difference", "regression", "effect")) {
    expect_error(run_stage(stage, study, items), paste0(stage, ".*index"), class = "ermbridge_error_input")
  }
  expect_setequal(run_study(study, items)$stage, stage_names())
})

test_that("any text works as the name of a column or a level", {
  hostile <- c(
    "x); system(\"id\") #", "it's {stop('run')}", "a b", "性别", "semi;colon", "`tick`", "y", "x1", "treated", "~."
  )
  set.seed(9)
  n <- 150
  frame <- as.data.frame(made_items(n)[1:5])
  frame$t <- rep(0:1, n / 2)
  frame$g <- c("[a]", "1; b", "年 {x}")[sample(3, n, TRUE)]
  frame$u <- stats::rnorm(n)
  frame$v <- stats::runif(n)
  frame$w <- stats::rnorm(n)
  plain <- names(frame)
  names(frame) <- hostile
  study_of <- function(name) {
    is <- function(old) name[match(old, plain)]
    variables <- stats::setNames(lapply(plain, function(x) number()), name)
    variables[[is("g")]] <- category(sort(unique(frame[[which(plain == "g")]]), method = "radix"))
    variables[[is("t")]] <- number(c("0", "1"))
    list(
      variables = variables,
      index = index_section(is(paste0("i", 1:5)), 1L, reverse = is("i1"), composite = list(anchor = is("i2"))),
      difference = list(by = is("g"), outcome = NULL),
      regression = regression_section(keep = is("t"), candidates = is(c("u", "g", "v")), outcome = is("w")),
      matching = matching_section(is("t"), is(c("g", "u", "v")), ratio = 2L),
      effect = effect_section()
    )
  }
  found <- run_study(study_of(hostile), frame)
  expected <- run_study(study_of(plain), stats::setNames(frame, plain))
  expect_identical(found$value, expected$value)
  terms <- expected$term
  for (i in seq_along(plain)) {
    terms <- ifelse(terms == plain[i], hostile[i], terms)
  }
  terms <- sub("^g\\[", paste0(hostile[plain == "g"], "["), terms)
  expect_identical(found$term, terms)
})

test_that("a stage tells what was said, and where", {
  few <- MatchIt::lalonde[c(1:60, 186:230), ]
  result <- run_stage("matching", lalonde_study(covariates = c("age", "educ")), few)
  expect_named(result, c("rows", "artefacts", "conditions"))
  said <- result$conditions
  expect_named(said, c("stage", "kind", "message", "call"))
  expect_identical(unique(said$stage), "matching")
  shortage <- grepl("not all treated units will get a match", said$message)
  expect_identical(said$kind[shortage], "warning")
  noted <- grepl("not all treated units will get a match", result$rows$note)
  expect_setequal(result$rows$quantity[noted], c(
    "n_treated_matched", "n_controls_matched", "n_pairs", "pair_distance_max"
  ))
  expect_silent(run_stage("matching", lalonde_study(covariates = c("age", "educ")), few))
})

test_that("a stage that has nothing to remark has empty notes", {
  for (stage in c("difference", "regression", "matching")) {
    result <- run_stage(stage, lalonde_study(), MatchIt::lalonde)
    expect_identical(nrow(result$conditions), 0L, label = stage)
    expect_identical(unique(result$rows$note), "", label = stage)
  }
  items <- made_items()
  expect_identical(nrow(run_stage("index", items_study(items), items)$conditions), 0L)
})
