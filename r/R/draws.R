#' Random numbers that Python draws as well
#'
#' R's generator "L'Ecuyer-CMRG", a stream for each replicate by [parallel::nextRNGStream()]. The first state
#' is six numbers of Park and Miller's generator, started as in `row_orders()`, of which six are left out for
#' each purpose listed before. R's own state is put back.
#'
#' @param seed Whole number from 0, or `NULL`.
#' @param purpose What the numbers are for: `parallel`, `rotation`, `bootstrap`, `matching` or `effect`.
#' @param replicates Number of replicates.
#' @param count Numbers for each replicate.
#' @param use Function of the `count` numbers of one replicate.
#'
#' @return A list: what `use` returned for each replicate.
#' @noRd
with_draws <- function(seed, purpose, replicates, count, use = identity) {
  stream <- first_stream(seed, purpose)
  lapply(seq_len(replicates), function(replicate) {
    stream <<- parallel::nextRNGStream(stream)
    use(draw_from(stream, count))
  })
}

#' Do something that draws random numbers of its own accord
#'
#' @inheritParams with_draws
#' @param expression What is evaluated while the first stream is the state of the generator.
#' @return The value of the expression.
#' @noRd
with_stream <- function(seed, purpose, expression) {
  before <- random_state()
  on.exit(restore_random_state(before))
  assign(".Random.seed", parallel::nextRNGStream(first_stream(seed, purpose)), globalenv())
  force(expression)
}

#' First state of the generator
#'
#' @inheritParams with_draws
#' @return An integer vector as `.Random.seed` has it: the kinds (Inversion, Rejection), then six numbers.
#' @noRd
first_stream <- function(seed, purpose) {
  purposes <- c("parallel", "rotation", "bootstrap", "matching", "effect")
  modulus <- 2^31 - 1
  state <- 1 + (if (is.null(seed)) 0 else seed) %% (modulus - 1)
  drawn <- double(6 * match(purpose, purposes))
  for (i in seq_along(drawn)) {
    state <- (16807 * state) %% modulus
    drawn[i] <- state
  }
  c(10407L, as.integer(utils::tail(drawn, 6)))
}

#' Uniform numbers from a state of the generator
#'
#' @param stream A state as in `.Random.seed`.
#' @param count How many.
#' @return Numbers between 0 and 1.
#' @noRd
draw_from <- function(stream, count) {
  before <- random_state()
  on.exit(restore_random_state(before))
  assign(".Random.seed", stream, globalenv())
  stats::runif(count)
}
