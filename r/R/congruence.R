#' Tucker's congruence of the factors of two solutions
#'
#' By [psych::factor.congruence()], which rounds to two digits unless told otherwise.
#'
#' @param a,b Loadings, p x k and p x m, of the same items.
#' @return A k x m matrix; `NaN` for a factor all of whose loadings are zero.
#' @noRd
worker_congruence <- function(a, b) {
  found <- with_notes(psych::factor.congruence(a, b, digits = 16))$value
  matrix(found, ncol(a), ncol(b))
}
