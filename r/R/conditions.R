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

#' Texts by which psych and MatchIt tell that they did something else than asked
#'
#' Each is a part of a warning or message in the sources of psych 2.4.12 or MatchIt 4.7.1. Messages
#' about fit statistics or starting values that no row reports are not listed: they end up as notes.
#'
#' @return A character vector.
#' @noRd
replacement_texts <- function() {
  c(
    "factor method not specified correctly",
    "minres used instead",
    "too many factors requested for this number of variables to use SMC",
    "Specified rotation not found",
    "Promax was used instead",
    "Varimax from GPA rotation is used instead of varimax from stats",
    "to do these rotations requires the GPArotation package",
    "smoothing was done",
    "there is something seriously wrong with the correlation matrix",
    "matrix is not invertible, image not found",
    "the correlation matrix is singular, the pseudo inverse is  used",
    "the correlation matrix is singular, an approximation is used",
    "regression scores found instead",
    "n not specified, 100 used",
    "the matrix has produced imaginary results",
    "imaginary eigen value condition encountered",
    "do not allow for SMC's to be found",
    "will be ignored"
  )
}

#' Evaluate an expression and keep what it says
#'
#' Warnings and messages are caught and returned as a note instead of being shown. One that says that
#' the request was replaced by something else is an error of class `ermbridge_error_replaced`.
#'
#' @param expr Expression that calls psych, MatchIt, sandwich or stats.
#' @param call Frame of the function to name in an error.
#'
#' @return A list with `value` and `note`, one string, empty if nothing was said.
#' @noRd
with_notes <- function(expr, call = rlang::caller_env()) {
  notes <- character()
  keep <- function(cnd) {
    text <- plain_text(conditionMessage(cnd))
    if (is_replacement(text, conditionCall(cnd))) {
      refuse("replaced", c(
        "The request was replaced by something else.",
        x = "{.val {text}}"
      ), call = call)
    }
    notes <<- c(notes, text)
    invokeRestart(if (inherits(cnd, "warning")) "muffleWarning" else "muffleMessage")
  }
  value <- withCallingHandlers(expr, warning = keep, message = keep)
  list(value = value, note = paste(unique(notes), collapse = "; "))
}

#' Put a message on one line, without colours
#'
#' @param text A string.
#' @return A string.
#' @noRd
plain_text <- function(text) {
  trimws(gsub("[[:space:]]*\n[[:space:]]*", " ", cli::ansi_strip(text)))
}

#' Tell whether a message says that the request was replaced
#'
#' psych smooths the matrix that the loadings reproduce for its fit statistics alone; that is no
#' replacement of what was asked for.
#'
#' @param text Text of the message.
#' @param call Call that said it, or `NULL`.
#'
#' @return `TRUE` or `FALSE`.
#' @noRd
is_replacement <- function(text, call) {
  if (identical(call, quote(cor.smooth(model)))) {
    return(FALSE)
  }
  # plain_text() may have joined lines, but keeps the blanks within one.
  any(vapply(replacement_texts(), grepl, logical(1), x = text, fixed = TRUE))
}
