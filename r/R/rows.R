#' Make rows of the table of estimates
#'
#' @param quantity Name of the quantity as in the glossary `quantities.csv`.
#' @param value Numbers; `NA` where a number is not defined.
#' @param term Item, variable or model that each number belongs to, or `""`.
#' @param component Factor, level or moment, or `""`.
#' @param note What psych, MatchIt, sandwich or stats said while the numbers were computed.
#'
#' @return A data frame with the columns `quantity`, `term`, `component` (text), `value` (double) and
#'   `note` (text), one row for each number.
#' @noRd
make_rows <- function(quantity, value, term = "", component = "", note = "") {
  n <- length(value)
  data.frame(
    quantity = rep_len(quantity, n),
    term = rep_len(as.character(term), n),
    component = rep_len(as.character(component), n),
    value = as.double(value),
    note = rep_len(note, n),
    stringsAsFactors = FALSE
  )
}

#' Make one row for each cell of a matrix
#'
#' @inheritParams make_rows
#' @param matrix Numeric matrix: rows are terms, columns are components.
#' @param terms Names of the rows.
#'
#' @return A data frame as from `make_rows()`, column by column.
#' @noRd
make_matrix_rows <- function(quantity, matrix, terms, note = "") {
  make_rows(quantity, matrix,
    term = rep(terms, times = ncol(matrix)),
    component = rep(colnames(matrix), each = nrow(matrix)),
    note = note
  )
}

#' Put rows below each other
#'
#' @param ... Data frames as from `make_rows()`.
#'
#' @return One data frame with fresh row names.
#' @noRd
bind_rows <- function(...) {
  rows <- do.call(rbind, list(...))
  row.names(rows) <- NULL
  rows
}
