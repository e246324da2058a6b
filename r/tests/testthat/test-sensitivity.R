test_that("closeness of indexes by hand", {
  # Squared differences of ranks 1, 1, 4, 0; deviations -1.5 -.5 .5 1.5 and -1 1 -2 2.
  found <- index_closeness(c(1, 2, 3, 4), c(2, 4, 1, 5))
  expect_equal(found$rank_correlation, 1 - 6 * 6 / 60)
  expect_equal(found$correlation, 3 / sqrt(50))
})

test_that("last bits do not break ties", {
  answers <- rep(c(.3, 1, 2), c(3, 2, 1))
  noisy <- answers * (1 + 1e-15 * c(1, -1, 0, 1, -1, 0))
  expect_identical(index_closeness(noisy, answers)$rank_correlation, 1)
})

test_that("the standardised difference by hand", {
  index <- c(2, 0, 4, 1, 2)
  group <- c(TRUE, FALSE, TRUE, FALSE, FALSE)
  expect_equal(standardised_difference(index, group), 2 / sqrt(4 / 3))
  expect_equal(standardised_difference(100 * index - 5, !group), -2 / sqrt(4 / 3))
})

ways_section <- function(extraction = character(), rotation = list(), weights = character()) {
  asked <- list(extraction = extraction, rotation = rotation, weights = weights)
  index_section(paste0("i", 1:8), 2L, sensitivity = asked)
}

test_that("ways are the study's own and all combinations of what is listed", {
  expect_identical(
    names(index_ways(ways_section(weights = c("equal", "variance")))),
    c("minres/varimax/variance", "minres/varimax/equal")
  )
  ways <- index_ways(ways_section(extraction = c("pca", "minres"), rotation = list(list(method = "none"))))
  expect_identical(names(ways), c("minres/varimax/variance", "pca/none/variance", "minres/none/variance"))
  expect_identical(ways[[2]][["extraction"]], "pca")
  expect_identical(ways[[2]][["rotation"]][["method"]], "none")
  own <- ways_section(rotation = list(list(method = "varimax")), weights = "equal")
  own[["rotation"]][["normalize"]] <- FALSE
  expect_identical(index_ways(own)[[2]][["rotation"]], own[["rotation"]])
  expect_false(own[["rotation"]][["normalize"]])
})

test_that("groups are those of the treatment, else of the first column of two levels", {
  frame <- data.frame(g = c(1, 2, 3, 1), h = factor(c("a", "b", "b", "a")), t = c(0, 1, 1, 0))
  study <- list(
    variables = list(g = number(c("1", "2", "3")), h = category(c("a", "b")), t = number(c("0", "1"))),
    difference = list(by = c("g", "h"))
  )
  expect_identical(two_groups(study, frame), list(column = "h", first = c(FALSE, TRUE, TRUE, FALSE)))
  study$matching <- list(treatment = list(column = "t"))
  expect_identical(two_groups(study, frame)$column, "t")
  study$difference$by <- "g"
  study$matching <- NULL
  expect_null(two_groups(study, frame))
})

test_that("a stage compares every way with its own index", {
  frame <- made_items()
  study <- list(
    variables = c(lapply(frame, function(x) number()), list(sex = category(c("man", "woman")))),
    difference = list(by = "sex"),
    index = ways_section(extraction = c("minres", "pca"), weights = c("variance", "equal"))
  )
  study$index$composite$scale <- 100
  frame$sex <- factor(ifelse(frame$i1 > 0, "woman", "man"))
  rows <- run_stage("index", study, frame)$rows
  own <- "minres/varimax/variance"
  expect_equal(value_of(rows, "sensitivity_rank_correlation", own), 1)
  expect_identical(sum(rows$quantity == "sensitivity_computed"), 4L)
  other <- study
  other$index$extraction <- "pca"
  other$index$composite$weights <- "equal"
  index <- list(run_stage("index", study, frame)$artefacts$index, run_stage("index", other, frame)$artefacts$index)
  expect_equal(value_of(rows, "sensitivity_correlation", "pca/varimax/equal"), stats::cor(index[[1]], index[[2]]))
  t <- stats::t.test(index[[2]] ~ frame$sex, var.equal = TRUE)$statistic
  sizes <- table(frame$sex)
  expect_equal(
    value_of(rows, "sensitivity_difference", "pca/varimax/equal", "sex"), -unname(t) * sqrt(sum(1 / sizes)),
    ignore_attr = TRUE
  )
})

test_that("a way without a solution has no numbers but a reason", {
  items <- made_items()[1:5]
  study <- items_study(items, extraction = "pca", factors = 3L, sensitivity = list(
    extraction = c("minres", "pca"), rotation = list(), weights = character()
  ))
  rows <- run_stage("index", study, items)$rows
  failed <- rows[rows$term == "minres/varimax/variance", ]
  expect_identical(failed$quantity, "sensitivity_computed")
  expect_identical(failed$value, 0)
  expect_match(failed$note, "3 factors are not determined by 5 items; at most 2 are")
})
