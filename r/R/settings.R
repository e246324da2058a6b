#' Evaluate a stage under settings that do not depend on the session
#'
#' Options, the collation and the random number generator of the session are put back afterwards, also after
#' an error.
#'
#' @param stage Name of the stage.
#' @param seed Seed of the study: a whole number from 0, or `NULL` for 0.
#' @param expr An expression.
#' @return The value of the expression.
#' @noRd
with_settings <- function(stage, seed, expr) {
  old <- options(fixed_options())
  collation <- list(locale = Sys.getlocale("LC_COLLATE"), icu = icuGetCollate())
  random <- random_state()
  on.exit({
    options(old)
    restore_collation(collation)
    restore_random_state(random)
  })
  # psych and MatchIt sort texts too.
  Sys.setlocale("LC_COLLATE", "C")
  set_stage_seed(stage, seed)
  expr
}

#' Options of R and of packages that change numbers, names or messages
#'
#' @return A named list as [options()] takes it.
#' @noRd
fixed_options <- function() {
  list(
    contrasts = c(unordered = "contr.treatment", ordered = "contr.poly"), na.action = "na.omit",
    matprod = "default", mc.cores = 1L, digits = 7L, scipen = 0L, OutDec = ".", width = 1000L,
    # What is said must not depend on what the session shows, turns to errors or has heard before.
    warn = 0L, warning.length = 8170L, show.error.messages = TRUE, chk.on = TRUE,
    warnPartialMatchArgs = FALSE, warnPartialMatchAttr = FALSE, warnPartialMatchDollar = FALSE,
    rlib_warning_verbosity = "verbose", rlib_message_verbosity = "verbose", lifecycle_verbosity = "warning",
    cli.num_colors = 1L, cli.width = 10000L, crayon.enabled = FALSE
  )
}

#' Put the session's collation back
#'
#' @param collation A list of `locale`, that of `LC_COLLATE`, and `icu`, as from [icuGetCollate()].
#' @return Nothing.
#' @noRd
restore_collation <- function(collation) {
  Sys.setlocale("LC_COLLATE", collation$locale)
  # A change of locale drops what icuSetCollate() had set.
  if (!collation$icu %in% c("ICU not in use", "unknown")) icuSetCollate(locale = collation$icu)
}

#' Kinds of the random number generator, as [RNGkind()] names them
#'
#' @return A character vector: generator, normal numbers, sampling.
#' @noRd
random_kinds <- function() c("Mersenne-Twister", "Inversion", "Rejection")

#' Start the random numbers of a stage
#'
#' The k-th stage is seeded with the k-th of as many whole numbers below 2^31 as there are stages, drawn from the
#' seed of the study: what it draws does not depend on which stages ran before.
#'
#' @inheritParams with_settings
#' @return Nothing.
#' @noRd
set_stage_seed <- function(stage, seed) {
  kinds <- random_kinds()
  start <- function(seed) set.seed(seed, kind = kinds[1], normal.kind = kinds[2], sample.kind = kinds[3])
  start((if (is.null(seed)) 0 else seed) %% .Machine$integer.max)
  seeds <- sample.int(.Machine$integer.max, length(stage_names()))
  start(seeds[match(stage, stage_names())])
}

#' Kinds and state of the session's random number generator
#'
#' @return A list of `kinds` and `seed`, `NULL` if no number has been drawn yet.
#' @noRd
random_state <- function() {
  list(kinds = RNGkind(), seed = get0(".Random.seed", globalenv(), mode = "integer", inherits = FALSE))
}

#' Put the session's random number generator back
#'
#' @param state A list as from `random_state()`.
#' @return Nothing.
#' @noRd
restore_random_state <- function(state) {
  session <- globalenv()
  # R warns of sampling by rounding, which the session may have chosen.
  suppressWarnings(RNGkind(state$kinds[1], state$kinds[2], state$kinds[3]))
  if (is.null(state$seed)) {
    rm(list = ".Random.seed", envir = session)
  } else {
    assign(".Random.seed", state$seed, envir = session)
  }
}
