#' Stage index: factor analysis of items and the composite index
#'
#' Reverse-keyed items by [psych::reverse.code()], adequacy by [psych::KMO()] and
#' [psych::cortest.bartlett()], factors and weights by `solve_factors()`, the index by
#' `composite_index()`. This file strings the parts together.
#'
#' @inheritParams run_stage
#'
#' @param artefacts Where it holds `loadings`, another engine's solution, only what follows from that is computed: see
#'   `factors_again()`.
#'
#' @return A list of `rows` and `artefacts`: `correlation` (p x p), `unrotated` and `loadings` (p x k), `phi` (k x k or
#'   `NULL`), `uniquenesses` (p), `factor_scores` (n x k, columns `F1..Fk`), `index` (n), `standardisation` (p x 3, see
#'   `standardisation()`; `NULL` of a matrix), `estimated` and `counts` (p x p, see `correlate_items()`).
#' @noRd
stage_index <- function(study, frame, artefacts) {
  section <- study_section(study, "index")
  check_index(section)
  # Random starts of the rotation are drawn from it.
  section[["rotation"]][["seed"]] <- study[["seed"]]
  given <- !is.null(artefacts[["n_obs"]])
  if (given) {
    items <- matrix(numeric(), 0L, length(section[["items"]]))
    correlations <- given_correlations(frame, section, artefacts[["n_obs"]])
  } else {
    items <- keyed_items(frame, section)
    if (!is.null(artefacts[["loadings"]])) {
      return(factors_again(items, section, artefacts))
    }
    check_items(items, section[["items"]])
    correlations <- correlate_items(items, section)
  }
  r <- correlations$correlation
  n <- correlations$n
  adequacy <- adequacy_rows(r, n, section[["items"]])
  dimension <- dimension(section, r, n, study[["seed"]])
  factors <- number_of_factors(section, eigen(r, symmetric = TRUE)$values, dimension)
  solution <- solve_factors(r, n, section, factors)
  scores <- factor_scores(items, solution$weights)
  weights <- composite_weights(solution, r, section[["composite"]])
  index <- composite_index(scores, weights, section[["composite"]])
  rows <- bind_rows(
    correlation_rows(correlations, section),
    adequacy,
    dimension_rows(dimension),
    factor_rows(solution, r, section),
    rotation_rows(solution, solution, section[["items"]]),
    fit_rows(solution, r, n, section),
    if (!given) composite_rows(index, weights, solution$note),
    if (!given) bootstrap_rows(items, solution, section, study[["seed"]]),
    if (!given) sensitivity_rows(study, section, frame, items, r, solution, index),
    if (!given) reliability_rows(items, r, section)
  )
  list(rows = rows, artefacts = list(
    correlation = unname(r), estimated = correlations$estimated, counts = correlations$counts,
    unrotated = solution$unrotated,
    loadings = unname(solution$loadings), phi = unname(solution$phi),
    uniquenesses = solution$uniqueness, factor_scores = scores, index = index,
    standardisation = if (!given) standardisation(items, section)
  ))
}

#' Refuse options of the section `index` that are not available
#'
#' @param section Section `index` of a study.
#' @param call Frame of the function to name in an error.
#' @return Nothing.
#' @noRd
check_index <- function(section, call = rlang::caller_env()) {
  how <- section[["correlation"]]
  check_choice(how[["method"]], names(correlation_methods()), "index.correlation.method", call)
  if (how[["method"]] %in% latent_methods()) {
    check_choice(how[["thresholds"]], c("global", "local"), "index.correlation.thresholds", call)
    check_number(how[["correct"]], "index.correlation.correct", above = -1e-300, below = 1 + 1e-12, call = call)
  }
  check_choice(section[["extraction"]], names(extractions()), "index.extraction", call)
  check_rotation(section, call)
  check_choice(section[["scores"]], names(score_methods()), "index.scores", call)
  check_choice(section[["composite"]][["weights"]], composite_kinds(), "index.composite.weights", call)
  check_flag(section[["composite"]][["divide"]], "index.composite.divide", call)
  check_number(section[["composite"]][["scale"]], "index.composite.scale", above = 0, call = call)
  check_dimension(section[["dimension"]], call)
  items <- section[["items"]]
  anchor <- section[["composite"]][["anchor"]]
  stray <- setdiff(c(section[["reverse"]], anchor), items)
  if (length(stray)) {
    refuse("input", "{.field index}: {.val {stray}} is not among the items.", call = call)
  }
  if (anyDuplicated(items)) {
    twice <- items[anyDuplicated(items)]
    refuse("input", "{.field index.items}: {.val {twice}} is listed twice.", call = call)
  }
}
