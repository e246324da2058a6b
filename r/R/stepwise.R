#' Select candidates stepwise by the p value of their partial F test
#'
#' SPSS's method STEPWISE with whole variables: all dummies of a category enter and leave together. Each
#' step takes in, of the candidates outside, the one with the smallest p value, if that is at most `enter`;
#' then, as long as a candidate inside has a p value of at least `remove`, the one with the largest leaves.
#' Every test is a refit, as by [stats::add1()] and [stats::drop1()] with `test = "F"`.
#'
#' @param design A list as from `standardise_design()`, of all variables, with a centred outcome.
#' @param columns Their names, in order.
#' @param keep How many of the first are in the model from the start and never leave.
#' @param enter,remove p values at which a candidate enters and leaves, `enter` below `remove`.
#' @param call Frame of the function to name in an error.
#'
#' @return A list: `path`, a data frame with the columns `quantity` (`entered` or `removed`), `column` and
#'   `p_value`, one row for each step; `columns`, the names in the final model, in order.
#' @noRd
select_by_p <- function(design, columns, keep, enter, remove, call = rlang::caller_env()) {
  test <- partial_test(design, columns, call)
  inside <- seq_len(keep)
  path <- data.frame(quantity = character(), column = character(), p_value = double())
  seen <- list()
  step <- function(quantity, found) {
    path[nrow(path) + 1, ] <<- list(quantity, columns[found$variable], found$p_value)
  }
  repeat {
    if (any(vapply(seen, setequal, logical(1), inside))) refuse_circle(columns[sort(inside)], nrow(path), call)
    seen <- c(seen, list(inside))
    best <- first_to_enter(lapply(setdiff(seq_along(columns), inside), test, inside = inside))
    if (is.null(best) || best$p_value > enter) break
    inside <- c(inside, best$variable)
    step("entered", best)
    repeat {
      worst <- first_to_leave(lapply(inside[inside > keep], test, inside = inside))
      if (is.null(worst) || worst$p_value < remove) break
      inside <- setdiff(inside, worst$variable)
      step("removed", worst)
    }
  }
  list(path = path, columns = columns[sort(inside)])
}

#' Make the partial F test of a variable given others
#'
#' @inheritParams select_by_p
#'
#' @return A function of `variable`, the position of the tested one, and `inside`, the positions of those in
#'   the model, itself left out. It returns a list of `variable`, `f` and `p_value`.
#' @noRd
partial_test <- function(design, columns, call) {
  x <- stats::model.matrix(design$formula, design$data)
  block <- attr(x, "assign")
  y <- design$data$y
  # The rank is checked; the fit must not check it again by a rule of its own.
  unexplained <- function(variables) {
    sum(stats::.lm.fit(x[, block %in% c(0, variables), drop = FALSE], y, tol = 1e-14)$residuals^2)
  }
  function(variable, inside) {
    others <- setdiff(inside, variable)
    without <- unexplained(others)
    with <- unexplained(c(others, variable))
    if (with < 1e-12 * sum(y^2)) {
      refuse("input", c(
        "{.field regression.selection}: the outcome is a linear combination of {.val {columns[c(others, variable)]}}.",
        i = "Nothing is left to test; remove what determines it."
      ), call = call)
    }
    added <- sum(block == variable)
    df <- nrow(x) - sum(block %in% c(0, others, variable))
    f <- (without - with) / added / (with / df)
    list(variable = variable, f = f, p_value = stats::pf(f, added, df, lower.tail = FALSE))
  }
}

#' Choose who enters or leaves first
#'
#' Numbers within a share of 1e-9 of each other are tied, so that rounding does not decide; p values below
#' 1e-300 are tied as well. Ties of p are broken by F, ties of both by the order of the variables.
#'
#' @param tests A list of lists as from `partial_test()`, in any order.
#' @return The test with the smallest p and largest F, or with the largest p and smallest F; `NULL` if
#'   there are none.
#' @noRd
first_to_enter <- function(tests) {
  if (!length(tests)) {
    return(NULL)
  }
  p <- pmax(vapply(tests, `[[`, double(1), "p_value"), 1e-300)
  tests <- tests[p <= min(p) * (1 + 1e-9)]
  f <- vapply(tests, `[[`, double(1), "f")
  earliest(tests[f >= max(f) * (1 - 1e-9)])
}

#' @rdname first_to_enter
#' @noRd
first_to_leave <- function(tests) {
  if (!length(tests)) {
    return(NULL)
  }
  p <- vapply(tests, `[[`, double(1), "p_value")
  tests <- tests[p >= max(p) * (1 - 1e-9)]
  f <- vapply(tests, `[[`, double(1), "f")
  earliest(tests[f <= min(f) * (1 + 1e-9)])
}

#' The test of the variable that is named first
#'
#' @param tests A list of lists as from `partial_test()`.
#' @return One of them.
#' @noRd
earliest <- function(tests) tests[[which.min(vapply(tests, `[[`, double(1), "variable"))]]

#' Refuse a selection that comes back to a model that it has left
#'
#' @param model Names of the variables in the model.
#' @param steps Number of steps so far.
#' @param call Frame of the function to name in the error.
#' @return Nothing.
#' @noRd
refuse_circle <- function(model, steps, call) {
  model <- if (length(model)) model else "no variables"
  refuse("input", c(
    "{.field regression.selection}: the selection goes round in circles.",
    x = "After {steps} step{?s} it is back at the model of {.val {model}}.",
    i = "Set {.field enter} and {.field remove} farther apart."
  ), call = call)
}
