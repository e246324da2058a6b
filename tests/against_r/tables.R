# Tables to and from the Python side; see conftest.py for the protocol.

arguments <- function() {
  commandArgs(trailingOnly = TRUE)[-(1:2)]
}

read_tables <- function() {
  folder <- commandArgs(trailingOnly = TRUE)[1]
  files <- list.files(folder, pattern = "[.]csv$", full.names = TRUE)
  tables <- lapply(files, utils::read.csv, check.names = FALSE, encoding = "UTF-8")
  names(tables) <- sub("[.]csv$", "", basename(files))
  lapply(tables, whole_numbers_to_doubles)
}

# Everything numeric is double, as in the analysis frame.
whole_numbers_to_doubles <- function(frame) {
  frame[] <- lapply(frame, function(x) if (is.integer(x)) as.numeric(x) else x)
  frame
}

write_table <- function(frame, name) {
  folder <- commandArgs(trailingOnly = TRUE)[2]
  frame[] <- lapply(frame, function(x) if (is.double(x)) in_full_digits(x) else x)
  utils::write.csv(frame, file.path(folder, paste0(name, ".csv")), row.names = FALSE, fileEncoding = "UTF-8")
}

# 17 significant digits read back to the same double.
in_full_digits <- function(x) {
  ifelse(is.na(x), NA_character_, sprintf("%.17g", x))
}

# mapply(f, ..., SIMPLIFY = FALSE) for designs that do not depend on each other: one process a core.
each <- function(f, ...) {
  warned <- NULL
  found <- withCallingHandlers(
    parallel::mcmapply(f, ..., SIMPLIFY = FALSE, mc.cores = max(2, parallel::detectCores(), na.rm = TRUE)),
    warning = function(cnd) {
      warned <<- conditionMessage(cnd)
      invokeRestart("muffleWarning")
    }
  )
  failed <- Filter(function(one) inherits(one, "try-error"), found)
  if (length(failed)) stop(attr(failed[[1]], "condition"))
  if (!is.null(warned)) stop(warned)
  found
}
