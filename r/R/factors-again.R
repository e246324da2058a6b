#' What is computed again from a factor solution that was handed on
#'
#' Nothing is extracted: the unrotated loadings are rotated once more; communalities, weights of the scores, the
#' criterion at the rotated loadings, scores and index are computed from these as they are. So two engines can be
#' compared on equal input.
#'
#' @param items Matrix of items, n x p.
#' @param section Section `index` of a study.
#' @param artefacts List with `correlation` (p x p), `unrotated` and `loadings` (p x k), `uniquenesses` (p), and `phi` (k x k) where
#'   factors are correlated.
#' @param call Frame of the function to name in an error.
#'
#' @return A list as from `stage_index()`, whose rows are those that follow from a solution.
#' @noRd
factors_again <- function(items, section, artefacts, call = rlang::caller_env()) {
  check_solution(artefacts, ncol(items), call)
  correlations <- artefacts[["correlation"]]
  solution <- named_solution(artefacts[["loadings"]], artefacts[["phi"]])
  weights <- with_notes(score_weights(correlations, solution, section[["scores"]], section[["items"]], call), call)
  solution <- c(solution, list(
    communality = unname(rowSums(solution$loadings * solution$structure)), weights = weights$value,
    uniqueness = artefacts[["uniquenesses"]], note = weights$note
  ))
  scores <- factor_scores(items, solution$weights)
  used <- composite_weights(solution, correlations, section[["composite"]])
  index <- composite_index(scores, used, section[["composite"]])
  turned <- with_notes(turned_factors(artefacts[["unrotated"]], section), call)$value
  rows <- bind_rows(
    make_matrix_rows("loading", turned$loadings, section[["items"]]),
    rotation_rows(turned, criterion_again(solution, section), section[["items"]]),
    following_rows(solution, correlations, section),
    fit_rows(solution, correlations, nrow(items), section),
    composite_rows(index, used, solution$note)
  )
  list(rows = rows, artefacts = list(factor_scores = scores, index = index))
}

#' A solution with the names of its factors
#'
#' @param loadings Matrix, p x k.
#' @param phi Correlations of the factors, or `NULL`.
#' @return A list as from `canonical_form()`.
#' @noRd
named_solution <- function(loadings, phi) {
  names <- paste0("F", seq_len(ncol(loadings)))
  dimnames(loadings) <- list(NULL, names)
  if (!is.null(phi)) dimnames(phi) <- list(names, names)
  list(loadings = loadings, phi = phi, structure = if (is.null(phi)) loadings else loadings %*% phi)
}

#' Refuse a solution that does not fit the items
#'
#' @param artefacts A list.
#' @param items Number of items.
#' @param call Frame of the function to name in an error.
#' @return Nothing.
#' @noRd
check_solution <- function(artefacts, items, call) {
  factors <- NCOL(artefacts[["loadings"]])
  wanted <- c(
    list(correlation = c(items, items), unrotated = c(items, factors), loadings = c(items, factors),
      uniquenesses = items),
    if (!is.null(artefacts[["phi"]])) list(phi = c(factors, factors))
  )
  for (name in names(wanted)) {
    given <- artefacts[[name]]
    size <- if (is.matrix(given)) dim(given) else length(given)
    if (!is.numeric(given) || !identical(as.integer(size), as.integer(wanted[[name]])) || !all(is.finite(given))) {
      refuse("input", c(
        "{.arg artefacts}: {.field {name}} must be {paste(wanted[[name]], collapse = ' x ')} finite numbers.",
        x = "Found {paste(size, collapse = ' x ')}."
      ), call = call)
    }
  }
}
