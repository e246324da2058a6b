#' Rows on what bias by something unobserved could do to the effect
#'
#' @inheritParams run_stage
#' @param sample A list as in `matched_rows()`.
#' @param call Frame of the function to name in an error.
#' @return A data frame of rows; none where `effect.sensitivity` is absent. What is not defined has no row.
#' @noRd
effect_sensitivity_rows <- function(study, sample, frame, call = rlang::caller_env()) {
  section <- study[["effect"]]
  asked <- section[["sensitivity"]]
  kinds <- as.list(section[["std_error"]])
  bind_rows(
    make_rows("e_value", double()),
    bound_rows(as.double(unlist(asked[["rosenbaum"]])), sample, study[["matching"]], call),
    if (isTRUE(asked[["e_value"]])) e_value_rows(sample, kinds[[1]], study[["matching"]][["replace"]]),
    placebo_rows(as.character(unlist(asked[["placebo"]])), sample, frame, study, call)
  )
}

#' Rows of Rosenbaum's bounds
#'
#' @param gamma Double vector, empty for none.
#' @param sample A list as in `matched_rows()`.
#' @param matching Section `matching` of a study.
#' @param call Frame of the function to name in an error.
#' @return A data frame of rows, or `NULL`.
#' @noRd
bound_rows <- function(gamma, sample, matching, call = rlang::caller_env()) {
  if (!length(gamma)) {
    return(NULL)
  }
  if (!all(is.finite(gamma) & gamma >= 1)) {
    refuse("input", "{.field effect.sensitivity.rosenbaum}: needs numbers from 1, found {.val {gamma}}.", call = call)
  }
  if (!is.null(sample$survey)) {
    refuse("input", "{.field effect.sensitivity.rosenbaum}: pairs with {.field survey_weights} have no bounds.",
      call = call
    )
  }
  differences <- pair_differences(sample, identical(matching[["estimand"]], "ATC"), call)
  binary <- all(sample$outcome %in% c(0, 1))
  component <- sprintf("%g", gamma)
  term <- if (binary) "mcnemar" else "signed_rank"
  p <- if (binary) mcnemar_bounds(differences, gamma) else signed_rank_bounds(differences, gamma)
  note <- paste("against a", if (p$above) "positive" else "negative", "effect")
  effect <- if (!binary) hodges_lehmann_bounds(differences, gamma)
  rows <- bind_rows(
    make_rows("rosenbaum_p_low", p$low, term, component, note),
    make_rows("rosenbaum_p_high", p$high, term, component, note),
    make_rows("hodges_lehmann_low", effect$low, term, component),
    make_rows("hodges_lehmann_high", effect$high, term, component)
  )
  rows[!is.nan(rows$value), ]
}

#' Differences of the outcome within pairs
#'
#' @param sample A list as in `matched_rows()`.
#' @param of_controls Whether the match matrix has a row for each control.
#' @param call Frame of the function to name in an error.
#' @return Double vector: treated minus control, one per pair.
#' @noRd
pair_differences <- function(sample, of_controls, call = rlang::caller_env()) {
  partner <- sample$match_matrix
  found <- partner[!is.na(partner)]
  if (is.null(partner) || ncol(partner) != 1 || anyDuplicated(found)) {
    refuse("input", c(
      "{.field effect.sensitivity.rosenbaum}: bounds are those of pairs, one control for each treated unit and none twice.",
      i = "Match with {.code ratio: 1} and {.code replace: false}."
    ), call = call)
  }
  focal <- which(sample$treated == if (of_controls) 0 else 1)
  difference <- sample$outcome[focal[!is.na(partner)]] - sample$outcome[found]
  if (of_controls) -difference else difference
}

#' Rows of the E-values
#'
#' Of an outcome of 0 and 1 by the risks in the matched groups, with an interval of the logarithm of their ratio by
#' psmatch2's variances; of any other by standard deviations within the groups before matching.
#'
#' @param sample A list as in `matched_rows()`.
#' @param kind Kind of standard error.
#' @param reuse Whether a partner may serve several units.
#' @return A data frame of rows, or `NULL` where they are not defined.
#' @noRd
e_value_rows <- function(sample, kind, reuse) {
  if (all(sample$outcome %in% c(0, 1))) {
    values <- e_values_of_risks(sample)
  } else {
    std_dev <- stats::sigma(stats::lm(outcome ~ treated, sample[c("outcome", "treated")]))
    row <- matched_rows(kind, sample, conf_level = .95, reuse = reuse)
    taken <- stats::setNames(row$value, row$quantity)
    defined <- isTRUE(taken[["std_error"]] > 0 && std_dev > 0)
    values <- if (defined) e_values(taken[["estimate"]], taken[["std_error"]], std_dev)
  }
  if (!is.null(values)) make_rows("e_value", values, names(values))
}

#' E-values of the ratio of two risks
#'
#' @param sample A list as in `matched_rows()`, with an outcome of 0 and 1.
#' @return A named double vector: `point` and `limit`; `NULL` where a risk is 0 or a group has one unit.
#' @noRd
e_values_of_risks <- function(sample) {
  risk_of <- function(group) {
    used <- sample$treated == group & sample$weights != 0
    share <- sample$weights[used] / sum(sample$weights[used])
    risk <- sum(share * sample$outcome[used])
    c(log = if (risk > 0) log(risk) else NA, variance = stats::var(sample$outcome[used]) * sum(share^2) / risk^2)
  }
  one <- risk_of(1)
  zero <- risk_of(0)
  if (anyNA(c(one, zero))) {
    return(NULL)
  }
  away <- abs(one[["log"]] - zero[["log"]])
  nearer <- away - stats::qnorm(.975) * sqrt(one[["variance"]] + zero[["variance"]])
  c(point = e_value(exp(away)), limit = e_value(exp(max(0, nearer))))
}

#' Rows of the matched effect on outcomes that the treatment cannot have changed
#'
#' @param columns Names of columns of the frame.
#' @param sample A list as in `matched_rows()`.
#' @param frame A data frame as from `prepare_frame()`.
#' @param study A list as from `read_study()`.
#' @param call Frame of the function to name in an error.
#' @return A data frame of rows, or `NULL`.
#' @noRd
placebo_rows <- function(columns, sample, frame, study, call = rlang::caller_env()) {
  if (!length(columns)) {
    return(NULL)
  }
  outcomes <- number_columns(frame, columns, "effect.sensitivity.placebo", call)
  rows <- Map(function(name, outcome) {
    sample$outcome <- outcome
    found <- do.call(bind_rows, lapply(
      as.list(study[["effect"]][["std_error"]]), matched_rows,
      sample = sample, conf_level = study[["effect"]][["conf_level"]], reuse = study[["matching"]][["replace"]]
    ))
    found$term <- sprintf("placebo[%s]", name)
    found
  }, columns, outcomes)
  do.call(bind_rows, unname(rows))
}
