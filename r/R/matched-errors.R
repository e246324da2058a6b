#' Kinds of standard error of a matched effect
#'
#' @return A named list of functions of a `sample` as in `matched_rows()`.
#' @noRd
matched_errors <- function() list(psmatch2 = error_psmatch2, pair_and_unit = error_pair_and_unit)

#' Standard error of Stata's psmatch2
#'
#' The variance is `s1^2 / N1 + s0^2 * sum(w^2) / N1^2` (psmatch2 4.0.12, Leuven and Sianesi): `s1^2` the
#' variance of the outcome over the N1 matched treated, `s0^2` unweighted over the distinct matched
#' controls, `w` their weights scaled to add up to N1.
#'
#' @param sample A list as in `matched_rows()`.
#' @return A number.
#' @noRd
error_psmatch2 <- function(sample) {
  one <- sample$treated == 1 & sample$weights > 0
  zero <- sample$treated == 0 & sample$weights > 0
  n1 <- sum(one)
  w <- sample$weights[zero] / sum(sample$weights[zero]) * n1
  variance <- stats::var(sample$outcome[one]) / n1 + stats::var(sample$outcome[zero]) * sum(w^2) / n1^2
  root_of_variance(variance, sample$outcome)
}

#' Standard error clustered by pair and by unit
#'
#' [sandwich::vcovCL()] (type HC1) of the weighted regression of the outcome on the treatment, over the rows
#' that [MatchIt::get_matches()] gives: a control stands in each set that it serves.
#'
#' @param sample A list as in `matched_rows()`.
#' @return A number.
#' @noRd
error_pair_and_unit <- function(sample) {
  sets <- matched_sets(sample$match_matrix, sample$treated)
  sets$outcome <- sample$outcome[sets$unit]
  fit <- stats::lm(outcome ~ treated, sets, weights = sets$weight)
  variance <- sandwich::vcovCL(fit, cluster = sets[c("set", "unit")])["treated", "treated"]
  by_row <- sandwich::vcovCL(fit, cluster = seq_len(nrow(sets)))["treated", "treated"]
  # What rounding leaves of variances that cancel.
  if (!is.na(variance) && abs(variance) <= rounding() * by_row) variance <- 0
  root_of_variance(variance, sample$outcome)
}

#' Share of the largest number below which a difference is rounding
#'
#' @return A number.
#' @noRd
rounding <- function() 1e-14

#' A standard error from its variance
#'
#' @param variance A number, or `NA`.
#' @param outcome Double vector.
#' @return 0 where the error is no more than the rounding of the outcome; `NaN` of a negative or missing variance.
#' @noRd
root_of_variance <- function(variance, outcome) {
  if (is.na(variance)) {
    return(NaN)
  }
  if (abs(variance) <= (rounding() * max(abs(outcome)))^2) {
    return(0)
  }
  if (variance < 0) NaN else sqrt(variance)
}

#' The rows of matched sets
#'
#' @param match_matrix Matrix of positions, treated x ratio, treated in frame order, `NA` for none.
#' @param treated 0/1 vector.
#' @param call Frame of the function to name in an error.
#'
#' @return Data frame with a row for the treated unit of each set and for each of its k controls: `set`,
#'   `unit` (position in the frame), `treated`, `weight` (1 and 1/k).
#' @noRd
matched_sets <- function(match_matrix, treated, call = rlang::caller_env()) {
  if (is.null(match_matrix) || nrow(match_matrix) != sum(treated)) {
    refuse("input", "Stage {.val effect} needs the artefact {.val match_matrix} with a row for each treated unit.",
      call = call
    )
  }
  filled <- !is.na(match_matrix)
  found <- rowSums(filled)
  set <- which(found > 0)
  in_pairs <- row(match_matrix)[filled]
  data.frame(
    set = c(set, in_pairs), unit = c(which(treated == 1)[set], match_matrix[filled]),
    treated = rep(c(1, 0), c(length(set), sum(filled))), weight = c(rep(1, length(set)), 1 / found[in_pairs])
  )
}
