#' Bring the factors of a solution into the order and sign of another
#'
#' Of all orders and signs, those that make the sum of squared differences of the loadings smallest (column
#' interchange and reflection; Zhang, Preacher and Luo, 2010, Multivariate Behavioral Research 45, 104-134).
#'
#' @param loadings Loadings to align, p x k.
#' @param phi Correlations of their factors, or `NULL`.
#' @param target Loadings to align with, p x k.
#'
#' @return A list of `loadings`, `phi` and `structure`, their factors named as in `target`.
#' @noRd
align_factors <- function(loadings, phi, target) {
  products <- crossprod(target, loadings)
  column <- max.col(abs(products), "first")
  if (anyDuplicated(column)) column <- best_assignment(abs(products))
  sign <- ifelse(products[cbind(seq_along(column), column)] < 0, -1, 1)
  aligned <- sweep(loadings[, column, drop = FALSE], 2, sign, "*")
  dimnames(aligned) <- dimnames(target)
  if (!is.null(phi)) {
    phi <- phi[column, column, drop = FALSE] * outer(sign, sign)
    dimnames(phi) <- list(colnames(target), colnames(target))
  }
  list(loadings = aligned, phi = phi, structure = if (is.null(phi)) aligned else aligned %*% phi)
}

#' Give each row a column of its own so that the sum of the gains is largest
#'
#' Starts from any assignment and lets rows change columns in a circle as long as a circle gains something.
#' Without such a circle the assignment is the best one.
#'
#' @param gains Square matrix.
#' @return Column of each row.
#' @noRd
best_assignment <- function(gains) {
  column <- seq_len(nrow(gains))
  repeat {
    now <- gains[, column, drop = FALSE]
    circle <- gaining_circle(now - diag(now))
    if (is.null(circle)) {
      return(column)
    }
    column[circle] <- column[c(circle[-1], circle[1])]
  }
}

#' Find a circle of steps that gains something
#'
#' Longest paths over more and more stops (Floyd and Warshall), until one leads back to where it began with a gain.
#'
#' @param step Gain of going from a row to a column; zero on the diagonal.
#' @return Rows in the order of the circle, or `NULL` if there is none.
#' @noRd
gaining_circle <- function(step) {
  least <- 1e-12 * max(1, abs(step))
  onward <- col(step)
  for (stop in seq_len(nrow(step))) {
    through <- outer(step[, stop], step[stop, ], "+")
    longer <- through > step + least
    step[longer] <- through[longer]
    onward[longer] <- onward[row(step)[longer], stop, drop = TRUE]
    start <- utils::head(which(diag(step) > least), 1)
    if (length(start)) {
      return(follow(onward, start))
    }
  }
  NULL
}

#' Follow the steps of a path back to its start
#'
#' @param onward Next row on the way from a row to a column.
#' @param start A row.
#' @return Rows in order.
#' @noRd
follow <- function(onward, start) {
  path <- start
  repeat {
    following <- onward[path[length(path)], start]
    if (following == start) {
      return(path)
    }
    path <- c(path, following)
  }
}
