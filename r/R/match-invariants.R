#' Check what any match must have
#'
#' MatchIt 4.5.1 to 4.5.3 pair units that are not the nearest, ignore calipers and take one control
#' several times, and say nothing. So each match is checked: no control twice in a row, none reused
#' without replacement, at most `ratio` in a row, no pair beyond the caliper, nearest means nearest,
#' weights as the pairs ask for.
#'
#' @param match_matrix Integer matrix of positions, focal units x ratio, focal units in frame order.
#' @param weights Matching weights, one per row of the frame.
#' @param scores Scores that were matched on.
#' @param treated 0/1 vector: who is given partners.
#' @param section Section `matching` of a study.
#' @param caliper Largest distance allowed in units of the score, below 0 the smallest, or `NULL`.
#' @param columns A list as from `restricting_columns()`.
#' @param kept Logical vector: units that are not discarded.
#'
#' @return Literal messages, `character(0)` if all is well.
#' @noRd
broken_rules <- function(match_matrix, weights, scores, treated, section, caliper, columns = list(),
                         kept = rep_len(TRUE, length(scores))) {
  caliper <- if (is.null(caliper)) Inf else caliper
  plain <- all(kept) && !length(columns) && caliper > 0 && most_uses(section) %in% c(1, Inf)
  broken <- broken_pairs(match_matrix, treated, section)
  if (length(broken)) {
    return(broken)
  }
  c(
    if (caliper > 0) broken_caliper(match_matrix, scores, treated, caliper),
    broken_restrictions(match_matrix, treated, may_pair(section, scores, columns, kept)),
    if (plain) {
      broken_nearness(match_matrix, scores, treated, caliper, section)
    } else {
      passed_over(match_matrix, scores, treated, section, columns, kept)
    },
    broken_weights(match_matrix, weights, treated)
  )
}

#' Stop where a match breaks its own rules
#'
#' @param broken Literal messages as from `broken_rules()`.
#' @param call Frame of the function to name in an error.
#'
#' @return Nothing; raises `ermbridge_error_invariant` naming MatchIt and its version.
#' @noRd
refuse_broken <- function(broken, call = rlang::caller_env()) {
  if (length(broken)) {
    version <- as.character(utils::packageVersion("MatchIt"))
    refuse("invariant", c(
      "MatchIt {version} returned a match that breaks its own rules.",
      stats::setNames(broken, rep("x", length(broken))),
      i = "Install MatchIt 4.7.1."
    ), call = call)
  }
}

#' Describe pairs that must not be
#'
#' @inheritParams broken_rules
#' @return Literal messages, `character(0)` if all is well.
#' @noRd
broken_pairs <- function(match_matrix, treated, section) {
  filled <- match_matrix[!is.na(match_matrix)]
  row <- row(match_matrix)[!is.na(match_matrix)]
  c(
    if (nrow(match_matrix) != sum(treated)) "The match matrix does not have one row for each treated unit.",
    if (ncol(match_matrix) > most_partners(section)) "A treated unit has more controls than the ratio.",
    if (any(treated[filled] == 1)) "A treated unit is used as a control.",
    if (anyDuplicated(cbind(row, filled))) "A treated unit has the same control twice.",
    if (!section[["replace"]] && anyDuplicated(filled)) "A control is used twice without replacement.",
    if (any(tabulate(filled) > most_uses(section))) "A control is used more often than allowed."
  )
}

#' Describe pairs that a caliper, exact or antiexact forbids
#'
#' @inheritParams broken_rules
#' @param may A function as from `may_pair()`.
#' @return Literal messages, `character(0)` if all is well.
#' @noRd
broken_restrictions <- function(match_matrix, treated, may) {
  filled <- !is.na(match_matrix)
  rows <- which(treated == 1)[row(match_matrix)[filled]]
  if (all(may(rows, match_matrix[filled]))) character() else "A pair is not allowed by calipers, exact or antiexact."
}

#' Describe partners that were passed over, by looking at every pair
#'
#' A control that could still be used at the end could be used all the time. With rows that are one unit no
#' more can be said.
#'
#' @inheritParams broken_rules
#' @return Literal messages, `character(0)` if all is well.
#' @noRd
passed_over <- function(match_matrix, scores, treated, section, columns, kept = rep_len(TRUE, length(scores))) {
  uses <- tabulate(match_matrix[!is.na(match_matrix)], length(treated))
  spare <- which(treated == 0 & uses < most_uses(section))
  if (!length(spare) || !is.null(columns[["unit1"]])) {
    return(character())
  }
  may <- may_pair(section, scores, columns, kept)
  rows <- which(treated == 1)
  wanted <- wanted_partners(section, scores, treated)
  # A million rows have too many pairs to look at.
  looked_at <- seq_len(min(length(rows), max(1, 2e7 %/% length(spare))))
  for (i in looked_at) {
    own <- stats::na.omit(match_matrix[i, ])
    within <- if (length(own) < wanted[i]) Inf else max(abs(scores[rows[i]] - scores[own]))
    near <- spare[abs(scores[rows[i]] - scores[spare]) < within]
    near <- near[may(rows[i], near)]
    if (length(setdiff(near, own))) {
      return("A treated unit is not matched with its nearest controls.")
    }
  }
  character()
}

