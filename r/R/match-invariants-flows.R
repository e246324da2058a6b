#' Describe what is wrong with a match that is an optimum
#'
#' Sets hold both groups, and one unit of a group where they are stars; means of a cardinality match lie within
#' the tolerance, groups in the ratio; weights are those of the sets.
#'
#' @param taken Artefacts as from `flow_artefacts()`.
#' @param treated 0/1 vector.
#' @param covariates Columns as from `balance_columns()`.
#' @param section Section `matching` of a study.
#' @return Literal messages, `NULL` if all is well.
#' @noRd
broken_flow <- function(taken, treated, covariates, section) {
  if (method_name(section) == "cardinality") {
    return(broken_choice(taken$weights > 0, treated, covariates$columns, section))
  }
  sets <- taken$subclass
  counts <- table(sets, factor(treated, 0:1))
  smaller <- pmin(counts[, 1], counts[, 2])
  stars <- method_name(section) != "generalised_full"
  estimand <- if (is.null(taken$match_matrix)) section[["estimand"]] else "ATT"
  c(
    if (any(is.na(sets) != (taken$weights == 0))) "A unit has a weight and no set, or no weight in one.",
    if (any(smaller == 0)) "A set lacks treated units or controls.",
    if (stars && any(smaller > 1)) "A set holds several units of both groups.",
    if (any(abs(strata_weights(sets, treated, estimand) - taken$weights) > 1e-9)) {
      "The weights do not follow from the sets."
    }
  )
}

#' Describe what is wrong with a choice for balanced means
#'
#' @inheritParams broken_flow
#' @param kept Logical vector.
#' @param columns List of the columns that are balanced.
#' @return Literal messages, `NULL` if all is well.
#' @noRd
broken_choice <- function(kept, treated, columns, section) {
  method <- section[["method"]]
  focal <- if (section[["estimand"]] == "ATC") treated == 0 else treated == 1
  everyone <- section[["estimand"]] == "ATE"
  apart <- vapply(columns, function(x) {
    means <- c(mean(x[kept & focal]), mean(x[kept & !focal]))
    # Each group of a choice that stands for everyone is held against all within half of the tolerance.
    difference <- if (everyone) 2 * max(abs(means - mean(x))) else abs(means[1] - means[2])
    spread <- switch(section[["estimand"]],
      ATE = sqrt((stats::var(x[focal]) + stats::var(x[!focal])) / 2),
      stats::sd(x[focal])
    )
    unit <- if (method[["standardised"]] && spread >= 1e-10) spread else 1
    difference / unit
  }, double(1))
  uneven <- !method[["free_ratio"]] && sum(kept & !focal) != section[["ratio"]] * sum(kept & focal)
  lacks <- method[["free_ratio"]] && !everyone && any(focal & !kept)
  c(
    if (lacks) "A unit is left out although its whole group is to be kept.",
    if (any(apart > method[["tolerance"]] + 1e-6)) "Means are farther apart than the tolerance.",
    if (uneven) "The groups are not in the ratio asked for."
  )
}
