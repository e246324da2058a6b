scores <- c(.1, .3, .5, .9, .2, .5, .6, .95)
treated <- c(0, 0, 0, 0, 1, 1, 1, 1)

test_that("units beyond the range of the other group are those that MatchIt discards", {
  for (rule in c("treated", "control", "both")) {
    expected <- MatchIt::matchit(treated ~ 1, data.frame(treated), distance = scores, discard = rule)$discarded
    expect_identical(outside_range(scores, treated, rule), unname(expected))
  }
  expect_identical(which(outside_range(scores, treated, "both")), c(1L, 8L))
})

test_that("a hull holds its corners, edges and inside, and nothing else", {
  square <- as.matrix(expand.grid(0:1, 0:1))
  inside <- rbind(c(.5, .5), c(1, .3), c(0, 0))
  outside <- rbind(c(1.001, .5), c(-3, .2))
  units <- rbind(square, inside, outside)
  of <- rep(0:1, c(4, 5))
  expect_identical(which(outside_hull(units, of, "treated")), 8:9)
  expect_identical(which(outside_hull(units, 1 - of, "control")), 8:9)
  # Within the range of every column, yet outside.
  triangle <- rbind(c(0, 0), c(1, 0), c(0, 1), c(.6, .6), c(.4, .4))
  expect_identical(which(outside_hull(triangle, c(0, 0, 0, 1, 1), "both")), c(1:4))
})

test_that("the stage leaves out and counts, and fits again without", {
  frame <- MatchIt::lalonde
  study <- lalonde_study(replace = TRUE)
  study$matching$discard <- "both"
  for (again in c(FALSE, TRUE)) {
    study$matching$reestimate <- again
    result <- run_stage("matching", study, frame)
    expected <- MatchIt::matchit(treat ~ age + educ + race + married + nodegree + re74 + re75, frame,
      replace = TRUE, discard = "both", reestimate = again
    )
    expect_equal(result$artefacts$propensity, unname(expected$distance), tolerance = 1e-7)
    gone <- result$rows[result$rows$quantity == "n_units" & result$rows$term == "discarded", ]
    of_groups <- tapply(expected$discarded, frame$treat, sum)
    expect_identical(gone$value[match(c("treated", "controls"), gone$component)], as.double(of_groups[c("1", "0")]))
    expect_equal(result$artefacts$weights == 0, unname(expected$weights == 0))
  }
})

test_that("nobody left is an error", {
  frame <- data.frame(t = c(0, 0, 1, 1), x = c(1, 4, 2, 3))
  study <- list(variables = lapply(frame, function(x) number()), matching = matching_section("t", "x"))
  study$matching$discard <- "hull_control"
  expect_error(run_stage("matching", study, frame), "every control row lies outside", class = "ermbridge_error_input")
})
