items <- made_items()
r <- unname(stats::cor(items))
asked <- function(...) {
  utils::modifyList(list(
    methods = c("parallel", "map", "vss"), replicates = 20L, quantile = 0.95,
    of = c("components", "factors", "factors_smc"), most = 4L
  ), list(...))
}
with_dimension <- function(..., factors = 2L, extraction = "minres") {
  study <- items_study(items, dimension = asked(...), factors = factors, extraction = extraction)
  run_stage("index", study, items)$rows
}
suggested <- function(rows) values_of(rows, "suggested_factors")

test_that("nothing is looked for that is not asked for", {
  rows <- run_stage("index", items_study(items), items)$rows
  expect_false(any(grepl("suggested|parallel|map|vss|eigenvalue_", rows$quantity)))
})

test_that("tails beyond the smallest number have a logarithm", {
  expect_equal(log10_tail(30, 10), log10(stats::pchisq(30, 10, lower.tail = FALSE)))
  # Two degrees of freedom: an exponential.
  expect_equal(log10_tail(1e5, 2), -5e4 / log(10))
})

test_that("rows tell what each method found", {
  rows <- with_dimension()
  for (kind in c("components", "factors", "factors_smc")) {
    found <- values_of(rows, paste0("parallel_", kind))
    expect_identical(names(found), paste0(rep(c("mean", "quantile"), each = 8), "/", 1:8))
    expect_true(all(found[c("quantile/1", "quantile/2")] > found[c("mean/1", "mean/2")]))
  }
  expect_equal(unname(values_of(rows, "eigenvalue_factors")), psych::fa(r, 1)$values, tolerance = 1e-6)
  simple <- psych::vss(r, n = 4, n.obs = 200, plot = FALSE)
  expect_equal(unname(values_of(rows, "map")[paste0("squared/", 1:4)]), simple$map)
  expect_equal(value_of(rows, "map", "squared", "0"), mean(r[lower.tri(r)]^2))
  expect_equal(value_of(rows, "vss", "complexity_1", "2"), simple$cfit.1[2], tolerance = 1e-5)
  expect_equal(value_of(rows, "vss", "complexity_2", "2"), simple$cfit.2[2], tolerance = 1e-5)
  expect_identical(suggested(rows)[["kaiser"]], 2)
  expect_identical(suggested(rows)[["parallel_components/quantile"]], 2)
  expect_identical(suggested(rows)[["parallel_factors/quantile"]], 2)
  expect_identical(suggested(rows)[["map/squared"]], 2)
})

test_that("two runs draw the same, and another seed draws others", {
  study <- items_study(items, dimension = asked(methods = "parallel"))
  first <- run_stage("index", study, items)$rows
  expect_identical(run_stage("index", study, items)$rows, first)
  other <- run_stage("index", c(study, seed = 5L), items)$rows
  expect_false(identical(values_of(other, "parallel_components"), values_of(first, "parallel_components")))
})

test_that("null correlations have the distribution of simulated rows", {
  set.seed(3)
  drawn <- replicate(500, eigen(null_correlations(stats::runif(15), 5, 12))$values[1])
  simulated <- replicate(500, eigen(stats::cor(matrix(stats::rnorm(60), 12)))$values[1])
  expect_gt(stats::ks.test(drawn, simulated)$p.value, 0.001)
})

test_that("a rule takes the number that its method suggests", {
  number <- function(...) value_of(with_dimension(...), "n_factors", "all")
  expect_identical(number(factors = "parallel"), 2)
  expect_identical(number(factors = "map"), 2)
  expect_identical(number(factors = "parallel", extraction = "pca"), 2)
  expect_error(number(factors = "map", methods = "vss"), "not among", class = "ermbridge_error_input")
  expect_error(number(factors = "map", most = 2L), "largest number tried", class = "ermbridge_error_input")
  section <- list(extraction = "minres", dimension = list(of = c("components", "factors_smc")))
  expect_identical(deciding_kind(section), "factors_smc")
  expect_identical(deciding_kind(utils::modifyList(section, list(extraction = "pca"))), "components")
})

test_that("eigenvalues count up to the first that is too small", {
  expect_identical(leading(c(3, 1, 2), c(1.5, 1.5, 1.5)), 1)
  expect_identical(leading(c(3, 3), c(1, 1)), 2)
  expect_identical(leading(c(1, 3), c(1, 1)), 0)
})

test_that("improper solutions have no simple structure", {
  # The first item would have a communality of .7 * .7 / .3.
  heywood <- matrix(c(1, .7, .7, .7, 1, .3, .7, .3, 1), 3)
  expect_null(with_notes(proper_minres(heywood, 1))$value)
  expect_false(is.null(proper_minres(r, 2)))
})

test_that("settings that are not available are refused", {
  expect_error(with_dimension(methods = "scree"), "index.dimension.methods", class = "ermbridge_error_input")
  expect_error(with_dimension(of = "roots"), "index.dimension.of", class = "ermbridge_error_input")
  expect_error(with_dimension(quantile = 1), "index.dimension.quantile", class = "ermbridge_error_input")
  expect_error(with_dimension(replicates = 1L), "index.dimension.replicates", class = "ermbridge_error_input")
  expect_error(with_dimension(most = 0L), "index.dimension.most", class = "ermbridge_error_input")
})
