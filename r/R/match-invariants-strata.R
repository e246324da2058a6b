#' Check what any division into subclasses must have
#'
#' Everybody with a weight is in a subclass; each holds both groups; subclasses are strata, all of them that
#' hold both groups or, in pairs, as many pairs as there can be; on scores, no unit of a group is in a lower
#' subclass than one with a lower score; weights as the subclasses ask for.
#'
#' @param taken Artefacts as from `strata_artefacts()`.
#' @param treated 0/1 vector.
#' @param strata Codes of strata as from `strata_of()`, or `NULL` where subclasses are made of scores.
#' @param section Section `matching` of a study.
#'
#' @return Literal messages, `character(0)` if all is well.
#' @noRd
broken_strata <- function(taken, treated, strata, section) {
  inside <- !is.na(taken$subclass)
  sets <- taken$subclass[inside]
  both <- intersect(sets[treated[inside] == 1], sets[treated[inside] == 0])
  if (any(inside != (taken$weights > 0))) {
    return("A unit has a weight and no subclass, or no weight in one.")
  }
  if (!all(sets %in% both)) {
    return("A subclass lacks treated units or controls.")
  }
  expected <- strata_weights(taken$subclass, treated, if (is.null(taken$match_matrix)) section[["estimand"]] else "ATT")
  c(
    character(),
    if (!is.null(strata)) broken_membership(taken, treated, strata),
    if (!is.null(taken$propensity)) broken_order(taken, treated),
    if (any(abs(expected - taken$weights) > 1e-9)) "The weights do not follow from the subclasses."
  )
}

#' Describe subclasses that are no strata
#'
#' @inheritParams broken_strata
#' @return Literal messages, `character(0)` if all is well.
#' @noRd
broken_membership <- function(taken, treated, strata) {
  inside <- !is.na(taken$subclass)
  paired <- !is.null(taken$match_matrix)
  mixed <- nrow(unique(data.frame(taken$subclass, strata)[inside, ])) > length(unique(taken$subclass[inside]))
  counts <- table(strata, factor(treated, 0:1))
  wanted <- if (paired) 2 * pmin(counts[, 1], counts[, 2]) else rowSums(counts) * (pmin(counts[, 1], counts[, 2]) > 0)
  found <- table(factor(strata[inside], rownames(counts)))
  parted <- !paired && length(unique(taken$subclass[inside])) > length(unique(strata[inside]))
  c(
    character(),
    if (mixed) "A subclass holds units of several strata.",
    if (parted) "A stratum is parted into several subclasses.",
    if (any(found != wanted)) "Units are left out that could be matched.",
    if (paired && any(table(taken$subclass) != 2)) "A pair holds more or fewer than two units."
  )
}

#' Describe subclasses that do not follow the scores
#'
#' @inheritParams broken_strata
#' @return Literal messages, `character(0)` if all is well.
#' @noRd
broken_order <- function(taken, treated) {
  falls <- vapply(0:1, function(group) {
    members <- which(treated == group & !is.na(taken$subclass))
    ranges <- split(taken$propensity[members], taken$subclass[members])
    highest <- vapply(ranges, max, double(1))
    lowest <- vapply(ranges, min, double(1))
    any(utils::head(cummax(highest), -1L) > lowest[-1L])
  }, logical(1))
  if (any(falls)) "A unit is in a lower subclass than one with a lower score." else character()
}

#' Weights that follow from subclasses
#'
#' @param subclass Integer vector, `NA` for none.
#' @param treated 0/1 vector.
#' @param estimand `"ATT"`, `"ATC"` or `"ATE"`.
#' @return Double vector: in each subclass the units of a group share equally the part of the units that the
#'   estimand is about; each group averages 1.
#' @noRd
strata_weights <- function(subclass, treated, estimand) {
  inside <- !is.na(subclass)
  about <- inside & switch(estimand, ATT = treated == 1, ATC = treated == 0, ATE = inside)
  part <- table(factor(subclass[about], sort(unique(subclass[inside])))) / sum(about)
  weights <- double(length(treated))
  for (group in 0:1) {
    members <- inside & treated == group
    set <- as.character(subclass[members])
    weights[members] <- part[set] / table(set)[set] * sum(members)
  }
  weights
}

#' Strata of the covariates, worked out anew
#'
#' @param frame A data frame as from `prepare_frame()`.
#' @param section Section `matching` of a study.
#' @return Integer vector, equal for rows of one stratum.
#' @noRd
strata_of <- function(frame, section) {
  settings <- section[["method"]]
  coarse <- method_name(section) == "coarsened_exact"
  codes <- lapply(section[["covariates"]], function(name) {
    x <- frame[[name]]
    if (!coarse) {
      return(value_codes(x))
    }
    if (is.factor(x)) group_codes(x, level_groups(settings, name)) else bin_codes(x, settings[["cutpoints"]][[name]])
  })
  rows <- do.call(paste, codes)
  match(rows, unique(rows))
}

#' Numbers of the groups that levels are joined to
#'
#' @param x A factor.
#' @param groups A list of character vectors.
#' @return Integer vector.
#' @noRd
group_codes <- function(x, groups) {
  of_level <- seq_len(nlevels(x))
  for (group in groups) of_level[match(group, levels(x))] <- match(group[1], levels(x))
  of_level[as.integer(x)]
}

#' Numbers of the bins of a column
#'
#' @param x Double vector.
#' @param rule As for `cut_argument()`.
#' @return Integer vector.
#' @noRd
bin_codes <- function(x, rule) {
  if (is.null(rule)) rule <- "sturges"
  if (is.character(rule) && startsWith(rule, "q")) {
    rule <- quantile_cuts(x, as.integer(substring(rule, 2)))
  } else if (is.character(rule)) {
    rule <- as.integer(switch(rule,
      sturges = grDevices::nclass.Sturges(x), scott = grDevices::nclass.scott(x), fd = grDevices::nclass.FD(x)
    ))
  }
  if (!is.integer(rule)) {
    return(findInterval(x, sort(unique(rule))))
  }
  if (rule == 0L) value_codes(x) else findInterval(x, utils::head(seq(min(x), max(x), length.out = rule + 1L)[-1L], -1L))
}

#' Quantiles between bins
#'
#' @param x Double vector.
#' @param bins Number of bins, at least 2.
#' @return Double vector, one less than bins.
#' @noRd
quantile_cuts <- function(x, bins) {
  stats::quantile(x, seq(1 / bins, 1 - 1 / bins, by = 1 / bins), names = FALSE)
}
