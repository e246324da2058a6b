# What R says while it computes: warnings, messages and printed lines become notes, or an error where they
# tell that something else was done than asked.

#' Evaluate an expression and keep what it says
#'
#' Warnings, messages and printed lines are caught and returned as a note instead of being shown. One that
#' stands in `replacements()` is an error of class `ermbridge_error_replaced`. What is heard is also told, by a
#' condition of class `ermbridge_said`, to whoever listens further up.
#'
#' @param expr Expression that calls psych, MatchIt, sandwich or stats.
#' @param call Frame of the function to name in an error.
#'
#' @return A list with `value` and `note`, one string, empty if nothing was said. Messages of packages that
#'   are being loaded are no notes: they are said once a session and tell nothing of the numbers.
#' @noRd
with_notes <- function(expr, call = rlang::caller_env()) {
  force(call)
  notes <- character()
  hear <- function(text, kind, said_by = NULL) {
    instead <- replaced_by(text, said_by)
    # A jump, not an error: psych and MatchIt try() and would go on with something else once more.
    if (length(instead)) invokeRestart("ermbridge_replaced", text, instead)
    if (!text %in% notes) {
      rlang::signal("", "ermbridge_said", text = text, kind = kind, said_by = call_text(said_by))
      if (kind != "startup") notes <<- c(notes, text)
    }
  }
  withRestarts(
    {
      value <- listen(expr, hear)
      list(value = value, note = paste(notes, collapse = "; "))
    },
    ermbridge_replaced = function(text, instead) {
      refuse("replaced", c(
        "The request was replaced by something else: {instead}.",
        x = "{.val {text}}"
      ), call = call)
    }
  )
}

#' Evaluate an expression and pass on what it says
#'
#' @param expr An expression.
#' @param hear Function of the text on one line, of its kind (`warning`, `message`, `startup` for the message of
#'   a package that is being loaded, `output` for all printed lines together) and, but for output, of the
#'   call that said it.
#'
#' @return The value of the expression. Printed lines without a letter, such as progress bars, are dropped;
#'   those before an error are heard before the error.
#' @noRd
listen <- function(expr, hear) {
  printed <- character()
  paper <- textConnection("printed", "w", local = TRUE)
  depth <- sink.number()
  sink(paper)
  # Errors that psych tries and mends are printed there too.
  old <- options(try.outFile = paper)
  on.exit({
    options(old)
    while (sink.number() > depth) sink()
    close(paper)
  })
  hear_printed <- function() {
    cat("\n", file = paper)
    lines <- grep("[[:alpha:]]", printed, value = TRUE)
    if (length(lines)) hear(plain_text(paste(lines, collapse = "\n")), "output")
  }
  value <- withCallingHandlers(expr,
    warning = function(cnd) {
      hear(plain_text(condition_text(cnd)), "warning", conditionCall(cnd))
      tryInvokeRestart("muffleWarning")
    },
    message = function(cnd) {
      kind <- if (inherits(cnd, "packageStartupMessage")) "startup" else "message"
      hear(plain_text(condition_text(cnd)), kind, conditionCall(cnd))
      tryInvokeRestart("muffleMessage")
    },
    error = function(cnd) hear_printed()
  )
  hear_printed()
  value
}

#' Evaluate a stage and keep what is said anywhere in it
#'
#' @param stage Name of the stage.
#' @param expr Expression that returns a list with `rows`.
#'
#' @return The list. What was said outside of any `with_notes()` stands in the notes of all rows; `conditions`
#'   is a data frame of everything that was said, in order: `stage`, `kind` as `listen()` has it, `message`,
#'   `call` (text, empty for none).
#' @noRd
with_stage_notes <- function(stage, expr) {
  said <- list(kind = character(), message = character(), call = character())
  record <- function(cnd) {
    said <<- Map(c, said, list(cnd$kind, cnd$text, cnd$said_by))
  }
  heard <- withCallingHandlers(with_notes(expr), ermbridge_said = record)
  result <- heard$value
  note <- result$rows$note
  if (nzchar(heard$note)) {
    result$rows$note <- ifelse(nzchar(note), paste0(note, "; ", heard$note), heard$note)
  }
  result$conditions <- data.frame(stage = rep_len(stage, length(said$kind)), said, stringsAsFactors = FALSE)
  result
}

#' Text of a condition, whatever its class makes of it
#'
#' @param cnd A condition.
#' @return A string, without colours.
#' @noRd
condition_text <- function(cnd) {
  # conditionMessage() breaks the lines of our own messages and drops blanks.
  own <- inherits(cnd, "ermbridge_error")
  text <- tryCatch(
    as.character(if (own) c(cnd$message, cnd$body) else conditionMessage(cnd)),
    error = function(e) character()
  )
  text <- paste(valid_text(text), collapse = "\n")
  if (nzchar(text)) cli::ansi_strip(text) else paste0("a condition of class ", class(cnd)[1], " without a message")
}

#' Make text valid UTF-8
#'
#' @param text Character vector.
#' @return The same in UTF-8; bytes that are no character are written as `<e9>`.
#' @noRd
valid_text <- function(text) {
  text <- enc2utf8(text)
  ifelse(validUTF8(text), text, iconv(text, "UTF-8", "UTF-8", sub = "byte"))
}

#' Put a message on one line, without colours
#'
#' @param text A string.
#' @param most Number of characters beyond which it is cut.
#' @return A string.
#' @noRd
plain_text <- function(text, most = 2000L) {
  text <- trimws(gsub("[[:space:]]*\n[[:space:]]*", " ", cli::ansi_strip(valid_text(text))))
  cut_text(text, most)
}

#' Cut a long text and say so
#'
#' @param text A string.
#' @param most Number of characters that are kept.
#' @return A string.
#' @noRd
cut_text <- function(text, most) {
  length <- nchar(text)
  if (length <= most) text else paste0(substr(text, 1L, most), " ... (cut: ", length, " characters in all)")
}
