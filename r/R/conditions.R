# Messages are literals of this package; values reach them through cli's `{.val {x}}` only, so that
# no text of a user is ever read as a template.

#' Stop with a classed error
#'
#' @param kind What went wrong: `input` (the user can mend it), `separation` (the propensity model has
#'   no finite estimate), `replaced` (a package did something else than asked) or `invariant` (a match
#'   breaks its own rules).
#' @param message Lines of the message as [cli::cli_abort()] takes them: a literal with `{.val {x}}`.
#' @param call Frame of the function to name in the message, or `NULL` for none.
#' @param envir Where the values of the message are looked up.
#'
#' @return Nothing; raises a condition of class `ermbridge_error_<kind>` and `ermbridge_error`.
#' @noRd
refuse <- function(kind, message, call = rlang::caller_env(), envir = rlang::caller_env()) {
  class <- c(paste0("ermbridge_error_", kind), "ermbridge_error")
  cli::cli_abort(message, class = class, call = call, .envir = envir)
}

#' Refuse an option value that is not available, by name and with the valid ones
#'
#' @param value Value found in the study file.
#' @param choices Values that are available.
#' @param key Key of the study file, such as `matching.order`.
#' @param call Frame of the function to name in the message.
#'
#' @return `value`, invisibly.
#' @noRd
check_choice <- function(value, choices, key, call = rlang::caller_env()) {
  if (length(value) != 1L || is.na(match(value, choices))) {
    found <- if (is.null(value)) "null" else unlist(value)
    refuse("input", c(
      "{.field {key}}: found {.val {found}}, which is not available.",
      i = "Choose {.or {.val {choices}}}."
    ), call = call)
  }
  invisible(value)
}

#' Refuse a number of the study file that is not a single number in an interval
#'
#' @param value Value found in the study file.
#' @param key Key of the study file.
#' @param above,below The value must lie strictly between these.
#' @param whole Whether it must be a whole number.
#' @param call Frame of the function to name in the message.
#'
#' @return `value` as a double, invisibly.
#' @noRd
check_number <- function(value, key, above = -Inf, below = Inf, whole = FALSE, call = rlang::caller_env()) {
  fits <- is.numeric(value) && length(value) == 1L && is.finite(value) && value > above && value < below
  if (!fits || (whole && value != round(value))) {
    kind <- if (whole) "whole number" else "number"
    found <- if (is.null(value)) "null" else unlist(value)
    refuse("input", "{.field {key}}: found {.val {found}}; must be one {kind} between {above} and {below}.",
      call = call
    )
  }
  invisible(as.double(value))
}

#' Refuse something that is not TRUE or FALSE
#'
#' @inheritParams check_number
#'
#' @return `value`, invisibly.
#' @noRd
check_flag <- function(value, key, call = rlang::caller_env()) {
  if (!rlang::is_bool(value)) {
    found <- if (is.null(value)) "null" else unlist(value)
    refuse("input", "{.field {key}}: found {.val {found}}; must be true or false.", call = call)
  }
  invisible(value)
}
