#' Match by a rule for ties that MatchIt does not have
#'
#' `first`: of equally near partners that with the first row is taken, everyone a first partner before anyone a
#' second. `all`: as near as the last of `ratio` partners is near enough.
#'
#' @param treated 0/1 vector.
#' @param measured A list as from `measure_distance()`, with scores.
#' @param data Data frame of covariates.
#' @param section Section `matching` of a study.
#' @param columns A list as from `restricting_columns()`.
#' @return What `match_units()` returns.
#' @noRd
match_by_rule <- function(treated, measured, data, section, columns) {
  focal <- focal_units(treated, section)
  scores <- measured$scores
  may <- may_pair(section, scores, columns, measured$kept)
  partners <- if (identical(section[["ties"]], "all")) {
    all_nearest(scores, focal, section[["ratio"]], may)
  } else {
    first_nearest(scores, focal, section, columns, may, measured$kept & has_others(columns, focal))
  }
  width <- max(lengths(partners), if (is.finite(most_partners(section))) most_partners(section) else section[["ratio"]])
  cells <- t(vapply(partners, function(rows) as.integer(rows)[seq_len(width)], integer(width)))
  cells <- matrix(cells, length(partners), width, dimnames = list(which(focal == 1), NULL))
  if (all(is.na(cells))) {
    refuse_nobody()
  }
  as_matchit(treated, measured, data, section, cells)
}

#' Tell whose stratum holds anyone of the other group
#'
#' @param columns A list as from `restricting_columns()`.
#' @param focal 0/1 vector: who is given partners.
#' @return Logical vector.
#' @noRd
has_others <- function(columns, focal) {
  exact <- columns[startsWith(as.character(names(columns)), "exact")]
  if (!length(exact)) {
    return(rep_len(TRUE, length(focal)))
  }
  strata <- interaction(exact, drop = TRUE)
  strata %in% strata[focal == 0]
}

#' Tell whether ties are broken by a rule that MatchIt does not have
#'
#' @param section Section `matching` of a study.
#' @return `TRUE` or `FALSE`.
#' @noRd
by_own_rule <- function(section) !is.null(section[["ties"]]) && section[["ties"]] != "matchit"

#' All partners that are as near as the last of the nearest
#'
#' @param scores Scores to match on.
#' @param focal 0/1 vector: who is given partners.
#' @param ratio Number of partners wanted.
#' @param may A function as from `may_pair()`.
#' @return A list of rows for each focal unit, nearest first, equally near ones in row order.
#' @noRd
all_nearest <- function(scores, focal, ratio, may) {
  others <- which(focal == 0)
  lapply(which(focal == 1), function(row) {
    there <- others[may(row, others)]
    apart <- abs(scores[row] - scores[there])
    sorted <- order(apart)
    if (length(sorted) > ratio) {
      sorted <- sorted[apart[sorted] <= apart[sorted[ratio]]]
    }
    there[sorted]
  })
}

#' The nearest partners, the first row of equally near ones
#'
#' @inheritParams all_nearest
#' @param section Section `matching` of a study.
#' @param columns A list as from `restricting_columns()`.
#' @param drawn Logical vector: units that take part where the order is drawn.
#' @return A list of rows for each focal unit, in the order in which they were found.
#' @noRd
first_nearest <- function(scores, focal, section, columns, may, drawn) {
  rows <- which(focal == 1)
  others <- which(focal == 0)
  found <- rep_len(list(integer()), length(rows))
  wanted <- wanted_partners(section, scores, focal)
  uses <- use_counter(focal, wanted, most_uses(section), columns[["unit1"]])
  nearest <- function(unit) {
    there <- others[uses$free(others) & may(rows[unit], others)]
    there <- setdiff(there, found[[unit]])
    if (length(there)) there[which.min(abs(scores[rows[unit]] - scores[there]))] else NA
  }
  take <- function(unit, partner) {
    found[[unit]] <<- c(found[[unit]], partner)
    uses$count(c(rows[unit], partner))
  }
  by_distance <- section[["order"]] %in% c("closest", "farthest") && most_uses(section) < length(rows)
  turns <- if (!by_distance) turns_of(section, scores[rows], drawn[rows])
  for (round in seq_len(max(wanted))) {
    waiting <- which(lengths(found) == round - 1 & wanted >= round)
    if (by_distance) {
      take_by_distance(waiting, nearest, take, uses, rows, scores, section[["order"]])
    } else {
      for (unit in turns[turns %in% waiting]) {
        if (uses$free(rows[unit]) && !is.na(partner <- nearest(unit))) take(unit, partner)
      }
    }
  }
  found
}