#' Describe pairs beyond the caliper
#'
#' @inheritParams broken_rules
#' @param caliper Largest distance allowed, `Inf` for none.
#' @return Literal messages, `character(0)` if all is well.
#' @noRd
broken_caliper <- function(match_matrix, scores, treated, caliper) {
  distances <- pair_distances(match_matrix, scores, treated)
  if (any(distances > caliper + 1e-12, na.rm = TRUE)) "A pair is farther apart than the caliper." else character()
}

#' Describe pairs that are not the nearest
#'
#' With replacement the distances of each treated unit must be its smallest ones, as many as the caliper
#' allows. Without, a control that nobody has was free all the time: it must not be nearer than any
#' control of a treated unit, nor within the caliper of one that has fewer than `ratio`.
#'
#' @inheritParams broken_rules
#' @param caliper Largest distance allowed, `Inf` for none.
#' @return Literal messages, `character(0)` if all is well.
#' @noRd
broken_nearness <- function(match_matrix, scores, treated, caliper, section) {
  found <- pair_distances(match_matrix, scores, treated)
  controls <- which(treated == 0)
  if (section[["replace"]]) {
    best <- nearest_distances(scores[treated == 1], scores[controls], ncol(match_matrix))
    best[best > caliper] <- Inf
    found[is.na(found)] <- Inf
    wanted <- if (is.finite(most_partners(section))) wanted_partners(section, scores, treated) else rowSums(is.finite(found))
    best[col(best) > wanted] <- Inf
    off <- differ(sort_rows(found), best)
  } else {
    free <- setdiff(controls, match_matrix)
    if (!length(free)) {
      return(character())
    }
    best <- drop(nearest_distances(scores[treated == 1], scores[free], 1L))
    worst <- found
    worst[is.na(worst)] <- Inf
    worst[col(worst) > wanted_partners(section, scores, treated)] <- 0
    off <- best < apply(worst, 1, max) - 1e-12 & best <= caliper
  }
  if (any(off)) "A treated unit is not matched with its nearest controls." else character()
}

#' Describe weights that do not follow from the pairs
#'
#' @inheritParams broken_rules
#' @return Literal messages, `character(0)` if all is well.
#' @noRd
broken_weights <- function(match_matrix, weights, treated) {
  expected <- pair_weights(match_matrix, treated)
  if (any(abs(expected - weights) > 1e-9)) "The weights do not follow from the pairs." else character()
}

#' Matching weights that follow from the pairs
#'
#' @inheritParams broken_rules
#' @return Double vector: 1 for a matched treated unit; for a control the sum over its treated of one
#'   divided by the number of their controls, scaled to average 1 over the matched controls; else 0.
#' @noRd
pair_weights <- function(match_matrix, treated) {
  filled <- !is.na(match_matrix)
  count <- rowSums(filled)
  weights <- double(length(treated))
  share <- rowsum((1 / count)[row(match_matrix)[filled]], match_matrix[filled])
  weights[as.integer(rownames(share))] <- share / mean(share)
  weights[treated == 1] <- as.double(count > 0)
  weights
}

#' Distance of each pair
#'
#' @inheritParams broken_rules
#' @return Double matrix like `match_matrix`, `NA` where there is no pair.
#' @noRd
pair_distances <- function(match_matrix, scores, treated) {
  abs(scores[treated == 1] - matrix(scores[match_matrix], nrow(match_matrix), ncol(match_matrix)))
}

#' Distances of the nearest controls, whoever they are
#'
#' @param scores Scores of the treated.
#' @param controls Scores of the controls.
#' @param k Number of controls wanted.
#'
#' @return Double matrix, treated x k, ascending in each row, `Inf` where there are fewer than k.
#' @noRd
nearest_distances <- function(scores, controls, k) {
  sorted <- sort(controls)
  below <- findInterval(scores, sorted)
  # The k nearest lie among the k below and the k above.
  candidates <- outer(below, seq(1 - k, k), "+")
  candidates[candidates < 1 | candidates > length(sorted)] <- NA
  distances <- abs(scores - matrix(sorted[candidates], length(scores)))
  distances[is.na(distances)] <- Inf
  sort_rows(distances)[, seq_len(k), drop = FALSE]
}

#' Sort each row of a matrix
#'
#' @param x Numeric matrix without missing values.
#' @return The matrix with ascending rows.
#' @noRd
sort_rows <- function(x) {
  matrix(x[order(row(x), x)], nrow(x), ncol(x), byrow = TRUE)
}

#' Tell where two numbers differ by more than rounding
#'
#' @param a,b Numeric, may hold `Inf`.
#' @return Logical.
#' @noRd
differ <- function(a, b) a != b & !(abs(a - b) <= 1e-12)
