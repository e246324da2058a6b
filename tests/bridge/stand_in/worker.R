# Stands in for erm-bridge's own R code: functions that misbehave in every way the worker must survive.
worker_call <- function(name, arguments) {
  tryCatch(
    list(ok = TRUE, value = do.call(commands[[name]], arguments, quote = TRUE)),
    error = function(cnd) {
      list(
        ok = FALSE, class = class(cnd), message = conditionMessage(cnd),
        call = deparse(conditionCall(cnd))[1], trace = c("outer()", "inner()"),
        said = "a warning"
      )
    }
  )
}

commands <- list(
  warm_up = function() TRUE,
  echo = function(x) x,
  fail = function(kind, message) stop(structure(class = c(kind, "error", "condition"), list(message = message, call = quote(f(x))))),
  describe = function(x) {
    list(
      class = class(x), names = names(x), rows = .row_names_info(x),
      columns = unname(vapply(x, function(column) class(column)[1], "")),
      missing = unname(vapply(x, function(column) sum(is.na(column)), 0L)),
      levels = unname(lapply(x, levels))
    )
  },
  missing_values = function() {
    list(
      integer = c(1L, NA, -3L), logical = c(TRUE, NA, FALSE), text = c("a", NA, "\u4e2d"),
      number = c(1, NA, NaN, Inf), named = c(MatchIt = "4.7.1", other = NA),
      matrix = matrix(1:6, nrow = 2), factor = factor(c("b", NA, "a"), levels = c("b", "a")),
      unnamed = list(1, "x"), nothing = NULL
    )
  },
  frame = function() {
    data.frame(
      number = c(1.5, NA), whole = c(NA, 2L), text = c("x", NA), flag = c(NA, TRUE),
      group = factor(c("u", NA), levels = c("v", "u")), stringsAsFactors = FALSE
    )
  },
  local_time = function() list(when = as.POSIXlt("2024-01-02", tz = "UTC")),
  environment = function() globalenv(),
  bare_error = function() NULL,
  sleep = function(seconds) Sys.sleep(seconds),
  quit = function() {
    message("about to leave")
    quit(save = "no", status = 3)
  },
  crash = function() tools::pskill(Sys.getpid(), 11L),
  print = function() {
    cat("printed by R\n")
    system("echo printed by a child of R")
  },
  settings = function() {
    list(
      libraries = .libPaths(), sorted = sort(c("b", "B", "a", "_x")), length = nchar("\u4e2d"),
      interactive = interactive(), environment = Sys.getenv(c("R_LIBS", "R_PROFILE_USER", "LC_ALL")),
      loaded = loadedNamespaces(), globals = ls(globalenv())
    )
  }
)
