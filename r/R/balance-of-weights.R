#' Rows on the balance of the covariates, by weights alone
#'
#' In plain R, for matches that MatchIt does not know; the definitions are those of MatchIt's `summary()`. Weights may be
#' negative, which [stats::cov.wt()] refuses.
#'
#' @param covariates A list as from `balance_columns()`.
#' @param section Section `matching` of a study.
#' @param treated 0/1 vector.
#' @param weights Double vector, 0 for rows that are not matched.
#' @param distance Scores, or `NULL`.
#' @return A data frame of rows.
#' @noRd
weighted_balance_rows <- function(covariates, section, treated, weights, distance = NULL) {
  columns <- c(covariates$columns, list(distance))
  terms <- c(covariates$terms, "(distance)")
  notes <- ifelse(c(covariates$constant, FALSE), pooled_note(), "")
  take <- function(component, weights) {
    found <- vapply(columns, compare_groups, double(3), one = treated == 1, weights = weights)
    smd <- smd_defined(columns, treated, weights)
    ratio <- ratio_defined(columns, treated, weights)
    ks <- ks_defined(columns, treated, weights)
    bind_rows(
      make_rows("smd", found["smd", smd], terms[smd], component, notes[smd]),
      make_rows("variance_ratio", found["ratio", ratio], terms[ratio], component),
      make_rows("ks", found["ks", ks], terms[ks], component)
    )
  }
  bind_rows(take("before", rep_len(1, length(treated))), take("after", weights))
}

#' Compare two groups on one column
#'
#' @param x Double vector.
#' @param one Logical vector: the treated.
#' @param weights Double vector.
#' @return `smd`, `ratio` and `ks`.
#' @noRd
compare_groups <- function(x, one, weights) {
  binary <- all(x == 0 | x == 1)
  x <- if (binary) x else x - mean(x)
  mean_of <- function(rows) stats::weighted.mean(x[rows], weights[rows])
  variance_of <- function(rows) {
    share <- weights[rows] / sum(weights[rows])
    sum(share * (x[rows] - mean_of(rows))^2) / (1 - sum(share^2))
  }
  spread <- if (binary) sqrt(mean(x[one]) * (1 - mean(x[one]))) else stats::sd(x[one])
  if (!isTRUE(spread >= sqrt(.Machine$double.eps))) {
    squares <- sum((x[one] - mean(x[one]))^2) + sum((x[!one] - mean(x[!one]))^2)
    spread <- sqrt(squares / (length(x) - !binary))
  }
  difference <- mean_of(one) - mean_of(!one)
  share <- ifelse(one, weights / sum(weights[one]), -weights / sum(weights[!one]))
  gap <- abs(cumsum(rowsum(share, match(x, sort(unique(x))))))
  c(
    smd = if (abs(difference) > sqrt(.Machine$double.eps)) difference / spread else difference,
    ratio = variance_of(one) / variance_of(!one), ks = if (binary) abs(difference) else max(gap)
  )
}
