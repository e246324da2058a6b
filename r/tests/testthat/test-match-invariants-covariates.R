# Treated units 1 and 2; controls 3 to 6.
focal <- c(TRUE, TRUE, FALSE, FALSE, FALSE, FALSE)
coordinates <- cbind(c(0, 4, 1, 3, 6, 9), c(0, 0, 0, 1, 0, 0))
reach <- distance_in_coordinates(coordinates)

told <- function(pairs, wanted = 1L, reuse = 1L, rules = list(), distance = reach,
                 weights = pair_weights(pairs, as.double(focal))) {
  broken_pairing(pairs, weights, focal, distance, wanted, reuse, rules)
}

test_that("right matches pass", {
  expect_identical(told(matrix(c(3L, 4L))), character())
  expect_identical(told(rbind(3:4, 4:5), wanted = 2L, reuse = 2L), character())
  expect_identical(told(rbind(c(3L, 5L), c(4L, NA)), wanted = 2:1), character())
  expect_identical(told(matrix(c(3L, NA)), rules = list(calipers = list(list(values = coordinates[, 2], width = 0))),
    distance = distance_in_coordinates(coordinates[, c(1, 1)])
  ), "A unit is not matched with its nearest partners.")
})

test_that("each broken rule is told", {
  expect_match(told(matrix(3L), weights = c(1, 0, 1, 0, 0, 0)), "one row for each unit")
  expect_match(told(rbind(3:4, 5:6)), "more partners than it may", all = FALSE)
  expect_match(told(matrix(c(2L, 3L))), "own group", all = FALSE)
  expect_match(told(rbind(c(3L, 3L), c(4L, 5L)), wanted = 2L, reuse = 2L), "same partner twice", all = FALSE)
  expect_match(told(matrix(c(4L, 4L))), "used too often")
  expect_match(told(matrix(c(3L, 4L)), rules = list(units = c(1, 2, 3, 3, 4, 5))), "used too often")
  expect_match(told(matrix(c(3L, 4L)), rules = list(usable = 1:6 != 4)), "discarded")
  expect_match(told(matrix(c(3L, 4L)), weights = c(1, 1, 1, 2, 0, 0)), "weights")
})

test_that("forbidden pairs are told", {
  far <- list(calipers = list(list(values = coordinates[, 1], width = -2)))
  expect_match(told(matrix(c(3L, 4L)), rules = far), "forbidden", all = FALSE)
  expect_match(told(matrix(c(3L, 4L)), rules = list(strata = c(1, 2, 1, 1, 2, 2))), "forbidden", all = FALSE)
  expect_match(told(matrix(c(3L, 4L)), rules = list(apart = list(c(1, 2, 1, 1, 1, 1)))), "forbidden", all = FALSE)
  expect_identical(told(matrix(c(4L, 5L)), rules = list(
    calipers = list(list(values = coordinates[, 1], width = -1.5)), strata = rep(1, 6), apart = list(1:6)
  )), character())
})

test_that("partners who were passed over are told", {
  expect_match(told(matrix(c(5L, 4L))), "nearest")
  expect_match(told(rbind(c(3L, 5L), c(4L, 5L)), wanted = 2L, reuse = 2L), "nearest")
  expect_match(told(matrix(c(3L, NA))), "nearest")
  # Where rows count as one unit, whoever is left may have been withdrawn meanwhile.
  expect_identical(told(matrix(c(5L, 4L)), rules = list(units = 1:6)), character())
})

test_that("distances are read from a table for either group", {
  treated <- c(1, 0, 1, 0, 0)
  table <- rbind(c(1, 2, Inf), c(4, 5, 6))
  reach <- distance_in_table(table, treated)
  expect_identical(reach(c(1L, 3L, 3L), c(4L, 2L, 5L)), c(2, 4, 6))
  expect_identical(reach(c(4L, 2L, 5L), c(1L, 3L, 3L)), c(2, 4, 6))
  # Unit 1 cannot have row 5.
  expect_identical(
    broken_pairing(matrix(c(2L, 4L)), pair_weights(matrix(c(2L, 4L)), treated), treated == 1, reach, 1L, 1L),
    character()
  )
})

test_that("MatchIt's caliper on the column it walks along is told", {
  # Each treated unit has one control: 1, 2 and 2 away from it.
  data <- data.frame(t = rep(1:0, each = 3), x1 = c(0, 10, 20, 1, 12, 22), x2 = c(1, 2, 3, 1, 2, 3))
  matched <- MatchIt::matchit(t ~ x1 + x2, data, distance = "euclidean", caliper = c(x1 = 3), std.caliper = FALSE)
  pairs <- matrix(match(matched$match.matrix, rownames(data)), 3)
  expect_identical(pairs[, 1], c(4L, NA, NA))
  told <- function(width) {
    broken_pairing(pairs, matched$weights, data$t == 1, distance_in_coordinates(as.matrix(data[2:3])), 1L, 1L,
      rules = list(calipers = list(list(values = data$x1, width = width)))
    )
  }
  expect_match(told(3), "nearest")
  expect_identical(told(sqrt(3)), character())
})
