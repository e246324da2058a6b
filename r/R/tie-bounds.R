#' Rows on the exact bounds of the effect over every choice among ties
#'
#' With replacement units choose without regard to each other. Of the partners that are as near as its last
#' one, each takes those with the smallest, or the largest, outcomes; or any, all equally likely.
#'
#' @inheritParams tie_rows
#' @return A data frame of rows: smallest, largest and expected effect. None where they are not asked for.
#' @noRd
tie_bound_rows <- function(study, sample, artefacts, frame, call = rlang::caller_env()) {
  if (!isTRUE(study[["effect"]][["tie_envelope"]])) {
    return(make_rows("tie_exact_low", double()))
  }
  section <- study_section(study, "matching")
  if (is.finite(most_uses(section))) {
    refuse("input", "{.field effect.tie_envelope}: needs {.field matching.replace} without a limit.", call = call)
  }
  scores <- needed_artefact(artefacts, "propensity", "effect", length(sample$treated), call)
  focal <- focal_units(sample$treated, section)
  may <- may_pair(section, scores, restricting_columns(section, frame, call))
  rows <- which(focal == 1)
  others <- which(focal == 0)
  wanted <- wanted_partners(section, scores, focal)
  means <- vapply(seq_along(rows), function(i) {
    there <- others[may(rows[i], others)]
    bounds_of_mean(sample$outcome[there], abs(scores[rows[i]] - scores[there]), wanted[i])
  }, double(3))
  matched <- !is.na(means[1, ])
  effects <- mean(sample$outcome[rows[matched]]) - rowMeans(means[, matched, drop = FALSE])
  # The other way round the partners are the treated.
  bounds <- if (identical(section[["estimand"]], "ATC")) -effects else effects[c(2, 1, 3)]
  make_rows(c("tie_exact_low", "tie_exact_high", "tie_exact_mean"), bounds, "matched")
}

#' Smallest, largest and expected mean of the partners of one unit
#'
#' @param outcome Outcomes of all possible partners.
#' @param apart Their distances.
#' @param wanted Number of partners wanted.
#' @return Three numbers, `NA` where there is nobody.
#' @noRd
bounds_of_mean <- function(outcome, apart, wanted) {
  count <- min(wanted, length(apart))
  if (!count) {
    return(c(NA_real_, NA_real_, NA_real_))
  }
  last <- sort(apart)[count]
  sure <- sum(outcome[apart < last])
  tied <- sort(outcome[apart == last])
  open <- count - sum(apart < last)
  (sure + c(sum(utils::head(tied, open)), sum(utils::tail(tied, open)), open * mean(tied))) / count
}
