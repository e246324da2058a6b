#' Arguments on how far apart the units of a pair may be
#'
#' @inheritParams matching_arguments
#' @return A named list.
#' @noRd
caliper_arguments <- function(section) {
  caliper <- section[["caliper"]]
  list(caliper = caliper[["value"]], std.caliper = identical(caliper[["unit"]], "sd"))
}

#' The caliper in units of the score
#'
#' As MatchIt has it, a standard deviation is that of all units.
#'
#' @param section Section `matching` of a study.
#' @param scores Scores to match on.
#' @return A number, or `NULL` for no caliper.
#' @noRd
caliper_width <- function(section, scores) {
  caliper <- section[["caliper"]]
  unit <- if (identical(caliper[["unit"]], "sd")) stats::sd(scores) else 1
  if (!is.null(caliper)) caliper[["value"]] * unit
}
