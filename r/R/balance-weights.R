#' Balance of columns from weights alone
#'
#' In plain R, for matches that MatchIt does not know; the definitions are those of MatchIt's `summary()`.
#'
#' @param columns List of double vectors, one value per row of the frame.
#' @param sample List of `treated` (0/1), `weights` (of the match), `sampling` (weights or `NULL`) and `apart`
#'   (function of a column, or `NULL`).
#' @param denominator Whose standard deviation differences are divided by.
#' @return A list of two data frames, `before` and `after`, one row per column: `mean_treated`, `mean_control`,
#'   `smd`, `variance_ratio`, `ecdf_mean`, `ks` and `pair_distance`.
#' @noRd
weighted_numbers <- function(columns, sample, denominator) {
  deviations <- vapply(columns, column_deviation, numeric(1), sample = sample, denominator = denominator)
  own <- own_weights(sample)
  numbers <- lapply(list(before = own, after = own * sample$weights), function(weights) {
    rows <- Map(compare_column, columns, deviations, MoreArgs = list(treated = sample$treated, weights = weights))
    do.call(rbind, unname(rows))
  })
  apart <- if (is.null(sample$apart)) NA_real_ else vapply(columns, sample$apart, numeric(1)) / deviations
  numbers$before$pair_distance <- NA_real_
  numbers$after$pair_distance <- apart
  numbers
}

#' Compare two groups on one column
#'
#' @param x Double vector.
#' @param deviation Standard deviation to divide by.
#' @param treated 0/1 vector.
#' @param weights Double vector.
#' @return A data frame of one row.
#' @noRd
compare_column <- function(x, deviation, treated, weights) {
  one <- treated == 1
  means <- c(stats::weighted.mean(x[one], weights[one]), stats::weighted.mean(x[!one], weights[!one]))
  binary <- all(x == 0 | x == 1)
  gaps <- if (binary) rep(abs(means[1] - means[2]), 2) else distribution_gaps(x, one, weights)
  data.frame(
    mean_treated = means[1], mean_control = means[2], smd = standardise(means[1] - means[2], deviation),
    variance_ratio = weighted_variance(x[one], weights[one]) / weighted_variance(x[!one], weights[!one]),
    ecdf_mean = gaps[1], ks = gaps[2]
  )
}

#' Mean and largest distance of two weighted cumulative distributions, over the distinct values
#'
#' @inheritParams compare_column
#' @param one Logical vector: the first group.
#' @return Two numbers.
#' @noRd
distribution_gaps <- function(x, one, weights) {
  mass <- cbind(ifelse(one, weights / sum(weights[one]), 0), ifelse(one, 0, weights / sum(weights[!one])))
  steps <- rowsum(mass, match(x, sort(unique(x))))
  gaps <- abs(cumsum(steps[, 1]) - cumsum(steps[, 2]))
  c(mean(gaps), max(gaps))
}

#' Weighted variance as of [stats::cov.wt()], which takes no negative weights; `NaN` for a single unit with weight
#' and where negative weights leave no degrees of freedom
#'
#' @inheritParams compare_column
#' @return A number.
#' @noRd
weighted_variance <- function(x, weights) {
  if (sum(weights != 0) < 2) {
    return(NaN)
  }
  share <- weights / sum(weights)
  freedom <- 1 - sum(share^2)
  if (freedom > 0) sum(share * (x - sum(share * x))^2) / freedom else NaN
}

