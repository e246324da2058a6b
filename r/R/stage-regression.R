#' Stage regression: ordinary least squares
#'
#' The outcome on the columns of `keep` and `candidates`, in that order, by [stats::lm()]; categories with
#' treatment coding. All candidates enter, or those that a stepwise selection leaves. The outcome is
#' centred, numbers are centred and scaled for the fit; the rows are those of the columns as given.
#'
#' @inheritParams run_stage
#'
#' @return A list of `rows` and `artefacts`, which is empty.
#' @noRd
stage_regression <- function(study, frame, artefacts) {
  section <- study_section(study, "regression")
  check_regression(section)
  outcome <- stage_outcome("regression", study, frame, artefacts)
  centre <- mean(outcome)
  outcome <- outcome - centre
  columns <- c(section[["keep"]], section[["candidates"]])
  check_columns(frame, columns, "regression")
  design <- model_design(outcome, frame, columns, study[["variables"]])
  check_rank(design, "regression")
  if (nrow(frame) <= length(design$terms)) {
    n <- nrow(frame)
    refuse("input", "{.field regression}: {length(design$terms)} terms need more than {n} row{?s}.")
  }
  design <- standardise_design(design)
  path <- NULL
  rule <- section[["selection"]]
  if (!is.null(rule)) {
    selected <- select_by_p(design, columns, length(section[["keep"]]), rule[["enter"]], rule[["remove"]])
    design <- standardise_design(model_design(outcome, frame, selected$columns, study[["variables"]]))
    path <- make_rows(selected$path$quantity, selected$path$p_value, selected$path$column, seq_len(nrow(selected$path)))
  }
  # The rank is checked; lm() must not check it again by a rule of its own.
  fit <- stats::lm(design$formula, design$data, tol = 1e-14)
  rows <- regression_rows(fit, design, section[["std_error"]], centre)
  list(rows = bind_rows(path, rows), artefacts = list())
}

#' Refuse a section `regression` whose values are not available
#'
#' @param section The section of the study.
#' @param call Frame of the function to name in an error.
#' @return Nothing.
#' @noRd
check_regression <- function(section, call = rlang::caller_env()) {
  if (!length(c(section[["keep"]], section[["candidates"]]))) {
    refuse("input", "{.field regression}: name at least one column in {.field keep} or {.field candidates}.",
      call = call
    )
  }
  kinds <- section[["std_error"]]
  for (kind in if (length(kinds)) as.list(kinds) else list(NULL)) {
    check_choice(kind, c("classical", "HC3"), "regression.std_error", call)
  }
  rule <- section[["selection"]]
  if (is.null(rule)) {
    return(invisible())
  }
  check_choice(rule[["rule"]], "p", "regression.selection.rule", call)
  remove <- check_number(rule[["remove"]], "regression.selection.remove", above = 0, below = 1, call = call)
  check_number(rule[["enter"]], "regression.selection.enter", above = 0, below = remove, call = call)
  if (!length(section[["candidates"]])) {
    refuse("input", "{.field regression.selection}: there are no candidates to select from.", call = call)
  }
}

#' Rows of a linear model
#'
#' @param fit A model as from [stats::lm()] on the data of the design.
#' @param design A list as from `standardise_design()`.
#' @param kinds Kinds of standard error: `classical`, `HC3`.
#' @param centre Mean of the outcome, which the fit does without.
#' @param call Frame of the function to name in an error.
#' @return A data frame of rows.
#' @noRd
regression_rows <- function(fit, design, kinds, centre, call = rlang::caller_env()) {
  summary <- with_notes(summary(fit))
  found <- summary$value
  estimate <- drop(design$back %*% stats::coef(fit)) + c(centre, rep(0, length(design$terms) - 1))
  errors <- lapply(kinds, function(kind) {
    if (kind == "HC3") {
      hc3 <- hc3_variance(fit, call)
      error_rows(estimate, design$back %*% hc3$back, hc3$variance, design$terms, fit$df.residual, "HC3", hc3$note)
    } else {
      variance <- found$sigma^2 * found$cov.unscaled
      error_rows(estimate, design$back, variance, design$terms, fit$df.residual, "", summary$note)
    }
  })
  of_model <- c(r_squared = found$r.squared, adj_r_squared = found$adj.r.squared, f = found$fstatistic[["value"]])
  do.call(bind_rows, c(
    list(make_rows("estimate", estimate, design$terms, note = summary$note)),
    errors,
    list(
      column_rows(fit, design, summary$note),
      make_rows(names(of_model), of_model, "model", note = summary$note)
    )
  ))
}

