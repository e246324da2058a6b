#' Stage regression: ordinary least squares
#'
#' The outcome on the columns of `keep` and `candidates`, in that order, all entered at once, by
#' [stats::lm()]; categories with treatment coding. Numbers are centred and scaled for the fit, the rows
#' are those of the columns as given.
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
  design <- standardise_design(design)
  # The rank is checked; lm() must not check it again by a rule of its own.
  fit <- with_notes(summary(stats::lm(design$formula, design$data, tol = 1e-14)))
  list(rows = regression_rows(fit, design), artefacts = list())
}

#' Rows of a linear model
#'
#' @param fit Summary of [stats::lm()] with its note.
#' @param design A list as from `standardise_design()`.
#' @return A data frame of rows.
#' @noRd
regression_rows <- function(fit, design) {
  estimate <- drop(design$back %*% fit$value$coefficients[, "Estimate"])
  std_error <- fit$value$sigma * sqrt(rowSums((design$back %*% fit$value$cov.unscaled) * design$back))
  statistic <- estimate / std_error
  of <- function(quantity, values) make_rows(quantity, values, design$terms, note = fit$note)
  bind_rows(
    of("estimate", estimate),
    of("std_error", std_error),
    of("statistic", statistic),
    of("p_value", 2 * stats::pt(-abs(statistic), fit$value$df[2])),
    make_rows(c("r_squared", "adj_r_squared", "f"),
      c(fit$value$r.squared, fit$value$adj.r.squared, fit$value$fstatistic[["value"]]), "model",
      note = fit$note
    )
  )
}
