#' Refuse what is not defined for the match
#'
#' @param kinds Kinds of standard error.
#' @param section Section `effect` of a study.
#' @param matching Section `matching` of a study.
#' @param call Frame of the function to name in an error.
#' @return Nothing.
#' @noRd
check_effect <- function(kinds, section, matching, call = rlang::caller_env()) {
  weighted <- !is.null(matching[["survey_weights"]])
  for (kind in kinds) {
    reason <- undefined_error(kind, matching)
    if (nzchar(reason)) {
      refuse("input", "{.field effect.std_error}: {kind} is not defined: {reason}.", call = call)
    }
  }
  keys <- c("tie_orders", "tie_envelope")
  asked <- keys[c(isTRUE(section[["tie_orders"]] > 0), isTRUE(section[["tie_envelope"]]))]
  distance <- matching[["distance"]][["method"]]
  discard <- matching[["discard"]]
  given <- c(
    distance = !is.null(distance) && distance != "glm", mahvars = length(matching[["mahvars"]]) > 0,
    discard = !is.null(discard) && discard != "none", survey_weights = weighted && "tie_envelope" %in% asked
  )
  if (length(asked) && any(given)) {
    refuse("input", c(
      "{.field effect.{asked[[length(asked)]]}}: not available with {.field matching.{names(given)[given][[1]]}}.",
      i = "Remove one of the two."
    ), call = call)
  }
}

#' Why a kind of standard error is not defined for a match
#'
#' @param kind Kind of standard error.
#' @param matching Section `matching` of a study.
#' @return A string, empty where it is defined.
#' @noRd
undefined_error <- function(kind, matching) {
  method <- matching_method(matching)
  in_strata <- is.list(matching[["method"]]) && isTRUE(matching[["method"]][["k2k"]])
  pairs <- method %in% c("nearest", "optimal") || in_strata
  reuse <- isTRUE(matching[["replace"]])
  of_a_score <- c("abadie_imbens", "abadie_imbens_score")
  distance <- matching[["distance"]][["method"]]
  scored <- (is.null(distance) || distance == "glm") && !length(matching[["mahvars"]]) && !in_strata
  no_sets <- c("radius", "kernel", "local_linear", "cardinality")
  reasons <- c(
    "the method makes no pairs" = kind %in% c("pair", "unit", "pair_and_unit", of_a_score) && !pairs,
    "no unit is in one set" = kind == "subclass" && (reuse || method %in% no_sets),
    "the method makes no sets to draw from" = kind == "bootstrap" && method %in% no_sets,
    "weights can be negative" = grepl("^HC", kind) && method == "local_linear",
    "units were not matched on a score" = kind %in% of_a_score && !scored,
    "it has no form for survey_weights" = kind %in% of_a_score && !is.null(matching[["survey_weights"]]),
    "the propensity model has reestimate" = kind == "abadie_imbens_score" && isTRUE(matching[["reestimate"]]),
    "its theory is that of partners who may serve any number of units" =
      kind == "abadie_imbens_score" && (!reuse || !is.null(matching[["reuse_max"]]))
  )
  c(names(reasons)[reasons], "")[[1]]
}
