#' Arguments on how many partners a unit gets, how often one is used, and in which order
#'
#' @inheritParams matching_arguments
#' @return A named list.
#' @noRd
supply_arguments <- function(section) {
  optional <- list(
    min.controls = section[["min_controls"]], max.controls = section[["max_controls"]],
    reuse.max = section[["reuse_max"]]
  )
  c(
    list(ratio = section[["ratio"]], replace = section[["replace"]], m.order = section[["order"]]),
    optional[lengths(optional) > 0]
  )
}

#' The units that are given partners
#'
#' @param treated 0/1 vector.
#' @param section Section `matching` of a study.
#' @return 0/1 vector: 1 for the treated, or for the controls where the effect is that on the controls.
#' @noRd
focal_units <- function(treated, section) if (identical(section[["estimand"]], "ATC")) 1 - treated else treated

#' Most partners that a unit can have
#'
#' @param section Section `matching` of a study.
#' @return A number; `Inf` where all equally near ones are taken.
#' @noRd
most_partners <- function(section) {
  if (identical(section[["ties"]], "all")) Inf else max(section[["ratio"]], section[["max_controls"]])
}

#' How often a partner can be used
#'
#' @param section Section `matching` of a study.
#' @return A number, `Inf` for any.
#' @noRd
most_uses <- function(section) {
  if (!section[["replace"]]) 1 else if (is.null(section[["reuse_max"]])) Inf else section[["reuse_max"]]
}

#' Evaluate a match on the random numbers that Python draws
#'
#' @param section Section `matching` of a study, with the study's `seed`.
#' @param expression What is evaluated.
#' @return Its value.
#' @noRd
with_turns <- function(section, expression) {
  if (!identical(section[["order"]], "random")) {
    return(expression)
  }
  with_stream(section[["seed"]], "matching", expression)
}
