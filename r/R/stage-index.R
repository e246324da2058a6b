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
#'   `standardisation()`).
#' @noRd
stage_index <- function(study, frame, artefacts) {
  section <- study_section(study, "index")
  check_index(section)
  # Random starts of the rotation are drawn from it.
  section[["rotation"]][["seed"]] <- study[["seed"]]
  items <- keyed_items(frame, section)
  if (!is.null(artefacts[["loadings"]])) {
    return(factors_again(items, section, artefacts))
  }
  check_items(items, section[["items"]])
  correlations <- stats::cor(items)
  check_singular(correlations, section[["items"]])
  adequacy <- adequacy_rows(correlations, nrow(items), section[["items"]])
  dimension <- dimension(section, correlations, nrow(items), study[["seed"]])
  factors <- number_of_factors(section, eigen(correlations, symmetric = TRUE)$values, dimension)
  solution <- solve_factors(correlations, nrow(items), section, factors)
  scores <- factor_scores(items, solution$weights)
  weights <- composite_weights(solution, correlations, section[["composite"]])
  index <- composite_index(scores, weights, section[["composite"]])
  rows <- bind_rows(
    adequacy,
    dimension_rows(dimension),
    factor_rows(solution, correlations, section),
    rotation_rows(solution, solution, section[["items"]]),
    fit_rows(solution, correlations, nrow(items), section),
    composite_rows(index, weights, solution$note),
    bootstrap_rows(items, solution, section, study[["seed"]]),
    sensitivity_rows(study, section, frame, items, correlations, solution, index),
    reliability_rows(items, correlations, section)
  )
  list(rows = rows, artefacts = list(
    correlation = unname(correlations), unrotated = solution$unrotated,
    loadings = unname(solution$loadings), phi = unname(solution$phi),
    uniquenesses = solution$uniqueness, factor_scores = scores, index = index,
    standardisation = standardisation(items, section)
  ))
}

#' Refuse options of the section `index` that are not available
#'
#' @param section Section `index` of a study.
#' @param call Frame of the function to name in an error.
#' @return Nothing.
#' @noRd
check_index <- function(section, call = rlang::caller_env()) {
  check_choice(section[["correlation"]][["method"]], "pearson", "index.correlation.method", call)
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
