# Unrotated loadings of made items by psych, and rotations of them.

loadings <- unclass(psych::fa(stats::cor(made_items()), 2, n.obs = 200, rotate = "none", fm = "minres")$loadings)
dimnames(loadings) <- NULL
target <- list(
  i1 = c(.8, 0), i2 = list(NULL, 0), i3 = list(NULL, 0), i4 = list(NULL, 0), i5 = c(0, .7), i6 = list(0, NULL),
  i7 = list(0, NULL), i8 = list(0, NULL)
)
full <- lapply(1:8, function(i) as.double(c(i < 5, i > 4)))
names(full) <- names(target)

settings <- function(method, ...) {
  of <- list(
    oblimin = list(gamma = 0), promax = list(power = 4, normalize = TRUE), Promax = list(power = 4),
    varimax = list(normalize = TRUE), geominT = list(delta = .01), geominQ = list(delta = .01),
    simplimax = list(zeros = 8), targetT = list(target = target), targetQ = list(target = target),
    procrustes = list(target = full)
  )
  utils::modifyList(utils::modifyList(list(method = method, normalize = FALSE), c(of[[method]], list())), list(...))
}
rotated <- function(method, ...) rotate_loadings(loadings, settings(method, ...), names(target))
everything <- c("none", names(rotations()), names(closed_rotations()))

test_that("each rotation reproduces the same correlations", {
  for (method in everything) {
    found <- rotated(method)
    phi <- if (is.null(found$phi)) diag(2) else found$phi
    expect_equal(found$loadings %*% phi %*% t(found$loadings), tcrossprod(loadings), label = method)
    expect_equal(diag(phi), c(1, 1), label = method)
    expect_identical(is.null(found$criterion), method %in% c("none", names(closed_rotations())), label = method)
  }
})

test_that("rotations are those of psych::fa", {
  r <- stats::cor(made_items())
  of_psych <- c("varimax", "quartimax", "bentlerT", "geominT", "promax", "Promax", "oblimin", "geominQ", "bentlerQ")
  for (method in of_psych) {
    by_psych <- psych::fa(r, 2, n.obs = 200, rotate = method, fm = "minres")
    form <- canonical_form(rotated(method)$loadings, rotated(method)$phi)
    expect_equal(unname(form$loadings), unname(unclass(by_psych$loadings)),
      tolerance = 1e-3, ignore_attr = TRUE, label = method
    )
    if (!is.null(form$phi)) expect_equal(unname(form$phi), unname(by_psych$Phi), tolerance = 1e-3, label = method)
  }
})

test_that("the criterion is what was minimised, at the loadings as they were rotated", {
  lengths <- sqrt(rowSums(loadings^2))
  squared <- function(method, ...) rotated(method, ...)$loadings^2
  value <- function(method, ...) rotated(method, ...)$criterion
  expect_equal(value("quartimax"), -sum(squared("quartimax")^2) / 4)
  kaiser <- squared("varimax") / lengths^2
  expect_equal(value("varimax"), -sum(sweep(kaiser, 2, colMeans(kaiser))^2) / 4)
  raw <- squared("oblimin", gamma = -1)
  expect_equal(value("oblimin", gamma = -1), (sum(raw[, 1] * raw[, 2]) + sum(raw[, 1]) * sum(raw[, 2]) / 8) / 2)
  expect_equal(value("geominQ", delta = .1), sum(sqrt((squared("geominQ", delta = .1)[, 1] + .1) *
    (squared("geominQ", delta = .1)[, 2] + .1))))
  expect_equal(value("simplimax"), sum(sort(squared("simplimax"))[1:8]))
  normalised <- squared("oblimin", normalize = TRUE) / lengths^2
  expect_equal(value("oblimin", normalize = TRUE), sum(normalised[, 1] * normalised[, 2]) / 2)
})

test_that("an item without loadings stays so under normalisation", {
  with_zero <- loadings
  with_zero[3, ] <- 0
  found <- rotate_loadings(with_zero, settings("oblimin", normalize = TRUE))
  expect_identical(found$loadings[3, ], c(0, 0))
  expect_false(anyNA(found$loadings))
})

test_that("free loadings of a target are free", {
  expect_identical(target_matrix(target, c("i2", "i1")), rbind(c(NA, 0), c(.8, 0)))
  found <- rotated("targetT")
  matrix <- target_matrix(target, names(target))
  expect_equal(found$criterion, sum((found$loadings - matrix)^2, na.rm = TRUE))
  turned <- rotate_loadings(loadings %*% cbind(c(.6, .8), c(-.8, .6)), settings("targetT"), names(target))
  expect_equal(turned$loadings, found$loadings, tolerance = 1e-5)
})