#' Standard deviation by which the difference of a column is divided
#'
#' Of the unmatched sample; sqrt(p (1 - p)) for zeros and ones. Where it is 0, the pooled one within groups.
#'
#' @inheritParams weighted_numbers
#' @param x Double vector.
#' @return A number.
#' @noRd
column_deviation <- function(x, sample, denominator) {
  one <- sample$treated == 1
  weights <- own_weights(sample)
  binary <- all(x == 0 | x == 1)
  variance <- function(rows) {
    share <- weights[rows] / sum(weights[rows])
    if (binary) sum(share * x[rows]) * (1 - sum(share * x[rows])) else weighted_variance(x[rows], weights[rows])
  }
  found <- switch(denominator,
    treated = variance(one),
    control = variance(!one),
    pooled = (variance(one) + variance(!one)) / 2,
    all = variance(rep(TRUE, length(x)))
  )
  if (is.finite(found) && sqrt(found) >= negligible()) {
    return(sqrt(found))
  }
  centred <- x - ifelse(one, stats::weighted.mean(x[one], weights[one]), stats::weighted.mean(x[!one], weights[!one]))
  share <- weights / sum(weights)
  sqrt(sum(share * centred^2) / if (binary) 1 else 1 - sum(share^2))
}

#' Divide differences of means; those that are nothing but rounding stay, as MatchIt has it
#'
#' @param difference,deviation Numbers.
#' @return Numbers.
#' @noRd
standardise <- function(difference, deviation) {
  ifelse(abs(difference) > negligible(), difference / deviation, difference)
}

#' The size below which MatchIt standardises nothing
#'
#' @return A number.
#' @noRd
negligible <- function() sqrt(.Machine$double.eps)

#' Sampling weights of a sample, 1 where there are none
#'
#' @inheritParams weighted_numbers
#' @return Double vector.
#' @noRd
own_weights <- function(sample) {
  if (is.null(sample$sampling)) rep_len(1, length(sample$treated)) else sample$sampling
}

#' Mean distance within the pairs of a match matrix
#'
#' @param x Double vector.
#' @param match_matrix Integer matrix of positions, `NA` for none.
#' @param focal Positions of the units that its rows belong to.
#' @return A number.
#' @noRd
matrix_distance <- function(x, match_matrix, focal) {
  mean(abs(x[focal] - matrix(x[match_matrix], nrow(match_matrix))), na.rm = TRUE)
}

#' Mean distance over all pairs of treated and control of a set
#'
#' Not the pairs are added up: each step between neighbouring values of a set counts as often as pairs lie
#' around it.
#'
#' @param x Double vector.
#' @param treated 0/1 vector.
#' @param sets Set of each row, `NA` for none.
#' @return A number.
#' @noRd
set_distance <- function(x, treated, sets) {
  parts <- lapply(split(which(!is.na(sets)), sets[!is.na(sets)], drop = TRUE), function(rows) {
    rows <- rows[order(x[rows])]
    one <- cumsum(treated[rows] == 1)
    other <- seq_along(rows) - one
    all <- c(one[length(rows)], other[length(rows)])
    around <- one * (all[2] - other) + other * (all[1] - one)
    c(sum(diff(x[rows]) * around[-length(rows)]), prod(all))
  })
  totals <- Reduce(`+`, parts, c(0, 0))
  if (totals[2] > 0) totals[1] / totals[2] else NA_real_
}

#' Sizes of the groups, from weights alone
#'
#' @inheritParams weighted_balance_rows
#' @return A matrix like `summary()$nn` of MatchIt.
#' @noRd
weighted_sizes <- function(treated, weights, sampling = NULL, discarded = NULL) {
  own <- if (is.null(sampling)) rep_len(1, length(treated)) else sampling
  out <- if (is.null(discarded)) rep_len(FALSE, length(treated)) else discarded
  matching <- weights * own
  effective <- function(w) if (any(w != 0)) sum(w)^2 / sum(w^2) else NA_real_
  column <- function(group) {
    c(
      "All (ESS)" = effective(own[group]), "All" = sum(group), "Matched (ESS)" = effective(matching[group]),
      "Matched" = sum(matching[group] != 0), "Unmatched" = sum(matching[group] == 0 & !out[group]),
      "Discarded" = sum(out[group])
    )
  }
  cbind(Control = column(treated == 0), Treated = column(treated == 1))
}