#' One round in which the closest, or the farthest, pair is the next
#'
#' @param waiting Units without a partner in this round.
#' @param nearest,take Functions of a unit, and of a unit and a partner.
#' @param uses A list as from `use_counter()`.
#' @param rows Rows of the units.
#' @param scores Scores to match on.
#' @param order `closest` or `farthest`.
#' @return Nothing.
#' @noRd
take_by_distance <- function(waiting, nearest, take, uses, rows, scores, order) {
  waiting <- waiting[uses$free(rows[waiting])]
  sign <- if (order == "closest") 1 else -1
  key <- function(unit, partner) sign * abs(scores[rows[unit]] - scores[partner])
  partner <- vapply(waiting, function(unit) as.double(nearest(unit)), double(1))
  keys <- key(waiting, partner)
  while (any(!is.na(keys))) {
    i <- which.min(keys)
    if (!uses$free(rows[waiting[i]])) {
      keys[i] <- NA
    } else if (uses$free(partner[i])) {
      take(waiting[i], partner[i])
      keys[i] <- NA
    } else {
      # Its partner was taken since it looked: it looks again and waits for its new distance.
      partner[i] <- nearest(waiting[i])
      keys[i] <- key(waiting[i], partner[i])
    }
  }
}

#' The order in which units choose
#'
#' @param section Section `matching` of a study.
#' @param scores Scores of the units.
#' @param drawn Logical vector: units that take part where the order is drawn.
#' @return Positions of the units.
#' @noRd
turns_of <- function(section, scores, drawn) {
  if (most_uses(section) >= length(scores)) {
    return(seq_along(scores))
  }
  switch(section[["order"]],
    largest = order(-scores), smallest = order(scores),
    random = with_turns(section, which(drawn)[sample.int(sum(drawn))]),
    seq_along(scores)
  )
}

#' How many partners each unit wants
#'
#' @param section Section `matching` of a study.
#' @param scores Scores to match on.
#' @param focal 0/1 vector: who is given partners.
#' @return A whole number for each focal unit. With a variable ratio the fewest, one number between and the most,
#'   from the unit that is farthest from the other group on.
#' @noRd
wanted_partners <- function(section, scores, focal) {
  own <- scores[focal == 1]
  most <- section[["max_controls"]]
  if (is.null(most)) {
    return(rep_len(section[["ratio"]], length(own)))
  }
  least <- if (is.null(section[["min_controls"]])) 1 else section[["min_controls"]]
  rest <- round(section[["ratio"]] * length(own)) - least * (length(own) - 1)
  full <- rest %/% (most - least)
  sizes <- c(rep(least, length(own) - full - 1), rest %% (most - least), rep(most, full))
  empty <- match(0, sizes)
  if (!is.na(empty)) {
    sizes[empty] <- 1
    if (empty < length(sizes)) sizes[empty + 1] <- sizes[empty + 1] - 1
  }
  sizes[order(order(own, decreasing = mean(own) > mean(scores[focal == 0])))]
}

#' Count how often rows are used
#'
#' @param focal 0/1 vector: who is given partners.
#' @param wanted Number of partners each focal unit wants.
#' @param most How often a partner can be used.
#' @param units Numbers of the units that rows belong to, or `NULL`: all rows of a unit are used together.
#' @return A list of functions: `free`, of rows; `count`, of the rows of a pair.
#' @noRd
use_counter <- function(focal, wanted, most, units) {
  left <- ifelse(focal == 1, 0, most)
  left[focal == 1] <- wanted
  alone <- function(arm) !anyDuplicated(units[focal == arm])
  together <- !is.null(units) && most < sum(focal) && !(alone(0) && alone(1))
  list(
    free = function(rows) left[rows] > 0,
    count = function(rows) {
      if (together) rows <- which(units %in% units[rows])
      left[rows] <<- left[rows] - 1
    }
  )
}

#' A match as an object of MatchIt, so that its summary judges the balance
#'
#' @inheritParams match_by_rule
#' @param cells Integer matrix of rows, focal units x partners, row names those of the focal units.
#' @return An object of class `matchit`.
#' @noRd
as_matchit <- function(treated, measured, data, section, cells) {
  data[["treated"]] <- treated
  frame <- structure(data, class = "data.frame", row.names = .set_row_names(length(treated)))
  formula <- if (length(data) > 1) symbol_formula("treated", setdiff(names(data), "treated")) else treated ~ 1
  plain <- MatchIt::matchit(formula,
    data = frame, method = NULL, distance = measured$scores, estimand = section[["estimand"]],
    s.weights = measured$weights, discard = if (all(measured$kept)) "none" else !measured$kept
  )
  plain$match.matrix <- matrix(as.character(cells), nrow(cells), dimnames = dimnames(cells))
  plain$weights <- stats::setNames(pair_weights(cells, focal_units(treated, section)), names(plain$treat))
  plain$info$method <- "nearest"
  plain$info$replace <- section[["replace"]]
  if (!section[["replace"]]) plain$subclass <- factor(sets_of(cells, length(treated)))
  plain
}

#' Number the matched sets
#'
#' @param cells As in `as_matchit()`, no row twice.
#' @param n Number of rows.
#' @return Whole numbers from 1 in the order of the focal units, `NA` for those not matched.
#' @noRd
sets_of <- function(cells, n) {
  sets <- rep_len(NA_integer_, n)
  matched <- which(!is.na(cells[, 1]))
  for (i in seq_along(matched)) {
    sets[c(as.integer(rownames(cells)[matched[i]]), stats::na.omit(cells[matched[i], ]))] <- i
  }
  sets
}
