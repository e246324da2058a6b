#' Correlate items as a study asks for
#'
#' @param items Matrix of items, n x p; `NA` where missing, then each correlation is of the rows that have both.
#' @param section Section `index` of a study.
#' @param call Frame of the function to name in an error.
#'
#' @return A list of `correlation`, the matrix to factor; `estimated`, the one before smoothing; `counts`, the
#'   numbers of rows that they rest on; `thresholds`, a list with a vector for each item, or `NULL`; `n`, the
#'   smallest of the counts; `note`.
#' @noRd
correlate_items <- function(items, section, call = rlang::caller_env()) {
  how <- section[["correlation"]]
  check_categories(items, how[["method"]], section[["items"]], call)
  found <- with_notes(correlation_methods()[[how[["method"]]]](items, how), call)
  estimated <- unname(found$value$matrix)
  check_defined(estimated, section[["items"]], call)
  if (!isTRUE(how[["smooth"]]) && how[["method"]] %in% latent_methods()) {
    check_inside(estimated, section[["items"]], call)
  }
  counts <- unname(crossprod(!is.na(items)))
  list(
    correlation = usable_matrix(estimated, how, section[["items"]], call), estimated = estimated,
    counts = counts, thresholds = found$value$thresholds, n = min(counts), note = found$note
  )
}

#' Take a frame as a correlation matrix
#'
#' @param frame Data frame with a column for each item and as many rows.
#' @inheritParams correlate_items
#' @param n Number of rows that the correlations come from.
#' @return A list as from `correlate_items()`.
#' @noRd
given_correlations <- function(frame, section, n, call = rlang::caller_env()) {
  items <- section[["items"]]
  check_number(n, "artefacts$n_obs", above = length(items), whole = TRUE, call = call)
  estimated <- unname(do.call(cbind, number_columns(frame, items, "index.items", call)))
  unit <- nrow(estimated) == ncol(estimated) && all(abs(diag(estimated) - 1) < 1e-8)
  if (!unit || max(abs(estimated - t(estimated))) > 1e-8 || max(abs(estimated)) > 1 + 1e-8) {
    refuse("input", c(
      "With {.arg n_obs} the frame must be a correlation matrix of the items.",
      i = "It is square and symmetric, with 1 on the diagonal and nothing beyond -1 and 1."
    ), call = call)
  }
  estimated <- (estimated + t(estimated)) / 2
  list(
    correlation = usable_matrix(estimated, section[["correlation"]], items, call), estimated = estimated,
    counts = matrix(n, length(items), length(items)), thresholds = NULL, n = n, note = ""
  )
}

#' A matrix that can be inverted: the estimated one, or on request a smoothed one
#'
#' @param estimated Correlations.
#' @param how Settings `index.correlation` of a study.
#' @param names Names of the items.
#' @param call Frame of the function to name in an error.
#' @return A matrix with `dimnames`, as psych wants them.
#' @noRd
usable_matrix <- function(estimated, how, names, call) {
  # The warning that it smooths is no news here: it was asked to.
  used <- if (isTRUE(how[["smooth"]])) suppressWarnings(psych::cor.smooth(estimated)) else estimated
  check_singular(used, names, call)
  labels <- paste0("x", seq_along(names))
  matrix(used, length(names), dimnames = list(labels, labels))
}

#' Methods of correlation by their names in a study
#'
#' Each takes a matrix of items and the settings `index.correlation`, and returns a list of `matrix` and, where
#' the method has them, `thresholds`.
#'
#' @return A named list of functions.
#' @noRd
correlation_methods <- function() {
  list(
    pearson = function(items, how) list(matrix = stats::cor(items, use = use_of(items))),
    spearman = function(items, how) {
      list(matrix = stats::cor(items, use = use_of(items), method = "spearman"))
    },
    polychoric = function(items, how) {
      list(matrix = polychoric(items, how), thresholds = item_thresholds(items))
    },
    tetrachoric = function(items, how) {
      list(matrix = tetrachoric(items, how), thresholds = item_thresholds(items))
    },
    mixed = mixed_correlations
  )
}

#' Methods that correlate the normal variables behind categories
#' @return Names.
#' @noRd
latent_methods <- function() c("polychoric", "tetrachoric", "mixed")

#' How [stats::cor()] takes missing values
#'
#' @param items Matrix of items.
#' @return A value of its argument `use`: the rows that have both items where one is missing.
#' @noRd
use_of <- function(items) if (anyNA(items)) "pairwise.complete.obs" else "everything"

#' Polychoric correlations by psych
#'
#' psych gives up global thresholds where items end at different values. So categories are numbered from 1, and
#' the highest of each item gets the same number: those between do not occur, and leave the likelihood as it is.
#'
#' @inheritParams correlate_items
#' @param how Settings `index.correlation` of a study.
#' @return Matrix of correlations.
#' @noRd
polychoric <- function(items, how) {
  codes <- apply(items, 2, function(x) match(x, sort(unique(x))))
  most <- max(codes, na.rm = TRUE)
  last <- matrix(apply(codes, 2, max, na.rm = TRUE), nrow(codes), ncol(codes), byrow = TRUE)
  codes[!is.na(codes) & codes == last] <- most
  psych::polychoric(codes,
    smooth = FALSE, global = how[["thresholds"]] == "global", correct = how[["correct"]]
  )$rho
}

#' Tetrachoric correlations by psych
#'
#' @inheritParams polychoric
#' @return Matrix of correlations.
#' @noRd
tetrachoric <- function(items, how) {
  codes <- apply(items, 2, function(x) match(x, sort(unique(x))) - 1)
  psych::tetrachoric(codes,
    smooth = FALSE, global = how[["thresholds"]] == "global", correct = how[["correct"]]
  )$rho
}

