#' Kernels
#'
#' Each is a function of `u`, the distance in bandwidths, for `u` within its reach. They are not scaled to integrate to
#' 1: a unit's weights are divided by their sum.
#'
#' @return A named list of functions.
#' @noRd
kernels <- function() {
  list(
    epanechnikov = function(u) 1 - u^2,
    normal = function(u) exp(-u^2 / 2),
    biweight = function(u) (1 - u^2)^2,
    tricube = function(u) (1 - abs(u)^3)^3,
    uniform = function(u) rep_len(1, length(u))
  )
}

#' Weights of radius, kernel and local linear matching
#'
#' Every focal unit spreads the weight 1 over all partners within reach. MatchIt knows no such method, so this is plain
#' R, a block of focal units at a time. Sources: Heckman, Ichimura and Todd (1997, 1998); for local lines Fan (1992);
#' the same as Stata's `psmatch2`, options `radius`, `kernel` and `llr` with another kernel than `epan`.
#'
#' @param scores Double vector of scores.
#' @param focal Logical vector: who is given partners.
#' @param strata Vector, one value per row: partners must have the same. `NULL`: anyone.
#' @param usable Logical vector, or `NULL` for everyone.
#' @param line Whether a line is fitted to the partners, in place of their mean.
#' @param kernel A name of `kernels()`.
#' @param bandwidth Half width of the kernel, in units of the score; of the normal kernel its standard deviation.
#'
#' @return Double vector: 1 for a matched focal unit; for a partner the sum of what it is given, scaled to average 1
#'   over the partners that count; 0 for who is not matched.
#' @noRd
smoothing_weights <- function(scores, focal, line, kernel, bandwidth, strata = NULL, usable = NULL) {
  usable <- if (is.null(usable)) rep_len(TRUE, length(scores)) else usable
  strata <- if (is.null(strata)) rep_len(1L, length(scores)) else strata
  weights <- double(length(scores))
  for (rows in split(which(usable), strata[usable])) {
    units <- rows[focal[rows]]
    partners <- rows[!focal[rows]]
    size <- max(1, 2e6 %/% max(1, length(partners)))
    for (block in split(units, (seq_along(units) - 1) %/% size)) {
      shares <- partner_shares(scores[partners], scores[block], line, kernel, bandwidth)
      weights[partners] <- weights[partners] + colSums(shares$given)
      weights[partners] <- ifelse(weights[partners] == 0 & colSums(shares$reached) > 0, 1e-250, weights[partners])
      weights[block] <- as.double(rowSums(shares$reached) > 0)
    }
  }
  used <- !focal & weights != 0
  weights[used] <- weights[used] * sum(used) / sum(weights[focal])
  weights
}

#' What each unit gives to each partner
#'
#' @param partners,units Double vectors of scores.
#' @inheritParams smoothing_weights
#'
#' @return A list of two matrices, units x partners: `given`, each row sums to 1 or, where nobody is within reach, 0;
#'   `reached`, which partners count, `FALSE` throughout for a unit that is not matched.
#' @noRd
partner_shares <- function(partners, units, line, kernel, bandwidth) {
  distance <- outer(units, partners, function(unit, partner) partner - unit)
  nearest <- max.col(-abs(distance), ties.method = "first")
  u <- distance / bandwidth
  value <- array(kernels()[[kernel]](u), dim(u))
  if (kernel == "normal") {
    # Relative to the largest one: it vanishes for no unit.
    closest <- u[cbind(seq_along(units), nearest)]
    value <- exp((closest^2 - u^2) / 2)
  }
  value[switch(kernel,
    uniform = abs(distance) > bandwidth,
    normal = value < 1e-250,
    abs(distance) >= bandwidth
  )] <- 0
  reached <- value > 0
  share <- value / pmax(rowSums(value), .Machine$double.xmin)
  if (!line) {
    return(list(given = share, reached = reached))
  }
  given <- line_shares(share, partners, units, partners[nearest], bandwidth)
  list(given = given, reached = reached & rowSums(given) != 0)
}

#' Turn weights of a mean into those of a line
#'
#' The height at the unit of a line fitted to the partners by weighted least squares is a weighted sum of their
#' outcomes. Places are seen from the nearest partner, so that a mean close to it keeps its digits.
#'
#' @param share Double matrix, units x partners; a row sums to 1, or is 0.
#' @param partners,units,nearest Scores; `nearest` that of each unit's nearest partner.
#' @param bandwidth A number.
#' @return Double matrix like `share`; a row of 0 where the partners' scores have a standard deviation below 1e-5
#'   bandwidths.
#' @noRd
line_shares <- function(share, partners, units, nearest, bandwidth) {
  place <- outer(nearest, partners, function(from, to) to - from) / bandwidth
  own <- (units - nearest) / bandwidth
  middle <- rowSums(share * place)
  spread <- rowSums(share * (place - middle)^2)
  # What is left of a weight at the rim of the kernel may be rounding: such partners determine no line.
  flat <- spread < 1e-10
  share[flat, ] <- 0
  share * (1 + (own - middle) * (place - middle) / ifelse(flat, 1, spread))
}