#' Rows of one kind of standard error, with t and p
#'
#' @param estimate Coefficients of the columns as given.
#' @param back The matrix that turns coefficients of other columns, of the same model, into these.
#' @param variance The variance matrix of those others.
#' @param terms Names of the coefficients.
#' @param df Residual degrees of freedom, of the t distribution.
#' @param component Name of the kind, `""` for the classical one.
#' @param note Note of the rows.
#' @return A data frame of rows.
#' @noRd
error_rows <- function(estimate, back, variance, terms, df, component, note) {
  std_error <- sqrt(rowSums((back %*% variance) * back))
  statistic <- estimate / std_error
  of <- function(quantity, values) make_rows(quantity, values, terms, component, note)
  bind_rows(
    of("std_error", std_error),
    of("statistic", statistic),
    of("p_value", 2 * stats::pt(-abs(statistic), df))
  )
}

#' Variance matrix HC3
#'
#' [sandwich::vcovHC()] multiplies its matrices out, which costs twice the digits that near-collinear columns
#' cost the fit. So it gets the same model on orthonormal columns.
#'
#' @param fit A model as from [stats::lm()].
#' @param call Frame of the function to name in an error.
#' @return A list of `variance`, the matrix of the coefficients of the orthonormal columns; `back`, the matrix that
#'   turns these into the coefficients of `fit`; `note`. A row with leverage 1, by whose complement HC3
#'   divides, is refused.
#' @noRd
hc3_variance <- function(fit, call = rlang::caller_env()) {
  leverage <- stats::hatvalues(fit)
  row <- which.max(leverage)
  if (leverage[row] > 1 - 1e-8) {
    refuse("input", c(
      "{.field regression.std_error}: HC3 is not defined.",
      x = "Row {unname(row)} alone decides a coefficient (leverage 1), such as that of a level with a single row.",
      i = "Merge levels, drop the column or leave HC3 out."
    ), call = call)
  }
  decomposed <- qr(stats::model.matrix(fit), tol = 1e-14)
  y <- stats::model.response(stats::model.frame(fit))
  columns <- qr.Q(decomposed)
  found <- with_notes(sandwich::vcovHC(stats::lm(y ~ 0 + columns), type = "HC3"), call)
  list(variance = found$value, back = solve(qr.R(decomposed)), note = found$note)
}

#' Rows of the columns of the design: standardised coefficient and variance inflation factor
#'
#' Dummies are columns like any other. The factor is the column's sum of squares over that of its residuals
#' from the other columns.
#'
#' @inheritParams regression_rows
#' @param note Note of the rows.
#' @return A data frame of rows, without any for a model of the intercept alone.
#' @noRd
column_rows <- function(fit, design, note) {
  x <- stats::model.matrix(fit)
  columns <- seq_len(ncol(x))[-1]
  squares <- colSums(sweep(x, 2, colMeans(x))^2)
  vif <- vapply(columns, function(j) {
    squares[[j]] / sum(stats::.lm.fit(x[, -j, drop = FALSE], x[, j], tol = 1e-14)$residuals^2)
  }, double(1))
  beta <- stats::coef(fit) * apply(x, 2, stats::sd) / stats::sd(design$data$y)
  bind_rows(
    make_rows("beta", beta[columns], design$terms[columns], note = note),
    make_rows("vif", vif, design$terms[columns], note = note)
  )
}
