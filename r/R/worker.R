# What the Python worker has loaded; an environment so that it outlives a call.
worker_state <- new.env(parent = emptyenv())

#' Call a function for the Python worker, never raising
#'
#' @param name One of `versions`, `warm_up`, `load`, `unload`, `run_stage`, `dataset` and `congruence`.
#' @param arguments List of arguments, by name or in order.
#'
#' @return `list(ok = TRUE, value = ...)`, the value made of plain vectors, matrices, lists and data
#'   frames; or `list(ok = FALSE, class, message, call, trace, said)`: the classes of the condition, its message
#'   without colours, the call that raised it, the calls that led there, innermost last, and what the stage had
#'   said before, as text.
#' @noRd
worker_call <- function(name, arguments = list()) {
  old <- options(fixed_options())
  on.exit(options(old))
  calls <- list()
  said <- character()
  tryCatch(
    withCallingHandlers(
      list(ok = TRUE, value = do.call(worker_function(name), as.list(arguments))),
      error = function(cnd) calls <<- sys.calls(),
      ermbridge_said = function(cnd) said <<- c(said, cnd$text)
    ),
    error = function(cnd) worker_failure(cnd, calls, said),
    interrupt = function(cnd) worker_failure(cnd, calls, said)
  )
}

#' Name of the function behind a name that the worker may call
#'
#' @param name One of the names that `worker_call()` lists.
#' @return Name of a function of this package: called by name, it can be told in a trace.
#' @noRd
worker_function <- function(name) {
  check_choice(name, c("versions", "warm_up", "load", "unload", "run_stage", "dataset", "congruence"), "name")
  paste0("worker_", name)
}

#' Describe a condition in plain text
#'
#' @param cnd A condition.
#' @param calls Calls on the stack when it was raised.
#' @param said What had been said before.
#' @return A list as `worker_call()` returns it; a message of more than 4,000 characters is cut and says so.
#' @noRd
worker_failure <- function(cnd, calls, said) {
  list(
    ok = FALSE,
    class = class(cnd),
    message = cut_text(condition_text(cnd), 4000L),
    call = call_text(conditionCall(cnd)),
    trace = short_trace(calls),
    said = utils::tail(unique(said), 20L)
  )
}

#' Write a call on one line
#'
#' @param call A call or `NULL`.
#' @return A string of at most 200 characters, empty for `NULL`.
#' @noRd
call_text <- function(call) {
  if (is.null(call)) "" else substr(deparse(call, width.cutoff = 200L, nlines = 1L)[1], 1L, 200L)
}

#' Names of the functions on the stack
#'
#' @param calls List of calls, outermost first.
#' @return Character vector: the last 20 that are not part of R's own handling of conditions.
#' @noRd
short_trace <- function(calls) {
  plumbing <- c(
    "tryCatch", "tryCatchList", "tryCatchOne", "doTryCatch", "withCallingHandlers", "h", ".handleSimpleError",
    "worker_call", "do.call", "signal_abort", "signalCondition", "refuse", "with_settings", "with_stage_notes",
    "with_notes", "listen", "withRestarts", "withOneRestart", "doWithOneRestart"
  )
  heads <- vapply(calls, function(call) call_text(as.call(list(call[[1]]))), character(1))
  kept <- !(sub("\\(\\)$", "", heads) %in% plumbing) & !grepl("^\\(?function", heads)
  utils::tail(vapply(calls[kept], call_text, character(1)), 20L)
}

#' Versions of R and of everything the numbers come from
#'
#' @return A list: `r`, `packages` (named character vector of the packages that ermbridge imports, and
#'   of those that they import), `blas` and `lapack` (paths of the libraries in use), `rng` (kinds of the random
#'   numbers of a stage).
#' @noRd
worker_versions <- function() {
  list(
    r = paste(R.version$major, R.version$minor, sep = "."),
    packages = package_versions(imported_packages()),
    blas = unname(extSoftVersion()[["BLAS"]]),
    lapack = La_library(),
    rng = paste(random_kinds(), collapse = ", ")
  )
}

#' Packages that ermbridge imports
#'
#' Not read from DESCRIPTION: the Python worker uses these files without installing the package.
#'
#' @return A character vector.
#' @noRd
imported_packages <- function() {
  c(
    "cli", "GPArotation", "grDevices", "jsonlite", "MatchIt", "parallel", "psych", "rlang", "sandwich", "stats", "utils"
  )
}

#' Versions of packages and of all that they import
#'
#' @param packages Names of packages.
#' @return Named character vector, sorted by name; packages that are not installed are left out.
#' @noRd
package_versions <- function(packages) {
  versions <- stats::setNames(character(), character())
  while (length(packages)) {
    fields <- suppressWarnings(utils::packageDescription(packages[1],
      fields = c("Version", "Depends", "Imports", "LinkingTo")
    ))
    if (is.list(fields)) {
      versions[packages[1]] <- fields$Version
      needed <- unlist(strsplit(as.character(unlist(fields[-1])), ","))
      needed <- trimws(sub("[(].*", "", needed[!is.na(needed)]))
      packages <- c(packages, setdiff(needed, c("R", "", packages, names(versions))))
    }
    packages <- packages[-1]
  }
  versions[order(names(versions), method = "radix")]
}

#' Load the packages that take time to load
#'
#' @return `TRUE`.
#' @noRd
worker_warm_up <- function() {
  loadNamespace("psych")
  loadNamespace("MatchIt")
  TRUE
}

#' Keep a study and a frame for the stages
#'
#' @param study Text of a `study.json`.
#' @param frame Data frame as in [run_stage()].
#' @return Number of rows of the frame.
#' @noRd
worker_load <- function(study, frame) {
  study <- read_study(study)
  frame <- prepare_frame(frame, study)
  worker_state$study <- study
  worker_state$frame <- frame
  nrow(frame)
}

#' Forget the study and the frame that are loaded
#'
#' @return `TRUE`.
#' @noRd
worker_unload <- function() {
  rm(list = ls(worker_state), envir = worker_state)
  # Large vectors go back to the system now, not when R next looks for garbage.
  gc()
  TRUE
}

#' Run a stage on the study and the frame that are loaded
#'
#' @inheritParams run_stage
#' @return A list of `rows`, `artefacts` and `conditions`.
#' @noRd
worker_run_stage <- function(stage, artefacts = list(), allow_known_defects = FALSE) {
  if (is.null(worker_state$frame)) {
    refuse("input", "Load a study and a frame before running a stage.")
  }
  check_choice(stage, stage_names(), "stage")
  artefacts <- check_artefacts(artefacts)
  run_prepared_stage(stage, worker_state$study, worker_state$frame, artefacts, allow_known_defects)
}

#' A data set of an installed package
#'
#' @param package Name of the package.
#' @param name Name of the data set.
#' @return A data frame without row names; labels and other attributes of its columns are dropped,
#'   factors stay factors.
#' @noRd
worker_dataset <- function(package, name) {
  if (!requireNamespace(package, quietly = TRUE)) {
    refuse("input", "The R package {.pkg {package}} is not installed in the R library.", call = NULL)
  }
  found <- new.env(parent = emptyenv())
  suppressWarnings(utils::data(list = name, package = package, envir = found))
  data <- found[[name]]
  if (!is.data.frame(data)) {
    refuse("input", "The R package {.pkg {package}} has no data frame {.val {name}}.", call = NULL)
  }
  columns <- lapply(data, function(x) if (is.factor(x)) factor(x, levels = levels(x)) else as.vector(x))
  structure(columns, class = "data.frame", row.names = .set_row_names(nrow(data)))
}