test_that("random starts are orthogonal, each has its criterion, the best counts", {
  starts <- random_starts(3, list(starts = 4, seed = 1))
  expect_length(starts, 4)
  for (start in starts) expect_equal(crossprod(start), diag(3))
  expect_identical(random_starts(3, list(starts = 2, seed = 1)), starts[1:2])
  found <- rotated("geominT", starts = 5, seed = 1)
  expect_length(found$start_criteria, 6)
  expect_equal(found$criterion, min(found$start_criteria))
  expect_null(rotated("geominT", starts = 0)$start_criteria)
  expect_identical(different_optima(c(1, 1 + 1e-8, 2, 1.5)), 3)
})

test_that("one factor is not rotated", {
  found <- rotate_loadings(loadings[, 1, drop = FALSE], settings("oblimin"))
  expect_identical(found$loadings, loadings[, 1, drop = FALSE])
  expect_null(found$criterion)
})

test_that("rows of correlated factors hang together", {
  items <- made_items()
  run <- function(...) run_stage("index", items_study(items, rotation = settings(...)), items)$rows
  rows <- run("oblimin", starts = 2)
  phi <- value_of(rows, "phi", "F2", "F1")
  pattern <- matrix(values_of(rows, "loading"), 8)
  correlations <- matrix(c(1, phi, phi, 1), 2)
  expect_equal(matrix(values_of(rows, "structure"), 8), pattern %*% correlations)
  expect_equal(unname(values_of(rows, "communality")), diag(pattern %*% correlations %*% t(pattern)))
  expect_length(values_of(rows, "start_criterion"), 3)
  expect_identical(value_of(rows, "rotation_optima", "all"), 1)
  orthogonal <- run("quartimax")
  expect_length(values_of(orthogonal, "phi"), 0)
  expect_length(values_of(orthogonal, "structure"), 0)
  expect_length(values_of(run("none"), "rotation_criterion"), 0)
})

test_that("the criterion is found again from the canonical form", {
  section <- list(items = names(target), composite = list(anchor = NULL))
  for (method in names(rotations())) {
    section$rotation <- settings(method, normalize = method != "quartimax")
    solution <- turned_factors(loadings, section)
    solution$communality <- rowSums(solution$loadings * solution$structure)
    expect_equal(criterion_again(solution, section)$rotated$criterion, solution$rotated$criterion, label = method)
  }
  section$rotation <- settings("promax")
  expect_null(criterion_again(turned_factors(loadings, section), section)$rotated)
})

test_that("a target and a general factor keep their order, a target its signs", {
  expect_null(named_by_rotation(settings("oblimin"), names(target)))
  expect_true(has_general(settings("bifactor")))
  expect_false(has_general(settings("oblimin")))
  expect_identical(named_by_rotation(settings("targetQ"), names(target)), c(TRUE, TRUE))
  zeros <- settings("targetT")
  zeros$target <- lapply(target, function(row) list(NULL, 0))
  expect_identical(named_by_rotation(zeros, names(target)), c(FALSE, FALSE))
  form <- canonical_form(cbind(c(-.1, -.2), c(-.8, -.7)), named = c(TRUE, FALSE))
  expect_equal(unname(form$loadings), cbind(c(-.1, -.2), c(.8, .7)))
  form <- canonical_form(cbind(c(.1, .2), c(.3, .4), c(-.8, -.7)), general = TRUE)
  expect_equal(unname(form$loadings), cbind(c(.1, .2), c(.8, .7), c(.3, .4)))
})

test_that("settings that are not there are refused", {
  items <- made_items()
  run <- function(rotation) {
    study <- items_study(items)
    study$index$rotation <- rotation
    run_stage("index", study, items)
  }
  expect_error(run(list(method = "oblimax", normalize = FALSE)), "oblimax", class = "ermbridge_error_input")
  expect_error(run(list(method = "oblimin", normalize = FALSE)), "gamma", class = "ermbridge_error_input")
  expect_error(run(list(method = "oblimin", gamma = 0)), "normalize", class = "ermbridge_error_input")
  expect_error(run(list(method = "targetQ", normalize = FALSE, target = target[-2])), "i2",
    class = "ermbridge_error_input"
  )
})

test_that("factors that collapse into one another are refused, not an error of solve()", {
  unrotated <- unclass(psych::fa(Harman74.cor$cov, 4, rotate = "none")$loadings)
  asked <- settings("oblimin", gamma = 1)
  expect_error(rotate_loadings(unrotated, asked), "no minimum", class = "ermbridge_error_input")
})
