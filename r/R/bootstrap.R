#' Bootstrap the loadings, the variance shares and the correlations of factors
#'
#' Rows are drawn with replacement, each replicate is solved as the sample was, and its factors are brought into the
#' order and sign of the sample's by `align_factors()`. psych's own `fa(n.iter =)` rotates replicates towards the
#' sample instead, which takes away what the rotation itself varies, leaves `Phi` as it comes, and gives limits
#' by the normal distribution.
#'
#' @param items Matrix of items, n x p.
#' @param solve Function of a matrix of correlations that returns a list of `loadings`, `phi` (or `NULL`) and
#'   `improper` (`TRUE` for a Heywood case), or stops.
#' @param correlate Function of a matrix of items that returns their correlations.
#' @param target Loadings of the sample.
#' @param options The mapping `bootstrap` of the section `index`: `replicates`, `conf_level`.
#' @param seed Seed of the study.
#' @param call Frame of the function to name in an error.
#'
#' @return A list of `loading`, `share` and `phi` (`NULL` if the factors are uncorrelated), each a list of `low`, `high`
#'   and `std_error`; `used`, the number of replicates with a solution, and `note`.
#' @noRd
bootstrap_factors <- function(items, solve, correlate, target, options, seed, call = rlang::caller_env()) {
  n <- nrow(items)
  all <- with_draws(seed, "bootstrap", options[["replicates"]], n, function(uniforms) {
    rows <- pmin(floor(uniforms * n), n - 1) + 1
    solve_replicate(items[rows, , drop = FALSE], solve, correlate, target)
  })
  solved <- Filter(function(found) !is.null(found$loadings), all)
  if (length(solved) < 2) {
    missing <- length(all) - length(solved)
    refuse("input", c(
      "{.field index.bootstrap}: {missing} of {length(all)} replicates have no solution.",
      i = "Extract fewer factors or leave out rare items."
    ), call = call)
  }
  shares <- lapply(solved, function(found) explained_variance(found) / ncol(items))
  phis <- lapply(solved, function(found) found$phi)
  level <- options[["conf_level"]]
  list(
    loading = replicate_interval(lapply(solved, function(found) found$loadings), level),
    share = replicate_interval(shares, level),
    phi = if (!is.null(phis[[1]])) replicate_interval(phis, level),
    used = length(solved),
    note = replicates_note(all, solved)
  )
}

#' Solve one replicate and align it
#'
#' @inheritParams bootstrap_factors
#' @param sample Resampled items.
#'
#' @return A list of `loadings`, `phi`, `improper` and `note`; one of `note` alone where there is no solution: an item
#'   is constant, the correlations are singular, or psych failed or did something else than asked.
#' @noRd
solve_replicate <- function(sample, solve, correlate, target) {
  if (any(apply(sample, 2, function(x) all(x == x[1])))) {
    return(list(note = "an item is constant"))
  }
  correlations <- correlate(sample)
  if (min(eigen(correlations, symmetric = TRUE, only.values = TRUE)$values) < 1e-12) {
    return(list(note = "items determine each other"))
  }
  heard <- quietly(solve(correlations))
  if (is.null(heard$value)) {
    return(list(note = heard$note))
  }
  found <- heard$value
  c(align_factors(found$loadings, found$phi, target), list(improper = found$improper, note = heard$note))
}

#' Evaluate an expression that may fail, without telling the stage
#'
#' @param expr An expression.
#' @return A list of `value`, `NULL` where the expression stopped or something was replaced, and `note`.
#' @noRd
quietly <- function(expr) {
  withCallingHandlers(
    tryCatch(with_notes(expr), error = function(cnd) list(value = NULL, note = plain_text(condition_text(cnd)))),
    ermbridge_said = function(cnd) tryInvokeRestart("rlang_muffle")
  )
}

#' Percentile limits and standard errors over replicates
#'
#' @param replicates List of vectors or matrices of one shape.
#' @param level Level of the interval.
#' @return A list of `low`, `high` (quantiles of type 7) and `std_error`, each in that shape.
#' @noRd
replicate_interval <- function(replicates, level) {
  shape <- replicates[[1]]
  cells <- matrix(unlist(replicates, use.names = FALSE), nrow = length(shape))
  limits <- apply(cells, 1, stats::quantile, probs = c((1 - level) / 2, (1 + level) / 2), names = FALSE)
  filled <- function(values) {
    shape[] <- values
    shape
  }
  list(
    low = filled(limits[1, ]), high = filled(limits[2, ]), std_error = filled(apply(cells, 1, stats::sd))
  )
}

#' Say what became of the replicates
#'
#' @param all Replicates.
#' @param solved Those of them that have a solution.
#' @return A string, empty if there is nothing to say.
#' @noRd
replicates_note <- function(all, solved) {
  failed <- length(all) - length(solved)
  improper <- sum(vapply(solved, function(found) isTRUE(found$improper), logical(1)))
  said <- unique(vapply(all, function(found) found$note, character(1)))
  said <- utils::head(said[nzchar(said)], 3)
  paste(c(
    if (failed) paste(failed, "of", length(all), "replicates have no solution"),
    if (improper) paste(improper, "of", length(solved), "solutions are Heywood cases"),
    if (length(said)) paste0("said in replicates: ", paste(said, collapse = "; "))
  ), collapse = "; ")
}

#' Rows of the bootstrap
#'
#' @param items Matrix of items.
#' @param solution A list as from `solve_factors()`, of the sample.
#' @param section Section `index` of a study.
#' @param seed Seed of the study.
#' @return A data frame of rows; `NULL` where the study asks for no bootstrap.
#' @noRd
bootstrap_rows <- function(items, solution, section, seed) {
  if (is.null(section[["bootstrap"]])) {
    return(NULL)
  }
  # One start each: where it leads is part of what varies. Scores are not wanted; those of regression can always be had.
  section[["rotation"]][["starts"]] <- 0L
  section[["scores"]] <- "regression"
  solve <- function(correlations) {
    found <- solve_factors(correlations, nrow(items), section, ncol(solution$loadings))
    improper <- heywood_items(found$uniqueness, section[["extraction"]])
    list(loadings = found$loadings, phi = found$phi, improper = any(improper))
  }
  found <- bootstrap_factors(items, solve, stats::cor, solution$loadings, section[["bootstrap"]], seed)
  replicate_rows(found, section[["items"]])
}

#' Rows of the limits and standard errors over replicates
#'
#' @param found A list as from `bootstrap_factors()`.
#' @param items Names of the items.
#' @return A data frame of rows.
#' @noRd
replicate_rows <- function(found, items) {
  factors <- colnames(found$loading$low)
  parts <- c("low", "high", "std_error")
  loading <- lapply(parts, function(part) {
    make_matrix_rows(paste0("loading_", part), found$loading[[part]], items)
  })
  share <- lapply(parts, function(part) {
    make_rows(paste0("variance_share_", part), found$share[[part]], "all", factors)
  })
  below <- which(lower.tri(diag(length(factors))), arr.ind = TRUE)
  phi <- if (!is.null(found$phi) && length(factors) > 1) {
    lapply(parts, function(part) {
      make_rows(paste0("phi_", part), found$phi[[part]][below], factors[below[, 1]], factors[below[, 2]])
    })
  }
  do.call(bind_rows, c(
    list(make_rows("bootstrap_replicates", found$used, "all", note = found$note)), loading, share, phi
  ))
}
