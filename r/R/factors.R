#' Factor a correlation matrix with psych
#'
#' Extraction by one of `extractions()`, rotation by `rotate_loadings()`, canonical form, weights of the scores
#' by `score_weights()`.
#'
#' @param correlations Correlations of the items.
#' @param n Number of rows they come from.
#' @param section Section `index` of a study.
#' @param factors Number of factors.
#' @param call Frame of the function to name in an error.
#'
#' @return A list as from `turned_factors()` and of `unrotated` (p x k), `weights` (p x k), `communality` (p),
#'   `uniqueness` as from `final_uniqueness()`, `fit` (the result of psych, not rotated) and `note`.
#' @noRd
solve_factors <- function(correlations, n, section, factors, call = rlang::caller_env()) {
  extract <- extractions()[[section[["extraction"]]]]
  settings <- extraction_settings(section, n, ncol(correlations), call)
  fit <- with_notes(do.call(extract, c(list(correlations, n, factors, "none"), settings)), call)
  unrotated <- matrix(fit$value$loadings, ncol(correlations))
  turned <- with_notes(turned_factors(unrotated, section), call)
  solution <- turned$value
  weights <- with_notes(score_weights(correlations, solution, section[["scores"]], section[["items"]], call), call)
  notes <- unique(c(fit$note, turned$note, weights$note))
  c(solution, list(
    unrotated = unrotated, uniqueness = final_uniqueness(fit$value, section[["extraction"]]),
    weights = weights$value, communality = unname(fit$value$communality), fit = fit$value,
    note = paste(notes[nzchar(notes)], collapse = "; ")
  ))
}

#' Rotate loadings and bring them to canonical form
#'
#' @param unrotated Loadings as extracted, p x k.
#' @param section Section `index` of a study.
#' @return A list as from `canonical_form()` and of `rotated`, as from `rotate_loadings()`.
#' @noRd
turned_factors <- function(unrotated, section) {
  anchor <- match(section[["composite"]][["anchor"]], section[["items"]])
  rotated <- rotate_loadings(unrotated, section[["rotation"]], section[["items"]])
  named <- named_by_rotation(section[["rotation"]], section[["items"]])
  form <- canonical_form(rotated$loadings, rotated$phi, anchor, named, has_general(section[["rotation"]]))
  c(form, list(rotated = rotated))
}

#' Rows of a factor solution
#'
#' @param solution A list as from `solve_factors()`.
#' @param correlations Correlations of the items.
#' @param section Section `index` of a study.
#' @return A data frame of rows.
#' @noRd
factor_rows <- function(solution, correlations, section) {
  items <- section[["items"]]
  note <- solution$note
  improper <- heywood_items(solution$uniqueness, section[["extraction"]])
  flagged <- ifelse(improper, paste(c(note[nzchar(note)], heywood_note()), collapse = "; "), note)
  bind_rows(
    make_rows("n_factors", ncol(solution$loadings), "all", note = note),
    make_matrix_rows("loading", solution$loadings, items, note = note),
    make_rows("uniqueness", 1 - solution$communality, items, note = flagged),
    following_rows(solution, correlations, section)
  )
}

#' Rows that follow from a factor solution
#'
#' @inheritParams factor_rows
#' @param solution A list with `loadings`, `structure`, `communality`, `weights` and `note`.
#' @return A data frame of rows.
#' @noRd
following_rows <- function(solution, correlations, section) {
  items <- section[["items"]]
  ss <- explained_variance(solution)
  note <- solution$note
  residual <- correlations - tcrossprod(solution$loadings, solution$structure)
  extraction <- section[["extraction"]]
  objective <- extraction_objective(residual, correlations, solution$uniqueness, extraction)
  bind_rows(
    make_rows("communality", solution$communality, items, note = note),
    make_rows("ss_loadings", ss, "all", names(ss), note = note),
    make_rows("variance_share", ss / length(items), "all", names(ss), note = note),
    make_matrix_rows("score_weight", solution$weights, items, note = note),
    make_rows("objective", objective, "all", note = note)
  )
}

#' Variance that each factor explains
#'
#' @param solution A list as from `canonical_form()`.
#' @return Numbers named by factor: the diagonal of phi L'L, sums of squared loadings where phi is `NULL`.
#' @noRd
explained_variance <- function(solution) colSums(solution$loadings * solution$structure)
