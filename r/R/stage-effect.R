#' Stage effect: the treatment effect, unmatched and matched
#'
#' Unmatched: difference of means by [stats::lm()], pooled standard error, t with n - 2 degrees of
#' freedom. Matched: difference of weighted means, with a row for each kind of `matched_errors()`. Adjusted, where
#' the study names columns: `regression_effect()`, with a row for each kind of a regression. All of them also in
#' standard deviations of the outcome. With `tie_orders`, the smallest, largest and mean effect over orders of the
#' rows, by `tie_rows()`. With `sensitivity`, what bias by something unobserved could do, by
#' `effect_sensitivity_rows()`.
#'
#' @inheritParams run_stage
#'
#' @return A list of `rows` and `artefacts`, which is empty.
#' @noRd
stage_effect <- function(study, frame, artefacts) {
  section <- study_section(study, "effect")
  kinds <- as.character(unlist(section[["std_error"]]))
  for (kind in as.list(section[["std_error"]])) check_choice(kind, names(matched_errors()), "effect.std_error")
  check_number(section[["conf_level"]], "effect.conf_level", above = 0, below = 1)
  check_effect(kinds, section, study_section(study, "matching"))
  sample <- matched_sample(study, frame, artefacts)
  level <- section[["conf_level"]]
  matched <- lapply(kinds, matched_rows, sample = sample, conf_level = level, reuse = study[["matching"]][["replace"]])
  adjusted <- lapply(
    if (is.null(sample$covariates)) NULL else intersect(kinds, regression_errors()),
    adjusted_rows,
    sample = sample, conf_level = level
  )
  rows <- do.call(bind_rows, c(list(unmatched_rows(sample, level)), matched, adjusted))
  rows <- bind_rows(
    rows, in_sd_rows(rows, sample), tie_rows(study, sample, artefacts, frame),
    tie_bound_rows(study, sample, artefacts, frame),
    effect_sensitivity_rows(study, sample, frame)
  )
  list(rows = rows, artefacts = list())
}

#' Rows of the effect without matching
#'
#' With weights of a survey, their weighted difference with the error HC1.
#'
#' @param sample A list as from `matched_sample()`.
#' @param conf_level Level of the confidence interval.
#' @return A data frame of rows.
#' @noRd
unmatched_rows <- function(sample, conf_level) {
  if (!is.null(sample$survey)) {
    everyone <- list(
      outcome = sample$outcome, treated = sample$treated, weights = sample$survey, focal = sample$focal
    )
    return(normal_rows(
      "unmatched", "HC1", matched_difference(sample$outcome, sample$treated, sample$survey),
      regression_effect(everyone, "HC1")$std_error, conf_level, ""
    ))
  }
  fit <- stats::lm(outcome ~ treated, sample[c("outcome", "treated")])
  found <- with_notes(summary(fit)$coefficients["treated", ])
  interval <- stats::confint(fit, "treated", level = conf_level)
  effect_rows("unmatched", "pooled", c(found$value, interval), found$note)
}

#' Rows of the effect after matching
#'
#' p value and interval are normal.
#'
#' @param kind Kind of standard error, a name of `matched_errors()`.
#' @param sample A list as from `matched_sample()`.
#' @param conf_level Level of the confidence interval.
#' @param reuse Whether a partner may serve several units.
#' @return A data frame of rows.
#' @noRd
matched_rows <- function(kind, sample, conf_level, reuse) {
  found <- with_notes(matched_errors()[[kind]](sample))
  note <- if (kind == "bootstrap" && isTRUE(reuse)) {
    "the bootstrap is not valid where partners serve several units (Abadie and Imbens 2008)"
  }
  estimate <- matched_difference(sample$outcome, sample$treated, sample$weights)
  note <- c(note, found$note[nzchar(found$note)])
  normal_rows("matched", kind, estimate, found$value, conf_level, paste(note, collapse = "; "))
}

#' Rows of the effect after matching, adjusted for covariates
#'
#' @inheritParams matched_rows
#' @param kind One of `regression_errors()`.
#' @return A data frame of rows.
#' @noRd
adjusted_rows <- function(kind, sample, conf_level) {
  found <- with_notes(regression_effect(sample, kind, sample$covariates))
  normal_rows("adjusted", kind, found$value$estimate, found$value$std_error, conf_level, found$note)
}

#' Mean of the matched treated minus that of the matched controls, both weighted
#'
#' @param outcome,treated,weights Vectors, one value per row.
#' @return A number.
#' @noRd
matched_difference <- function(outcome, treated, weights) {
  one <- treated == 1 & weights != 0
  zero <- treated == 0 & weights != 0
  stats::weighted.mean(outcome[one], weights[one]) - stats::weighted.mean(outcome[zero], weights[zero])
}

#' Rows of an effect with the normal distribution
#'
#' @inheritParams effect_rows
#' @param estimate,std_error Numbers.
#' @param conf_level Level of the confidence interval.
#' @return A data frame of rows.
#' @noRd
normal_rows <- function(term, component, estimate, std_error, conf_level, note) {
  statistic <- estimate / std_error
  half <- stats::qnorm((1 + conf_level) / 2) * std_error
  p_value <- 2 * stats::pnorm(-abs(statistic))
  effect_rows(term, component, c(
    estimate, std_error, statistic, p_value, estimate - half, estimate + half
  ), note)
}

#' The six rows of one effect
#'
#' @param term `unmatched`, `matched` or `adjusted`.
#' @param component Kind of standard error.
#' @param values Estimate, standard error, statistic, p value and both ends of the interval.
#' @param note Note of the rows.
#' @return A data frame of rows.
#' @noRd
effect_rows <- function(term, component, values, note = "") {
  quantities <- c("estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high")
  make_rows(quantities, values, term, component, note)
}

#' Effects and intervals in standard deviations of the outcome
#'
#' Of all controls (Glass) and within the two groups (Cohen), before matching. No rows where one is not defined or 0.
#'
#' @param rows Data frame of the rows of all effects.
#' @param sample A list as from `matched_sample()`.
#' @return A data frame of rows.
#' @noRd
in_sd_rows <- function(rows, sample) {
  deviations <- c(
    glass_delta = stats::sd(sample$outcome[sample$treated == 0]),
    cohen_d = stats::sigma(stats::lm(outcome ~ treated, sample[c("outcome", "treated")]))
  )
  deviations <- deviations[!is.na(deviations) & deviations > 0]
  endings <- c(estimate = "", conf_low = "_low", conf_high = "_high")
  taken <- rows[rows$quantity %in% names(endings), ]
  in_sd <- lapply(names(deviations), function(name) {
    transform(taken, quantity = paste0(name, endings[taken$quantity]), value = taken$value / deviations[[name]])
  })
  do.call(bind_rows, in_sd)
}
