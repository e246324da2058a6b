again <- function(study, frame, changes = list()) {
  own <- run_stage("index", study, frame)
  given <- own$artefacts[c("correlation", "unrotated", "loadings", "phi", "uniquenesses")]
  given[names(changes)] <- changes
  list(own = own, found = run_stage("index", study, frame, given[!vapply(given, is.null, logical(1))]))
}

test_that("its own solution gives the same numbers, without another extraction", {
  for (rotation in c("varimax", "none")) {
    frame <- made_items()
    both <- again(items_study(frame, rotation = list(method = rotation)), frame)
    key <- function(rows) paste(rows$quantity, rows$term, rows$component)
    before <- both$own$rows[match(key(both$found$rows), key(both$own$rows)), ]
    expect_equal(both$found$rows$value, before$value, tolerance = 1e-12)
    of_the_data <- c(
      "kmo", "bartlett_chi2", "bartlett_df", "bartlett_p", "bartlett_log10_p", "log_det", "condition", "eigenvalue"
    )
    extracted <- c("n_factors", "uniqueness")
    expect_setequal(unique(both$found$rows$quantity), setdiff(both$own$rows$quantity, c(of_the_data, extracted)))
    expect_identical("rotation_criterion" %in% both$found$rows$quantity, rotation == "varimax")
    expect_equal(both$found$artefacts$index, both$own$artefacts$index, tolerance = 1e-12)
    expect_named(both$found$artefacts, c("factor_scores", "index"))
  }
})

test_that("what follows is computed from the loadings as they are, the rotation from the unrotated ones", {
  frame <- made_items()
  study <- items_study(frame)
  own <- run_stage("index", study, frame)$artefacts
  other <- own$loadings[, rev(seq_len(ncol(own$loadings))), drop = FALSE]
  found <- again(study, frame, list(loadings = other))$found
  value <- function(name) found$rows$value[found$rows$quantity == name]
  expect_equal(value("ss_loadings"), colSums(other^2))
  expect_equal(matrix(value("score_weight"), nrow(other)), solve(own$correlation, other), tolerance = 1e-10)
  expect_equal(matrix(value("loading"), nrow(other)), own$loadings, tolerance = 1e-12)
})

test_that("a solution that does not fit the items is refused by name", {
  frame <- made_items()
  study <- items_study(frame)
  own <- run_stage("index", study, frame)$artefacts
  expect_error(again(study, frame, list(loadings = own$loadings[-1, ])), "loadings",
    class = "ermbridge_error_input"
  )
  expect_error(again(study, frame, list(uniquenesses = NA_real_)), "uniquenesses",
    class = "ermbridge_error_input"
  )
  expect_error(again(study, frame, list(phi = matrix(1, 7, 7))), "phi", class = "ermbridge_error_input")
})
