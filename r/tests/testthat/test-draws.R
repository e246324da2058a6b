test_that("the numbers are those that the generator's authors define", {
  # L'Ecuyer, P. (1999): all six numbers of the state 12345.
  stream <- c(10407L, rep(12345L, 6))
  expect_equal(draw_from(stream, 3), c(0.127011122046577, 0.318527565396747, 0.309186015583270))
})

test_that("replicates have streams of their own, and the session keeps its numbers", {
  set.seed(1)
  kept <- .Random.seed
  drawn <- with_draws(7, "rotation", 3, 5)
  expect_identical(.Random.seed, kept)
  expect_length(unique(unlist(drawn)), 15)
  expect_identical(with_draws(7, "rotation", 2, 4), lapply(drawn[1:2], `[`, 1:4))
  expect_identical(with_draws(7, "rotation", 2, 4, sum), lapply(drawn[1:2], function(x) sum(x[1:4])))
  expect_false(identical(drawn, with_draws(7, "bootstrap", 3, 5)))
  expect_identical(with_draws(NULL, "rotation", 3, 5), with_draws(0, "rotation", 3, 5))
})
