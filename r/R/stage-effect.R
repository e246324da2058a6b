#' Stage effect: the treatment effect, unmatched and matched
#'
#' Unmatched: difference of means by [stats::lm()], pooled standard error, t with n - 2 degrees of
#' freedom. Matched: difference of weighted means, with a row for each kind of `matched_errors()`. With
#' `tie_orders`, the smallest, largest and mean effect over orders of the rows, by `tie_rows()`.
#'
#' @inheritParams run_stage
#'
#' @return A list of `rows` and `artefacts`, which is empty.
#' @noRd
stage_effect <- function(study, frame, artefacts) {
  section <- study_section(study, "effect")
  for (kind in as.list(section[["std_error"]])) check_choice(kind, names(matched_errors()), "effect.std_error")
  check_number(section[["conf_level"]], "effect.conf_level", above = 0, below = 1)
  treated <- treatment_column(study, frame)
  outcome <- stage_outcome("effect", study, frame, artefacts)
  weights <- needed_artefact(artefacts, "weights", "effect", nrow(frame))
  check_weights(weights, treated)
  sample <- list(
    outcome = outcome, treated = treated, weights = weights, match_matrix = artefacts[["match_matrix"]]
  )
  matched <- lapply(as.list(section[["std_error"]]), matched_rows, sample = sample, conf_level = section[["conf_level"]])
  rows <- do.call(bind_rows, c(
    list(unmatched_rows(outcome, treated, section[["conf_level"]])), matched, list(tie_rows(study, sample, artefacts, frame), tie_bound_rows(study, sample, artefacts, frame))
  ))
  list(rows = rows, artefacts = list())
}

#' Refuse weights that belong to no match
#'
#' @param weights Double vector, one weight per row.
#' @param treated 0/1 vector.
#' @param call Frame of the function to name in an error.
#' @return Nothing.
#' @noRd
check_weights <- function(weights, treated, call = rlang::caller_env()) {
  if (any(weights < 0)) {
    refuse("input", "The artefact {.val weights} must not be negative.", call = call)
  }
  empty <- c("controls", "treated")[c(sum(weights[treated == 0]), sum(weights[treated == 1])) == 0]
  if (length(empty)) {
    refuse("input", "The artefact {.val weights} is zero for all {empty}.", call = call)
  }
}

#' Rows of the effect without matching
#'
#' @param outcome Double vector.
#' @param treated 0/1 vector.
#' @param conf_level Level of the confidence interval.
#' @return A data frame of rows.
#' @noRd
unmatched_rows <- function(outcome, treated, conf_level) {
  fit <- stats::lm(outcome ~ treated)
  found <- with_notes(summary(fit)$coefficients["treated", ])
  interval <- stats::confint(fit, "treated", level = conf_level)
  effect_rows("unmatched", "pooled", c(found$value, interval), found$note)
}

#' Rows of the effect after matching
#'
#' p value and interval are normal. A matched treated unit weighs 1, so the mean of the treated is the plain
#' one.
#'
#' @param kind Kind of standard error, a name of `matched_errors()`.
#' @param sample A list: `outcome`, `treated` (0/1), `weights` (matching weights, 0 for unmatched rows), one
#'   value per row each; `match_matrix` (positions of rows, treated x ratio), or `NULL`.
#' @param conf_level Level of the confidence interval.
#' @return A data frame of rows.
#' @noRd
matched_rows <- function(kind, sample, conf_level) {
  estimate <- matched_difference(sample$outcome, sample$treated, sample$weights)
  found <- with_notes(matched_errors()[[kind]](sample))
  std_error <- found$value
  statistic <- estimate / std_error
  half <- stats::qnorm((1 + conf_level) / 2) * std_error
  p_value <- 2 * stats::pnorm(-abs(statistic))
  effect_rows("matched", kind, c(
    estimate, std_error, statistic, p_value, estimate - half, estimate + half
  ), found$note)
}

#' Mean of the matched treated minus the weighted mean of their controls
#'
#' @param outcome,treated,weights Vectors, one value per row.
#' @return A number.
#' @noRd
matched_difference <- function(outcome, treated, weights) {
  one <- treated == 1 & weights > 0
  zero <- treated == 0 & weights > 0
  mean(outcome[one]) - stats::weighted.mean(outcome[zero], weights[zero])
}

#' The six rows of one effect
#'
#' @param term `unmatched` or `matched`.
#' @param component Kind of standard error.
#' @param values Estimate, standard error, statistic, p value and both ends of the interval.
#' @param note Note of the rows.
#' @return A data frame of rows.
#' @noRd
effect_rows <- function(term, component, values, note = "") {
  quantities <- c("estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high")
  make_rows(quantities, values, term, component, note)
}
