#' Bound the one-sided p value of the signed rank statistic under hidden bias
#'
#' Two units of a pair may differ in their odds of treatment by a factor of at most gamma, through something that was
#' not observed. Pairs without a difference keep their rank and add nothing, as in Rosenbaum (2002), Observational
#' Studies, 2nd ed., section 4.3; large-sample normal, without a correction for continuity.
#'
#' @param differences Double vector: outcome of the treated unit minus that of its control, one per pair.
#' @param gamma Double vector of numbers from 1.
#' @return A list of `low`, `high` (one per gamma; `NaN` where no pair differs) and `above`: whether the p values are
#'   against a positive effect, the direction that the pairs show, or against a negative one.
#' @noRd
signed_rank_bounds <- function(differences, gamma) {
  ranks <- rank(abs(differences)) * (differences != 0)
  above <- sum(ranks * sign(differences)) >= 0
  statistic <- sum(ranks[if (above) differences > 0 else differences < 0])
  p_value <- function(chance) {
    z <- (statistic - chance * sum(ranks)) / sqrt(chance * (1 - chance) * sum(ranks^2))
    stats::pnorm(z, lower.tail = FALSE)
  }
  list(low = p_value(1 / (1 + gamma)), high = p_value(gamma / (1 + gamma)), above = above)
}

#' Bound the exact p value of McNemar's test under hidden bias
#'
#' @inheritParams signed_rank_bounds
#' @param differences As there, of an outcome of 0 and 1.
#' @return A list as there; p values of 1 where no pair differs.
#' @noRd
mcnemar_bounds <- function(differences, gamma) {
  counts <- c(sum(differences > 0), sum(differences < 0))
  p_value <- function(chance) {
    stats::pbinom(max(counts) - 1, sum(counts), chance, lower.tail = FALSE)
  }
  list(low = p_value(1 / (1 + gamma)), high = p_value(gamma / (1 + gamma)), above = counts[1] >= counts[2])
}

#' Bound the Hodges-Lehmann estimate under hidden bias
#'
#' The effect that, taken off the differences, leaves the signed rank statistic at its mean: a quantile of the means of
#' any two differences. Exact, where `hlsens()` of the package rbounds goes in steps.
#'
#' @inheritParams signed_rank_bounds
#' @return A list of `low` and `high`, in units of the outcome, one per gamma.
#' @noRd
hodges_lehmann_bounds <- function(differences, gamma) {
  pairs <- length(differences) * (length(differences) + 1) / 2
  at <- function(share) {
    place <- pairs * share
    whole <- abs(place - round(place)) <= 1e-12 * place
    first <- ifelse(whole, round(place), ceiling(place))
    (mean_of_two(differences, first) + mean_of_two(differences, first + whole)) / 2
  }
  list(low = at(1 / (1 + gamma)), high = at(gamma / (1 + gamma)))
}

#' Order statistics of the means of any two numbers
#'
#' Numbers are paired a column of the table of sums at a time: those of one column ascend, so that a table of all sums
#' is not needed where there are many. The search then is by halves, to the last bit.
#'
#' @param x Double vector.
#' @param place Whole numbers from 1: which means, a number with itself included, in ascending order.
#' @return Double vector.
#' @noRd
mean_of_two <- function(x, place) {
  x <- sort(x)
  n <- length(x)
  if (n <= 2000) {
    sums <- outer(x, x, "+")
    return(sort(sums[row(sums) <= col(sums)])[place] / 2)
  }
  # How many partners, from oneself on, make a sum of at most a limit.
  partners <- function(limit) pmax(0, findInterval(limit - x, x) - seq_len(n) + 1)
  vapply(place, function(k) {
    low <- 2 * x[1] - 1
    high <- 2 * x[n]
    for (step in 1:80) {
      middle <- low + (high - low) / 2
      if (sum(partners(middle)) >= k) high <- middle else low <- middle
    }
    high / 2
  }, double(1))
}

#' E-value of a risk ratio
#'
#' VanderWeele and Ding (2017), Annals of Internal Medicine 167, 268-274; `EValue::evalues.RR()`.
#'
#' @param ratio Numbers above 0.
#' @return Numbers from 1.
#' @noRd
e_value <- function(ratio) {
  ratio <- pmax(ratio, 1 / ratio)
  ratio + sqrt(ratio * (ratio - 1))
}

#' E-values of an effect and of the limit of its interval that is nearer to none
#'
#' A difference of means becomes a risk ratio of about exp(.91 d), with the 95 % interval exp(.91 d -/+ 1.78 s).
#'
#' @param estimate,std_error,std_dev Numbers in units of the outcome; `std_dev` is that of the outcome.
#' @return A named double vector: `point` and `limit`.
#' @noRd
e_values <- function(estimate, std_error, std_dev) {
  away <- abs(estimate / std_dev)
  nearer <- max(0, .91 * away - 1.78 * std_error / std_dev)
  c(point = e_value(exp(.91 * away)), limit = e_value(exp(nearer)))
}