#' Correlations of continuous, ordinal and binary items
#'
#' The blocks of [psych::mixedCor()] with its rule: 2 distinct values are binary, up to 8 ordinal, more
#' continuous. Put together here because mixedCor() stops, or changes its thresholds, where ordinal items differ in
#' their categories. Ordinal items enter by the rank of their categories.
#'
#' @inheritParams polychoric
#' @return A list of `matrix` and `thresholds`, empty for continuous items.
#' @noRd
mixed_correlations <- function(items, how) {
  count <- apply(items, 2, n_categories)
  continuous <- which(count > 8)
  ordinal <- which(count > 2 & count <= 8)
  binary <- which(count == 2)
  found <- stats::cor(items, use = use_of(items))
  discrete <- sort(c(ordinal, binary))
  if (length(discrete) > 1) {
    plain <- if (how[["thresholds"]] == "global") utils::modifyList(how, list(correct = 0)) else how
    found[discrete, discrete] <- polychoric(items[, discrete, drop = FALSE], plain)
  }
  if (length(binary) > 1) found[binary, binary] <- tetrachoric(items[, binary, drop = FALSE], how)
  if (length(continuous)) {
    if (length(ordinal)) {
      codes <- apply(items[, ordinal, drop = FALSE], 2, function(x) match(x, sort(unique(x))))
      # One at a time: psych takes all of them to have the categories of the whole.
      across <- vapply(seq_along(ordinal), function(j) {
        psych::polyserial(items[, continuous, drop = FALSE], codes[, j, drop = FALSE])[1, ]
      }, numeric(length(continuous)))
      found[continuous, ordinal] <- across
      found[ordinal, continuous] <- t(matrix(across, length(continuous)))
    }
    if (length(binary)) {
      across <- psych::biserial(items[, continuous, drop = FALSE], items[, binary, drop = FALSE])
      found[binary, continuous] <- across
      found[continuous, binary] <- t(across)
    }
  }
  thresholds <- item_thresholds(items)
  thresholds[continuous] <- list(numeric())
  list(matrix = found, thresholds = thresholds)
}

#' Normal quantiles at which items pass to their next category
#'
#' @param items Matrix of items.
#' @return A list with a vector for each item, one shorter than its categories.
#' @noRd
item_thresholds <- function(items) {
  lapply(seq_len(ncol(items)), function(j) {
    share <- cumsum(table(items[, j])) / sum(!is.na(items[, j]))
    unname(stats::qnorm(share[-length(share)]))
  })
}

#' Number of distinct values
#'
#' @param x A vector; missing values do not count.
#' @return A whole number.
#' @noRd
n_categories <- function(x) length(unique(x[!is.na(x)]))

#' Rows on correlations
#'
#' Pearson's have none: they follow from the data at once.
#'
#' @param correlations A list as from `correlate_items()`.
#' @param section Section `index` of a study.
#' @return A data frame of rows.
#' @noRd
correlation_rows <- function(correlations, section) {
  how <- section[["correlation"]]
  smooth <- isTRUE(how[["smooth"]])
  if (how[["method"]] == "pearson" && !smooth) {
    return(make_rows(character(), numeric()))
  }
  items <- section[["items"]]
  lower <- lower.tri(correlations$estimated)
  row <- items[row(lower)[lower]]
  column <- items[col(lower)[lower]]
  thresholds <- correlations$thresholds
  bind_rows(
    make_rows("correlation", correlations$estimated[lower], row, column, correlations$note),
    if (smooth) make_rows("correlation_smoothed", correlations$correlation[lower], row, column, correlations$note),
    if (!is.null(thresholds)) {
      make_rows("threshold", unlist(thresholds),
        term = rep(items, lengths(thresholds)), component = unlist(lapply(thresholds, seq_along)),
        note = correlations$note
      )
    }
  )
}

#' Refuse items with more categories than a method takes
#'
#' @inheritParams correlate_items
#' @param method Name of the method.
#' @param names Names of the items.
#' @return Nothing.
#' @noRd
check_categories <- function(items, method, names, call) {
  most <- switch(method,
    polychoric = 8,
    tetrachoric = 2,
    Inf
  )
  many <- names[apply(items, 2, n_categories) > most]
  if (length(many)) {
    refuse("input", c(
      "{.field index.items}: item {.val {many[1]}} has more than {most} distinct values.",
      i = "Group them, leave the item out, or ask for {.code correlation: mixed}."
    ), call = call)
  }
}

#' Refuse pairs of items that have no correlation
#'
#' @param estimated Correlations.
#' @inheritParams check_categories
#' @return Nothing.
#' @noRd
check_defined <- function(estimated, names, call) {
  gap <- which(is.na(estimated), arr.ind = TRUE)
  if (nrow(gap)) {
    pair <- names[gap[1, ]]
    refuse("input", "{.field index.items}: the items {.val {pair}} have no correlation.", call = call)
  }
}

#' Refuse correlations of normal variables that are 1 or -1
#'
#' psych's search ends up to 1e-4 before it.
#'
#' @param estimated Correlations.
#' @inheritParams check_categories
#' @return Nothing.
#' @noRd
check_inside <- function(estimated, names, call) {
  end <- which(abs(estimated) > 1 - 1.5e-4 & lower.tri(estimated), arr.ind = TRUE)
  if (nrow(end)) {
    pair <- names[end[1, ]]
    refuse("input", c(
      "{.field index.items}: the correlation of the items {.val {pair}} is 1 or -1: cells of their table are empty.",
      i = "Leave one of them out, group categories, count empty cells by {.code correct}, or ask for
           {.code smooth: true}."
    ), call = call)
  }
}
