# A proxy of the sum of the causes enters first and has nothing to say once they are in.
proxy_frame <- function(n = 200) {
  set.seed(4)
  a <- stats::rnorm(n)
  b <- stats::rnorm(n)
  g <- sample(c("u", "v", "w"), n, replace = TRUE)
  frame <- data.frame(proxy = a + b + stats::rnorm(n, sd = .4), a = a, b = b, g = g, noise = stats::rnorm(n))
  frame$y <- a + b + (g == "w") + stats::rnorm(n)
  frame
}
proxy_variables <- list(
  proxy = number(), a = number(), b = number(), g = category(c("u", "v", "w")), noise = number(), y = number()
)
proxy_columns <- c("proxy", "a", "b", "g", "noise")

selected <- function(frame, columns, keep = 0, enter = .05, remove = .1, variables = proxy_variables) {
  design <- standardise_design(model_design(frame$y - mean(frame$y), frame, columns, variables))
  select_by_p(design, columns, keep, enter, remove)
}

typed <- function(frame) transform(frame, g = factor(g))

test_that("every step is the one of add1() and drop1()", {
  frame <- typed(proxy_frame())
  found <- selected(frame, proxy_columns)
  expect_identical(found$path$quantity, c("entered", "entered", "entered", "entered", "removed"))
  expect_identical(found$columns, c("a", "b", "g"))
  fit <- stats::lm(y ~ 1, frame)
  for (i in seq_len(nrow(found$path))) {
    step <- found$path[i, ]
    if (step$quantity == "entered") {
      table <- stats::add1(fit, proxy_columns[!proxy_columns %in% attr(fit$terms, "term.labels")], test = "F")
      p <- table[["Pr(>F)"]][-1]
      expect_identical(rownames(table)[-1][which.min(p)], step$column)
      fit <- stats::update(fit, stats::reformulate(c(".", step$column)))
    } else {
      table <- stats::drop1(fit, test = "F")
      p <- table[["Pr(>F)"]][-1]
      expect_identical(rownames(table)[-1][which.max(p)], step$column)
      fit <- stats::update(fit, stats::as.formula(paste(". ~ . -", step$column)))
    }
    expect_equal(step$p_value, if (step$quantity == "entered") min(p) else max(p), tolerance = 1e-9)
  }
})

test_that("a p value equal to enter enters, one equal to remove leaves", {
  frame <- typed(proxy_frame())
  p <- selected(frame, proxy_columns)$path$p_value
  expect_lt(max(p[2:4]), .05)
  at_enter <- max(p[2:4])
  expect_identical(nrow(selected(frame, proxy_columns, enter = at_enter)$path), 5L)
  expect_lt(nrow(selected(frame, proxy_columns, enter = at_enter * (1 - 1e-9))$path), 5L)
  expect_identical(nrow(selected(frame, proxy_columns, remove = p[5])$path), 5L)
  expect_identical(nrow(selected(frame, proxy_columns, remove = p[5] * (1 + 1e-9))$path), 4L)
})

test_that("what is kept is never tested, never leaves and stands first", {
  found <- selected(typed(proxy_frame()), c("noise", "proxy", "g", "b", "a"), keep = 2)
  expect_identical(found$columns, c("noise", "proxy", "g", "b", "a"))
  expect_setequal(found$path$column, c("g", "b", "a"))
})

test_that("order of rows and units of columns do not matter", {
  frame <- typed(proxy_frame())
  found <- selected(frame, proxy_columns)
  turned <- selected(frame[rev(seq_len(nrow(frame))), ], proxy_columns)
  expect_equal(turned, found, tolerance = 1e-9)
  far <- selected(transform(frame, a = 1e6 * a - 7e8, y = y / 1e5 + 40), proxy_columns)
  expect_equal(far, found, tolerance = 1e-6)
})

test_that("among ties the larger F goes first, then the column that is named first", {
  test <- function(variable, f, p) list(variable = variable, f = f, p_value = p)
  expect_null(first_to_enter(list()))
  expect_null(first_to_leave(list()))
  expect_identical(first_to_enter(list(test(2, 5, .02), test(1, 4, .03)))$variable, 2)
  expect_identical(first_to_enter(list(test(1, 900, 0), test(2, 5000, 0), test(3, 90, 1e-20)))$variable, 2)
  expect_identical(first_to_enter(list(test(3, 5, .02), test(2, 5 * (1 + 1e-14), .02 * (1 - 1e-14))))$variable, 2)
  expect_identical(first_to_leave(list(test(1, 2, .2), test(2, 1, .4)))$variable, 2)
  expect_identical(first_to_leave(list(test(2, 1, .4), test(1, 1, .4), test(3, 1.2, .4)))$variable, 1)
})

test_that("a selection that comes back to a model it has left is an error, not a loop", {
  expect_error(selected(typed(proxy_frame()), proxy_columns, enter = .99, remove = .1),
    "round in circles.*back at the model of \"a\", \"b\".*farther apart",
    class = "ermbridge_error_input"
  )
})

test_that("a model that leaves nothing to explain is refused", {
  frame <- transform(typed(proxy_frame()), y = 3 * a - b)
  expect_error(selected(frame, proxy_columns), "linear combination of \"a\" and \"b\"",
    class = "ermbridge_error_input"
  )
})

test_that("the stage reports the path before the coefficients of the final model", {
  frame <- proxy_frame()
  section <- regression_section(
    keep = "noise", candidates = c("b", "g", "a", "proxy"), outcome = "y",
    selection = list(rule = "p", enter = .05, remove = .1)
  )
  rows <- run_stage("regression", list(variables = proxy_variables, regression = section), frame)$rows
  path <- rows$quantity %in% c("entered", "removed")
  expect_identical(which(path), 1:5)
  expect_identical(rows$component[path], as.character(1:5))
  expect_identical(rows$quantity[path], rep(c("entered", "removed"), c(4, 1)))
  expect_identical(rows$term[path][c(1, 5)], c("proxy", "proxy"))
  terms <- c("(Intercept)", "noise", "b", "g[v]", "g[w]", "a")
  expect_identical(rows$term[rows$quantity == "estimate"], terms)
  fit <- stats::lm(y ~ noise + b + g + a, frame)
  expect_equal(rows$value[rows$quantity == "estimate"], unname(stats::coef(fit)))
})

test_that("where nothing enters the intercept alone is left", {
  section <- regression_section(
    candidates = "noise", outcome = "y", std_error = c("classical", "HC3"),
    selection = list(rule = "p", enter = 1e-9, remove = .1)
  )
  frame <- data.frame(noise = c(1, 0, 1, 0, 2), y = 0:4)
  variables <- proxy_variables[c("noise", "y")]
  rows <- run_stage("regression", list(variables = variables, regression = section), frame)$rows
  quantities <- c("estimate", "std_error", "statistic", "p_value", "r_squared", "adj_r_squared")
  expect_identical(unique(rows$quantity), quantities)
  # Mean 2, residuals -2 to 2, each leverage 1/5.
  expect_equal(value_of(rows, "estimate", "(Intercept)"), 2)
  expect_equal(value_of(rows, "std_error", "(Intercept)"), sqrt(10 / 4 / 5))
  expect_equal(value_of(rows, "std_error", "(Intercept)", "HC3"), sqrt(10 / .8^2) / 5)
  expect_equal(value_of(rows, "r_squared", "model"), 0)
})
