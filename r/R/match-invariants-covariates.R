#' Check what a match on covariates, or on given distances, must have
#'
#' As `broken_rules()` for matches whose distance is not that of one score. MatchIt 4.7.1 drops pairs where a caliper
#' is on the very column that it walks along (Euclidean distance, caliper on the first covariate): it then holds
#' the square of the difference against the caliper. 4.7.2 holds wrong differences against it within exact strata.
#' Neither says so.
#'
#' @param match_matrix Integer matrix of positions, focal units x columns, focal units in frame order.
#' @param weights Matching weights, one per row of the frame.
#' @param focal Logical vector: who is given partners.
#' @param distance Function of two vectors of positions, the first focal, to their distances; see
#'   `distance_in_coordinates()` and `distance_in_table()`.
#' @param wanted How many partners each focal unit may have: one number or one for each.
#' @param reuse How many focal units a partner may serve.
#' @param rules List with what pairs must fulfil, all optional: `calipers`, a list of lists of `values` (one per row of
#'   the frame) and `width` (negative: farther apart than its size); `strata`, codes that must be equal; `apart`, a
#'   list of codes of which none may be equal; `usable`, logical; `units`, codes of rows that count as one.
#'
#' @return Literal messages, `character(0)` if all is well.
#' @noRd
broken_pairing <- function(match_matrix, weights, focal, distance, wanted, reuse, rules = list()) {
  wanted <- rep_len(wanted, sum(focal))
  broken <- broken_partners(match_matrix, focal, wanted, reuse, rules)
  if (length(broken)) {
    return(broken)
  }
  c(
    broken_conditions(match_matrix, focal, rules),
    broken_preference(match_matrix, focal, distance, wanted, reuse, rules),
    broken_weights(match_matrix, weights, as.double(focal))
  )
}

#' Euclidean distance of rows of a matrix
#'
#' @param coordinates Double matrix of n rows.
#' @return A function of two vectors of positions.
#' @noRd
distance_in_coordinates <- function(coordinates) {
  function(one, other) sqrt(rowSums((coordinates[one, , drop = FALSE] - coordinates[other, , drop = FALSE])^2))
}

#' Distance that stands in a table
#'
#' @param table Double matrix, treated x controls in frame order.
#' @param treated 0/1 vector.
#' @return A function of two vectors of positions, of which one holds treated units and the other controls.
#' @noRd
distance_in_table <- function(table, treated) {
  number <- ifelse(treated == 1, cumsum(treated == 1), cumsum(treated == 0))
  function(one, other) {
    first <- treated[one] == 1
    table[cbind(number[ifelse(first, one, other)], number[ifelse(first, other, one)])]
  }
}

#' Describe partners that cannot be, or not so often
#'
#' @inheritParams broken_pairing
#' @return Literal messages, `character(0)` if all is well.
#' @noRd
broken_partners <- function(match_matrix, focal, wanted, reuse, rules) {
  filled <- !is.na(match_matrix)
  partner <- match_matrix[filled]
  row <- row(match_matrix)[filled]
  if (nrow(match_matrix) != sum(focal)) {
    return("The match matrix does not have one row for each unit that is given partners.")
  }
  who <- if (is.null(rules$units)) partner else rules$units[partner]
  c(
    if (any(rowSums(filled) > wanted)) "A unit has more partners than it may.",
    if (any(focal[partner])) "A unit is matched with one of its own group.",
    if (anyDuplicated(cbind(row, partner))) "A unit has the same partner twice.",
    if (reuse < sum(focal) && any(tabulate(match(who, unique(who))) > reuse)) "A partner is used too often.",
    if (any(!usable_pairs(which(focal)[row], partner, rules))) "A discarded unit is matched."
  )
}

#' Describe pairs that calipers or columns forbid
#'
#' @inheritParams broken_pairing
#' @return Literal messages, `character(0)` if all is well.
#' @noRd
broken_conditions <- function(match_matrix, focal, rules) {
  filled <- !is.na(match_matrix)
  allowed <- allowed_pairs(which(focal)[row(match_matrix)[filled]], match_matrix[filled], rules)
  if (!all(allowed)) "A pair is forbidden by a caliper or by exact or antiexact columns." else character()
}

#' Describe partners who were passed over
#'
#' A partner who can still be used at the end could be used all the time: then nobody may have a farther one, or
#' fewer than wanted, with whom it could be paired. Where rows count as one unit nothing follows. At most about
#' `most` pairs are looked at.
#'
#' @inheritParams broken_pairing
#' @param most A number of pairs.
#' @return Literal messages, `character(0)` if all is well.
#' @noRd
broken_preference <- function(match_matrix, focal, distance, wanted, reuse, rules, most = 2e7) {
  units <- which(focal)
  used <- tabulate(match_matrix[!is.na(match_matrix)], length(focal))
  spare <- which(!focal & used < reuse)
  if (!is.null(rules$units) || !length(spare)) {
    return(character())
  }
  looked_at <- seq_len(min(length(units), max(1, most %/% length(spare))))
  over <- vapply(looked_at, function(i) {
    own <- match_matrix[i, !is.na(match_matrix[i, ])]
    others <- setdiff(spare, own)
    here <- rep_len(units[i], length(others))
    others <- others[usable_pairs(here, others, rules) & allowed_pairs(here, others, rules)]
    farthest <- if (length(own) < wanted[i]) Inf else max(distance(rep_len(units[i], length(own)), own))
    reached <- distance(rep_len(units[i], length(others)), others)
    # A matrix may forbid pairs by distances that are not finite.
    any(is.finite(reached) & reached < farthest * (1 - 1e-9))
  }, logical(1))
  if (any(over)) "A unit is not matched with its nearest partners." else character()
}

#' Tell which pairs may be
#'
#' @param one,other Positions, as many of one as of the other.
#' @inheritParams broken_pairing
#' @return Logical vector.
#' @noRd
allowed_pairs <- function(one, other, rules) {
  allowed <- rep_len(TRUE, length(one))
  for (caliper in rules$calipers) {
    gap <- abs(caliper$values[one] - caliper$values[other])
    allowed <- allowed & if (caliper$width >= 0) gap <= caliper$width else gap > -caliper$width
  }
  if (!is.null(rules$strata)) {
    allowed <- allowed & rules$strata[one] == rules$strata[other]
  }
  for (codes in rules$apart) {
    allowed <- allowed & codes[one] != codes[other]
  }
  allowed
}

#' Tell which pairs hold no discarded unit
#'
#' @inheritParams allowed_pairs
#' @return Logical vector.
#' @noRd
usable_pairs <- function(one, other, rules) {
  if (is.null(rules$usable)) rep_len(TRUE, length(one)) else rules$usable[one] & rules$usable[other]
}
