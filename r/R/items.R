#' The items as a matrix, reverse-keyed ones turned round
#'
#' @inheritParams run_stage
#' @param section Section `index` of a study.
#' @param call Frame of the function to name in an error.
#'
#' @return Double matrix, n x p, columns `x1..xp` in item order.
#' @noRd
keyed_items <- function(frame, section, call = rlang::caller_env()) {
  columns <- number_columns(frame, section[["items"]], "index.items", call)
  reverse <- names(columns) %in% section[["reverse"]]
  columns[reverse] <- lapply(columns[reverse], reverse_code)
  matrix(unlist(columns, use.names = FALSE),
    ncol = length(columns),
    dimnames = list(NULL, paste0("x", seq_along(columns)))
  )
}

#' Turn an item round with psych
#'
#' psych answers NA for every value beyond 999. Dividing by a power of two and multiplying again is
#' exact, so the result is the same number for number.
#'
#' @param x Double vector.
#' @return Observed minimum plus maximum minus `x`, as [psych::reverse.code()] takes it.
#' @noRd
reverse_code <- function(x) {
  unit <- 2^max(0, ceiling(log2(max(abs(x), 1, na.rm = TRUE) / 256)))
  unit * drop(unname(psych::reverse.code(-1, matrix(x / unit, ncol = 1))))
}

#' Refuse items without correlations
#'
#' @param items Matrix of items.
#' @param names Names of the items.
#' @param call Frame of the function to name in an error.
#'
#' @return Nothing.
#' @noRd
check_items <- function(items, names, call = rlang::caller_env()) {
  constant <- names[apply(items, 2, function(x) n_categories(x) < 2)]
  if (length(constant)) {
    refuse("input", "{.field index.items}: item {.val {constant}} is constant.", call = call)
  }
  if (nrow(items) <= ncol(items)) {
    n <- nrow(items)
    p <- ncol(items)
    refuse("input", "{.field index.items}: {p} items need more than {n} row{?s}.", call = call)
  }
}

#' Refuse items that determine each other
#'
#' Singular means that the smallest eigenvalue of the correlations is below 1e-12, the `eig.tol` below
#' which [psych::cor.smooth()] raises an eigenvalue. Correlations that do not come from complete rows, or from
#' data at all, can contradict each other: then it is negative.
#'
#' @param correlations Correlations of the items.
#' @param names Names of the items.
#' @param call Frame of the function to name in an error.
#'
#' @return Nothing.
#' @noRd
check_singular <- function(correlations, names, call = rlang::caller_env()) {
  eigen <- eigen(correlations, symmetric = TRUE)
  if (min(eigen$values) < 1e-12) {
    involved <- names[abs(eigen$vectors[, length(eigen$values)]) > 1e-3]
    if (min(eigen$values) < -1e-12) {
      refuse("input", c(
        "{.field index.items}: the correlation matrix is not positive definite.",
        x = "Correlations of these items contradict each other: {.val {involved}}.",
        i = "Remove one of them, or ask for {.code smooth: true} in {.field index.correlation}."
      ), call = call)
    }
    refuse("input", c(
      "{.field index.items}: the correlation matrix is singular.",
      x = "These items determine each other: {.val {involved}}."
    ), call = call)
  }
}
