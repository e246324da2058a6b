#' Covariates as numbers between which distances are taken
#'
#' A category gives an indicator of every level that occurs, divided by the root of 2, so that two levels are 1
#' apart.
#'
#' @param frame A data frame as from `prepare_frame()`.
#' @param columns Names of columns.
#' @return Double matrix of n rows.
#' @noRd
distance_columns <- function(frame, columns) {
  do.call(cbind, lapply(columns, function(name) {
    x <- frame[[name]]
    if (!is.factor(x)) {
      return(x)
    }
    outer(as.character(x), levels(droplevels(x)), "==") / sqrt(2)
  }))
}

#' Coordinates whose Euclidean distance is the one asked for
#'
#' The root of the (generalised) inverse of a covariance matrix is the symmetric one, of which there is only
#' one.
#'
#' @param x Double matrix of n rows, as from `distance_columns()`.
#' @param treated 0/1 vector.
#' @param method `mahalanobis`, `robust_mahalanobis`, `euclidean` or `scaled_euclidean`, as in MatchIt.
#' @param kept Logical vector: units that count in means, variances and ranks.
#' @param weights Weights of the survey, or `NULL`.
#' @param call Frame of the function to name in an error.
#' @return Double matrix of n rows.
#' @noRd
coordinates <- function(x, treated, method, kept, weights = NULL, call = rlang::caller_env()) {
  varied <- apply(x, 2, function(column) diff(range(column))) >= sqrt(.Machine$double.eps)
  if (!any(varied)) {
    return(x[, 1, drop = FALSE])
  }
  x <- x[, varied, drop = FALSE]
  switch(method,
    euclidean = x,
    scaled_euclidean = {
      scale(x, colMeans(x[kept, , drop = FALSE]), pooled_deviations(x, treated, kept, weights, call))
    },
    mahalanobis = {
      x <- scale(x)
      x %*% inverse_root(pooled_covariance(x[kept, , drop = FALSE], treated[kept], weights[kept]))
    },
    robust_mahalanobis = ranked_coordinates(x, kept, weights)
  )
}

#' Covariance around the means of the groups
#'
#' With weights one mean is allowed for, not two, as in MatchIt.
#'
#' @param x Double matrix.
#' @param treated 0/1 vector, as long as `x` has rows.
#' @param weights Weights of the survey, or `NULL`.
#' @return Square matrix.
#' @noRd
pooled_covariance <- function(x, treated, weights = NULL) {
  share <- if (is.null(weights)) rep_len(1, nrow(x)) else weights
  for (group in list(treated == 1, treated == 0)) {
    means <- colSums(x[group, , drop = FALSE] * share[group]) / sum(share[group])
    x[group, ] <- sweep(x[group, , drop = FALSE], 2, means)
  }
  if (is.null(weights)) crossprod(x) / (nrow(x) - 2) else stats::cov.wt(x, weights)$cov
}

#' Standard deviations around the means of the groups
#'
#' A column of zeros and ones has the variance p (1 - p) of its shares, as in MatchIt.
#'
#' @inheritParams coordinates
#' @return Double vector, one number per column.
#' @noRd
pooled_deviations <- function(x, treated, kept, weights, call = rlang::caller_env()) {
  x <- x[kept, , drop = FALSE]
  treated <- treated[kept]
  share <- if (is.null(weights)) rep_len(1, nrow(x)) else weights[kept]
  variance <- diag(pooled_covariance(x, treated, weights[kept]))
  for (column in which(apply(x == 0 | x == 1, 2, all))) {
    of_group <- vapply(0:1, function(group) {
      p <- stats::weighted.mean(x[treated == group, column], share[treated == group])
      sum(share[treated == group]) * p * (1 - p)
    }, 0)
    variance[column] <- sum(of_group) / sum(share)
  }
  if (any(variance <= .Machine$double.eps)) {
    refuse("input", c(
      "{.field matching.distance}: a covariate does not vary within the groups, so it has no scale.",
      i = "Remove it or choose {.val mahalanobis}."
    ), call = call)
  }
  sqrt(variance)
}

#' Coordinates of the robust Mahalanobis distance
#'
#' That of ranks whose variances are set to what they would be without ties (Rosenbaum 2010, Design of
#' Observational Studies, section 8.3).
#'
#' @inheritParams coordinates
#' @return Double matrix of n rows; those of discarded units are zero.
#' @noRd
ranked_coordinates <- function(x, kept, weights) {
  n <- sum(kept)
  ranks <- matrix(0, nrow(x), ncol(x))
  ranks[kept, ] <- apply(x[kept, , drop = FALSE], 2, rank) - (n + 1) / 2
  ranks <- ranks[, apply(ranks, 2, function(column) any(column != 0)), drop = FALSE]
  of_kept <- ranks[kept, , drop = FALSE]
  covariance <- if (is.null(weights)) stats::cov(of_kept) else stats::cov.wt(of_kept, weights[kept])$cov
  untied <- stats::sd(seq_len(n)) / sqrt(diag(covariance))
  ranks %*% inverse_root(covariance * outer(untied, untied))
}

#' Symmetric root of the generalised inverse of a covariance matrix
#'
#' @param covariance Symmetric matrix. Directions with less than 1e-8 of the largest variance count as without.
#' @return Square matrix.
#' @noRd
inverse_root <- function(covariance) {
  parts <- eigen(covariance, symmetric = TRUE)
  there <- parts$values > 1e-8 * parts$values[1]
  vectors <- parts$vectors[, there, drop = FALSE]
  vectors %*% (t(vectors) / sqrt(parts$values[there]))
}
