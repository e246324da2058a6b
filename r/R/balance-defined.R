#' Tell which numbers of the balance are defined
#'
#' @param columns List of double vectors, one value per row of the frame.
#' @param treated 0/1 vector.
#' @param weights Double vector, 0 for rows that are not compared.
#' @return A data frame of logicals, one row per column.
#' @noRd
defined_numbers <- function(columns, treated, weights) {
  smd <- smd_defined(columns, treated, weights)
  ks <- ks_defined(columns, treated, weights)
  data.frame(
    mean_treated = TRUE, mean_control = TRUE, smd = smd, variance_ratio = ratio_defined(columns, treated, weights),
    ecdf_mean = ks, ks = ks, pair_distance = smd
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
