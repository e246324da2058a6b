#' Bring factors to canonical order and sign
#'
#' Order: decreasing variance explained, the sum of squared loadings, of correlated factors the diagonal of
#' phi L'L. Sign: positive column sum; where the sum is at most 1e-3
#' of the sum of absolute loadings, the largest loading positive. The factor on which the anchor has
#' its largest loading gets the sign that makes that loading positive.
#'
#' @param loadings Matrix, p x k.
#' @param phi Correlations of the factors, or `NULL`.
#' @param anchor Position of the anchor item; of length 0 or NA for none.
#' @param named Logical by factor, given where the rotation itself says which factor is which: their order stays, and
#'   the sign of those that are `TRUE`.
#' @param general Whether the first factor stays the first: the general one of a bi-factor rotation.
#'
#' @return A list of `loadings` (p x k, columns `F1..Fk`), `phi` (k x k or `NULL`) and `structure` (p x k).
#' @noRd
canonical_form <- function(loadings, phi = NULL, anchor = integer(), named = NULL, general = FALSE) {
  loadings <- unclass(loadings)
  explained <- if (is.null(phi)) colSums(loadings^2) else diag(phi %*% crossprod(loadings))
  if (general) explained[1] <- Inf
  order <- if (is.null(named)) order(-explained) else seq_along(explained)
  loadings <- loadings[, order, drop = FALSE]
  sign <- apply(loadings, 2, column_sign)
  if (length(anchor) && !is.na(anchor)) {
    factor <- which.max(abs(loadings[anchor, ]))
    sign[factor] <- if (loadings[anchor, factor] < 0) -1 else 1
  }
  sign[named] <- 1
  names <- paste0("F", seq_along(sign))
  loadings <- sweep(loadings, 2, sign, "*")
  dimnames(loadings) <- list(NULL, names)
  if (!is.null(phi)) {
    phi <- unclass(phi)[order, order, drop = FALSE] * outer(sign, sign)
    dimnames(phi) <- list(names, names)
  }
  list(loadings = loadings, phi = phi, structure = if (is.null(phi)) loadings else loadings %*% phi)
}

#' The sign that makes a column of loadings canonical
#'
#' @param x Loadings of one factor.
#' @return 1 or -1.
#' @noRd
column_sign <- function(x) {
  decisive <- if (abs(sum(x)) <= 1e-3 * sum(abs(x))) x[which.max(abs(x))] else sum(x)
  if (decisive < 0) -1 else 1
}
