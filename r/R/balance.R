#' Covariates as MatchIt shall judge their balance
#'
#' A category becomes a 0/1 column for each level that occurs, so that the rows of MatchIt's `summary()`
#' are these columns one by one.
#'
#' @param frame A data frame as from `prepare_frame()`.
#' @param covariates Names of the covariates.
#' @param treated 0/1 vector.
#'
#' @return A list: `columns`, a list of double vectors; `data`, a data frame of the same, named `x1`, `x2`,
#'   ..., all but 0/1 columns centred; `terms`, their names in the results; `constant`, whether the treated
#'   do not vary, so that MatchIt, without saying so, divides by a pooled standard deviation.
#' @noRd
balance_columns <- function(frame, covariates, treated) {
  expanded <- lapply(covariates, function(name) {
    x <- frame[[name]]
    if (!is.factor(x)) {
      return(stats::setNames(list(x), name))
    }
    levels <- levels(droplevels(x))
    dummies <- lapply(levels, function(level) as.double(x == level))
    stats::setNames(dummies, level_terms(name, levels))
  })
  columns <- unlist(expanded, recursive = FALSE)
  # Balance does not depend on where zero is; MatchIt's means of columns far from it would lose digits.
  centred <- lapply(columns, function(x) if (all(x == 0 | x == 1)) x else x - mean(x))
  names(centred) <- paste0("x", seq_along(columns))
  data <- structure(centred, class = "data.frame", row.names = .set_row_names(nrow(frame)))
  constant <- vapply(data, function(x) stats::sd(x[treated == 1]) < sqrt(.Machine$double.eps), logical(1))
  list(columns = unname(columns), data = data, terms = names(columns), constant = unname(constant) %in% TRUE)
}

#' Rows on the balance of the covariates
#'
#' What is not defined by `smd_defined()`, `ratio_defined()` and `ks_defined()` has no row, whatever MatchIt
#' puts there.
#'
#' @param matched An object of class `matchit`.
#' @param covariates A list as from `balance_columns()`.
#' @return A data frame of rows.
#' @noRd
balance_rows <- function(matched, covariates) {
  balance <- with_notes(summary(matched, pair.dist = FALSE))
  terms <- c(covariates$terms, "(distance)")
  columns <- c(covariates$columns, list(matched$distance))
  pooled <- if (nzchar(balance$note)) paste0(balance$note, "; ", pooled_note()) else pooled_note()
  notes <- ifelse(c(covariates$constant, FALSE), pooled, balance$note)
  take <- function(table, component, weights) {
    table <- table[c(names(covariates$data), "distance"), , drop = FALSE]
    smd <- smd_defined(columns, matched$treat, weights)
    ratio <- ratio_defined(columns, matched$treat, weights)
    ks <- ks_defined(columns, matched$treat, weights)
    bind_rows(
      make_rows("smd", table[smd, "Std. Mean Diff."], terms[smd], component, notes[smd]),
      make_rows("variance_ratio", table[ratio, "Var. Ratio"], terms[ratio], component, balance$note),
      make_rows("ks", table[ks, "eCDF Max"], terms[ks], component, balance$note)
    )
  }
  bind_rows(
    take(balance$value$sum.all, "before", rep_len(1, length(matched$treat))),
    take(balance$value$sum.matched, "after", matched$weights)
  )
}

#' Tell for which columns a standardised mean difference is defined
#'
#' Not where neither group has two units with weight, nor where the column varies in neither group of
#' the unmatched sample.
#'
#' @param columns List of double vectors, one value per row of the frame.
#' @param treated 0/1 vector.
#' @param weights Double vector, 0 for rows that are not compared.
#' @return Logical vector, one value per column.
#' @noRd
smd_defined <- function(columns, treated, weights) {
  enough <- max(sum(weights[treated == 1] != 0), sum(weights[treated == 0] != 0)) > 1
  varied <- function(x) varies(x[treated == 1]) || varies(x[treated == 0])
  enough & vapply(columns, varied, logical(1), USE.NAMES = FALSE)
}

#' Tell for which columns a variance ratio is defined
#'
#' Not for zeros and ones, nor with fewer than two treated units with weight, nor where the column does
#' not vary among the controls with weight.
#'
#' @inheritParams smd_defined
#' @return Logical vector, one value per column.
#' @noRd
ratio_defined <- function(columns, treated, weights) {
  controls <- treated == 0 & weights != 0
  defined <- function(x) !all(x == 0 | x == 1) && varies(x[controls])
  sum(weights[treated == 1] != 0) > 1 & vapply(columns, defined, logical(1), USE.NAMES = FALSE)
}

#' Tell for which columns a distance of distributions is defined
#'
#' For zeros and ones always; else where the standardised difference is.
#'
#' @inheritParams smd_defined
#' @return Logical vector, one value per column.
#' @noRd
ks_defined <- function(columns, treated, weights) {
  binary <- vapply(columns, function(x) all(x == 0 | x == 1), logical(1), USE.NAMES = FALSE)
  binary | smd_defined(columns, treated, weights)
}

#' Tell whether a column takes more than one value
#'
#' Equal units can get scores a last bit apart: those are one value.
#'
#' @param x Double vector without missing values.
#' @return `TRUE` or `FALSE`.
#' @noRd
varies <- function(x) length(x) > 1 && max(x) - min(x) > 1e-12 * max(abs(x))

#' What is noted where the treated do not vary
#'
#' @return A string.
#' @noRd
pooled_note <- function() "the treated do not vary: divided by the pooled standard deviation"
