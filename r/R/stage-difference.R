#' Stage difference: the outcome by groups
#'
#' For the treatment and every column of `difference.by`: size, mean and standard deviation (n - 1) of
#' each group, and the pooled one-way F test of [stats::aov()].
#'
#' @inheritParams run_stage
#'
#' @return A list of `rows` and `artefacts`, which is empty.
#' @noRd
stage_difference <- function(study, frame, artefacts) {
  study_section(study, "difference")
  outcome <- stage_outcome("difference", study, frame, artefacts)
  columns <- group_columns(study)
  check_columns(frame, columns, "difference.by")
  rows <- lapply(columns, function(column) {
    group <- as_groups(frame[[column]], column, study[["variables"]][[column]][["levels"]])
    group_rows(outcome, group, column)
  })
  list(rows = do.call(bind_rows, c(list(make_rows("n", double())), rows)), artefacts = list())
}

#' Turn a column into groups
#'
#' @param x A factor, or a double vector with a level label for each distinct value.
#' @param column Its name.
#' @param labels Labels of the levels of a number, in order; each reads back as the value.
#' @param call Frame of the function to name in an error.
#'
#' @return A factor in which every level occurs.
#' @noRd
as_groups <- function(x, column, labels, call = rlang::caller_env()) {
  if (!is.factor(x)) {
    if (is.null(labels)) {
      refuse("input", "{.field variables}: the group column {.val {column}} has no levels.", call = call)
    }
    # R's own reading of decimals may be off by one unit in the last place.
    position <- match(signif(x, 15), signif(as.numeric(labels), 15))
    if (anyNA(position)) {
      stray <- unique(x[is.na(position)])
      refuse("input", "Group column {.val {column}}: found {.val {stray}}, which is not a level.", call = call)
    }
    x <- factor(labels[position], levels = labels)
  }
  check_groups(x, column, call)
  x
}

#' Refuse groups of which one is empty, and a single group
#'
#' @param x A factor.
#' @param column Its name.
#' @param call Frame of the function to name in an error.
#' @return Nothing.
#' @noRd
check_groups <- function(x, column, call = rlang::caller_env()) {
  unused <- levels(x)[tabulate(x, nlevels(x)) == 0]
  if (length(unused)) {
    refuse("input", "Column {.val {column}}: no row is in the group {.val {unused}}.", call = call)
  }
  if (nlevels(x) < 2) {
    refuse("input", "Column {.val {column}} has a single group; there is nothing to compare.", call = call)
  }
}

#' Rows of one group column
#'
#' @param outcome Double vector.
#' @param group Factor of the same length.
#' @param column Name of the group column.
#' @return A data frame of rows.
#' @noRd
group_rows <- function(outcome, group, column) {
  data <- data.frame(outcome = outcome, group = group)
  test <- with_notes(summary(stats::aov(outcome ~ group, data))[[1]])
  table <- test$value
  squares <- table[["Sum Sq"]]
  by_group <- function(f) as.double(tapply(outcome, group, f))
  bind_rows(
    make_rows("n", by_group(length), column, levels(group)),
    make_rows("mean", by_group(mean), column, levels(group)),
    make_rows("sd", by_group(stats::sd), column, levels(group)),
    make_rows(c("f", "df1", "df2", "p_value", "eta_squared"),
      c(table[["F value"]][1], table[["Df"]], table[["Pr(>F)"]][1], squares[1] / sum(squares)),
      column,
      note = test$note
    )
  )
}
