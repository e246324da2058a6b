#' Read a study
#'
#' Takes `study.json` as erm-bridge writes it: every default filled in, and type, levels and reference
#' of every analysis column.
#'
#' @param study A list as this function returns it, JSON text, or the path of a JSON file.
#' @param call Frame of the function to name in an error.
#'
#' @return A list. JSON arrays are plain vectors (an empty one is `character(0)`), objects are named
#'   lists, null is `NULL`.
#' @noRd
read_study <- function(study, call = rlang::caller_env()) {
  if (is.list(study) && !is.null(names(study))) {
    return(study)
  }
  if (!rlang::is_string(study)) {
    refuse("input", "The study must be JSON text, the path of a JSON file or a list, not {.type {study}}.", call = call)
  }
  text <- if (grepl("^\\s*\\{", study)) study else read_text(study, call)
  parsed <- tryCatch(jsonlite::parse_json(text, simplifyVector = FALSE), error = function(cnd) {
    reason <- plain_text(conditionMessage(cnd))
    refuse("input", c("The study is not valid JSON.", x = "{.val {reason}}"), call = call)
  })
  if (!is.list(parsed) || is.null(names(parsed))) {
    refuse("input", "The study must be a JSON object with keys, found something else.", call = call)
  }
  plain_vectors(parsed)
}

#' Read a text file in UTF-8
#'
#' @param path Path of the file.
#' @param call Frame of the function to name in an error.
#'
#' @return One string.
#' @noRd
read_text <- function(path, call = rlang::caller_env()) {
  if (!file.exists(path) || dir.exists(path)) {
    refuse("input", "The file {.file {path}} does not exist.", call = call)
  }
  paste(readLines(path, warn = FALSE, encoding = "UTF-8"), collapse = "\n")
}

#' Turn JSON arrays of single values into plain vectors
#'
#' @param node A parsed JSON value, arrays as unnamed lists.
#'
#' @return The same value; arrays of single values as vectors, an empty array as `character(0)`.
#' @noRd
plain_vectors <- function(node) {
  if (!is.list(node)) {
    return(node)
  }
  if (!is.null(names(node))) {
    return(lapply(node, plain_vectors))
  }
  if (!length(node)) {
    return(character())
  }
  single <- vapply(node, function(value) is.atomic(value) && length(value) == 1L, logical(1))
  if (all(single)) unlist(node) else lapply(node, plain_vectors)
}

#' Take the section of one stage out of a study
#'
#' @param study A list as from `read_study()`.
#' @param stage Name of the stage.
#' @param call Frame of the function to name in an error.
#'
#' @return A named list.
#' @noRd
study_section <- function(study, stage, call = rlang::caller_env()) {
  section <- study[[stage]]
  if (is.null(section)) {
    refuse("input", "The study has no section {.field {stage}}.", call = call)
  }
  section
}

#' Columns by which the difference stage forms groups
#'
#' @param study A list as from `read_study()`.
#'
#' @return Names of columns: the treatment first, then those of `difference.by` without repeats.
#' @noRd
group_columns <- function(study) {
  unique(c(study[["matching"]][["treatment"]][["column"]], study[["difference"]][["by"]]))
}
