#' Stage regression: ordinary least squares
#'
#' The outcome on the columns of `keep` and `candidates`, in that order, all entered at once, by
#' [stats::lm()]; categories with treatment coding.
#'
#' @inheritParams run_stage
#'
#' @return A list of `rows` and `artefacts`, which is empty.
#' @noRd
stage_regression <- function(study, frame, artefacts) {
  section <- study_section(study, "regression")
  outcome <- stage_outcome("regression", study, frame, artefacts)
  columns <- c(section[["keep"]], section[["candidates"]])
  if (!length(columns)) {
    refuse("input", "{.field regression}: name at least one column in {.field keep} or {.field candidates}.")
  }
  check_columns(frame, columns, "regression")
  design <- model_design(outcome, frame, columns, study[["variables"]])
  check_rank(design, "regression")
  if (nrow(frame) <= length(design$terms)) {
    n <- nrow(frame)
    refuse("input", "{.field regression}: {length(design$terms)} terms need more than {n} row{?s}.")
  }
  fit <- with_notes(summary(stats::lm(design$formula, design$data)))
  list(rows = regression_rows(fit, design$terms), artefacts = list())
}

#' Rows of a linear model
#'
#' @param fit Summary of [stats::lm()] with its note.
#' @param terms Names of the coefficients in order.
#' @return A data frame of rows.
#' @noRd
regression_rows <- function(fit, terms) {
  coefficients <- fit$value$coefficients
  of <- function(quantity, column) make_rows(quantity, coefficients[, column], terms, note = fit$note)
  bind_rows(
    of("estimate", "Estimate"),
    of("std_error", "Std. Error"),
    of("statistic", "t value"),
    of("p_value", "Pr(>|t|)"),
    make_rows(c("r_squared", "adj_r_squared", "f"),
      c(fit$value$r.squared, fit$value$adj.r.squared, fit$value$fstatistic[["value"]]), "model",
      note = fit$note
    )
  )
}
