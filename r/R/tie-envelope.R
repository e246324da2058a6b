#' Rows on what the order of tied rows does to the matched effect
#'
#' Matches anew on the same scores, with the rows of the frame as they are and in `effect.tie_orders` random
#' orders.
#'
#' @param study A list as from `read_study()`.
#' @param sample A list as from `matched_sample()`.
#' @param artefacts List of artefacts with `propensity`.
#' @param frame A data frame as from `prepare_frame()`.
#' @param call Frame of the function to name in an error.
#'
#' @return A data frame of rows: smallest, largest and mean effect. None where no orders are asked for.
#' @noRd
tie_rows <- function(study, sample, artefacts, frame, call = rlang::caller_env()) {
  count <- study[["effect"]][["tie_orders"]]
  if (is.null(count) || count == 0) {
    return(make_rows("tie_low", double()))
  }
  check_number(count, "effect.tie_orders", above = 0, whole = TRUE, call = call)
  n <- length(sample$treated)
  scores <- needed_artefact(artefacts, "propensity", "effect", n, call)
  section <- study_section(study, "matching")
  section[["seed"]] <- study[["seed"]]
  columns <- restricting_columns(section, frame, call)
  orders <- c(list(seq_len(n)), row_orders(n, count, study[["seed"]]))
  matched <- with_notes(vapply(orders, function(order) {
    treated <- sample$treated[order]
    on <- list(scores = scores[order], kept = rep_len(TRUE, n))
    weights <- match_units(treated, on, list(), section, lapply(columns, `[`, order))$weights
    if (!is.null(sample$survey)) weights <- weights * sample$survey[order]
    matched_difference(sample$outcome[order], treated, unname(weights))
  }, double(1)), call)
  estimates <- matched$value
  make_rows(c("tie_low", "tie_high", "tie_mean"), c(min(estimates), max(estimates), mean(estimates)), "matched",
    note = matched$note
  )
}

#' Random orders of rows that any program can reproduce
#'
#' The generator of Park and Miller (1988, Communications of the ACM 31(10), 1192-1201): `x` becomes
#' `16807 x mod (2^31 - 1)`, starting at `1 + seed mod (2^31 - 2)`, or at 1 without a seed; the first number
#' used is the one after the start. Each order takes the next n numbers and sorts the rows by them. All
#' products are below 2^53, so that doubles hold them exactly.
#'
#' @param n Number of rows.
#' @param count Number of orders.
#' @param seed Whole number from 0, or `NULL`.
#' @return A list of integer vectors: positions of rows.
#' @noRd
row_orders <- function(n, count, seed = NULL) {
  modulus <- 2^31 - 1
  state <- 1 + (if (is.null(seed)) 0 else seed) %% (modulus - 1)
  lapply(seq_len(count), function(i) {
    keys <- double(n)
    for (row in seq_len(n)) {
      state <<- (16807 * state) %% modulus
      keys[row] <- state
    }
    order(keys)
  })
}
