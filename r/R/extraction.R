#' Ways to extract factors
#'
#' Each takes a correlation matrix, the number of rows it comes from, the number of factors, the rotation and, by
#' `extraction_settings()`, further arguments of psych, and returns a result of psych with `loadings`, `Phi`,
#' `communality` and, where uniquenesses are searched, `communalities`, which are 1 minus these.
#'
#' @return A named list of functions.
#' @noRd
extractions <- function() {
  searched <- lapply(c(searched_extractions(), pa = "pa"), function(fm) {
    function(correlations, n, factors, rotation, ...) {
      psych::fa(correlations, nfactors = factors, n.obs = n, rotate = rotation, fm = fm, ...)
    }
  })
  c(searched, list(
    alpha = function(correlations, n, factors, rotation, ...) {
      if (factors == 1) {
        return(one_alpha_factor(correlations, ...))
      }
      psych::fa(correlations, nfactors = factors, n.obs = n, rotate = rotation, fm = "alpha", ...)
    },
    pca = function(correlations, n, factors, rotation) {
      psych::principal(correlations, nfactors = factors, n.obs = n, rotate = rotation, scores = FALSE)
    }
  ))
}

#' Extractions that search for uniquenesses between .005 and 1
#'
#' @return Names in a study and in psych.
#' @noRd
searched_extractions <- function() {
  names <- c("minres", "uls", "ols", "wls", "gls", "ml", "minchi")
  stats::setNames(names, names)
}

#' Further arguments of psych that an extraction takes
#'
#' @param section Section `index` of a study.
#' @param n Number of rows that all correlations come from.
#' @param items Number of items.
#' @param call Frame of the function to name in an error.
#' @return A named list; for `minchi` the number of rows behind each correlation.
#' @noRd
extraction_settings <- function(section, n, items, call = rlang::caller_env()) {
  method <- section[["extraction"]]
  if (method == "minchi") {
    return(list(np.obs = matrix(n, items, items)))
  }
  if (!method %in% c("pa", "alpha")) {
    return(list())
  }
  stop <- section[["convergence"]]
  # A way of the sensitivity table that the study's own extraction has no rule for: psych's own.
  if (is.null(stop)) {
    return(list())
  }
  check_number(stop[["tolerance"]], "index.convergence.tolerance", above = 0, call = call)
  check_number(stop[["iterations"]], "index.convergence.iterations", above = 0, whole = TRUE, call = call)
  list(min.err = stop[["tolerance"]], max.iter = stop[["iterations"]])
}

#' Alpha factoring with one factor
#'
#' [psych::fa()] does not do it: it takes the root of the only eigenvalue for the size of a matrix. These are the
#' passes that it makes for several factors.
#'
#' @param correlations Correlations of the items.
#' @param min.err,max.iter Change of the communalities, and number of passes, that end the iteration.
#' @return A list with `loadings` (p x 1) and `communality`.
#' @noRd
one_alpha_factor <- function(correlations, min.err = 0.001, max.iter = 50) {
  h2 <- psych::smc(correlations)
  for (pass in seq_len(max.iter)) {
    reduced <- correlations
    diag(reduced) <- h2
    common <- eigen(stats::cov2cor(reduced), symmetric = TRUE)
    weight <- common$vectors[, 1] * sqrt(common$values[1])
    before <- h2
    h2 <- h2 * weight^2
    if (sum(abs(before - h2)) <= min.err) break
    if (pass == max.iter) message("maximum iteration exceeded")
  }
  list(loadings = matrix(sqrt(h2) * weight), communality = h2 * weight^2)
}

#' Uniquenesses at which an extraction ended
#'
#' @param fit Result of one of `extractions()`.
#' @param extraction Name of the extraction.
#' @return Those that were searched, or else 1 minus the communalities.
#' @noRd
final_uniqueness <- function(fit, extraction) {
  unname(1 - if (extraction %in% searched_extractions()) fit$communalities else fit$communality)
}

#' Items whose uniqueness is improper
#'
#' @param uniqueness As from `final_uniqueness()`.
#' @param extraction Name of the extraction.
#' @return `TRUE` where a searched uniqueness stands at the lower bound, or where it is not positive; never for
#'   components.
#' @noRd
heywood_items <- function(uniqueness, extraction) {
  if (extraction == "pca") {
    return(rep(FALSE, length(uniqueness)))
  }
  uniqueness <= if (extraction %in% searched_extractions()) 0.005 * (1 + 1e-6) else 0
}

#' The note of such an item, in the words of the engine in Python
#'
#' @return A sentence.
#' @noRd
heywood_note <- function() {
  "Heywood case: the factors explain (almost) all or more than all of the item; do not trust the solution"
}

#' What an extraction minimises, at its own loadings
#'
#' With residuals e of the model LL', below the diagonal unless said otherwise: sum of squares (`minres`, `ols`, `pa`,
#' `minchi` where all correlations have the same number of rows), of the whole matrix (`pca`), divided by both
#' communalities (`alpha`). With the uniquenesses in the model S: half the sum of squares of R - S (`uls`), each
#' divided by both items' diagonal elements of the inverse of R (`wls`), tr (I - solve(R, S))^2 / 2 (`gls`),
#' log|S| - log|R| + tr solve(S, R) - p (`ml`).
#'
#' @param residual Correlations minus those that the loadings reproduce.
#' @param correlations Correlations of the items.
#' @param uniqueness As from `final_uniqueness()`.
#' @param extraction Name of the extraction.
#' @return A number.
#' @noRd
extraction_objective <- function(residual, correlations, uniqueness, extraction) {
  below <- lower.tri(residual)
  left <- residual - diag(uniqueness)
  communality <- 1 - diag(residual)
  precision <- diag(solve(correlations))
  switch(extraction,
    uls = sum(left^2) / 2,
    wls = sum(left^2 / outer(precision, precision)) / 2,
    gls = {
      product <- solve(correlations, left)
      sum(product * t(product)) / 2
    },
    ml = {
      ratio <- Re(eigen(solve(correlations - left, correlations), only.values = TRUE)$values)
      sum(ratio - 1 - log(ratio))
    },
    alpha = sum((residual^2 / outer(communality, communality))[below]),
    pca = sum(residual^2),
    sum(residual[below]^2)
  )
}

#' Largest number of factors that items allow
#'
#' As many components as items; of factors, as many as leave no negative degrees of freedom.
#'
#' @param items Number of items.
#' @param extraction Name of the extraction.
#' @return A whole number.
#' @noRd
most_factors <- function(items, extraction) {
  if (extraction == "pca") {
    return(items)
  }
  k <- seq_len(items - 1)
  max(0, k[(items - k)^2 >= items + k])
}
