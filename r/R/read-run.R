#' Read a run folder of erm-bridge
#'
#' @param dir Path of the run folder.
#'
#' @return A named list:
#'
#'   * `run` and `study`: the contents of `run.json` and `study.json` as lists, JSON arrays as vectors;
#'   * `estimates`, `crosscheck`, `cohort_flow`: data frames;
#'   * `analysis_frame`: data frame; categories of the study are factors with the study's levels;
#'   * `scores`, `matched`: data frames.
#'
#'   A table that the run did not write is `NULL`. Numbers are read so that they equal the written ones
#'   to the last bit ([utils::read.csv()] alone is off by one unit in the last place for about one number
#'   in ten thousand). An empty cell of a number is `NA`; text such as `NA` or `None` stays text.
#'
#' @inheritSection run_stage Errors
#'
#' @examples
#' \dontrun{
#' run <- read_run("runs/lalonde")
#' run$crosscheck[run$crosscheck$verdict != "agree", ]
#' }
#' @export
read_run <- function(dir) {
  if (!dir.exists(dir)) {
    refuse("input", "The run folder {.file {dir}} does not exist.")
  }
  file <- function(name) file.path(dir, name)
  table <- function(name, variables = NULL) {
    if (file.exists(file(name))) read_table(file(name), variables)
  }
  study <- read_study(file("study.json"))
  list(
    run = read_study(file("run.json")),
    study = study,
    estimates = table("estimates.csv"),
    crosscheck = table("crosscheck.csv"),
    cohort_flow = table("cohort_flow.csv"),
    analysis_frame = table("analysis_frame.csv.gz", study[["variables"]]),
    scores = table("scores.csv.gz"),
    matched = table("matched.csv.gz")
  )
}

#' Columns of erm-bridge's tables that are text even where they look like numbers
#'
#' @return A character vector.
#' @noRd
text_columns <- function() {
  c(
    "engine", "engine_a", "engine_b", "input", "input_a", "input_b", "stage", "quantity", "term",
    "component", "verdict", "note", "step", "name", "keep", "rule", "reason"
  )
}

#' Read a CSV file as erm-bridge writes it
#'
#' @param path Path of the file, possibly compressed.
#' @param variables The study's `variables`, or `NULL` for a table of results.
#' @param call Frame of the function to name in an error.
#'
#' @return A data frame. Columns that `variables` describes have the type it says; columns of
#'   `text_columns()` are text where there are no `variables`; others are what their values look like.
#' @noRd
read_table <- function(path, variables = NULL, call = rlang::caller_env()) {
  # The header is read as a row: a column name may hold commas, quotes and line breaks.
  cells <- utils::read.csv(path,
    header = FALSE, colClasses = "character", na.strings = character(), encoding = "UTF-8",
    check.names = FALSE, strip.white = FALSE, blank.lines.skip = FALSE
  )
  names <- vapply(cells, `[`, character(1), 1L, USE.NAMES = FALSE)
  columns <- lapply(seq_along(names), function(i) {
    type_column(cells[[i]][-1], names[i], variables, call)
  })
  names(columns) <- names
  structure(columns, class = "data.frame", row.names = .set_row_names(nrow(cells) - 1L))
}

#' Give a column read as text its type
#'
#' @param x Character vector.
#' @param name Name of the column.
#' @param variables The study's `variables`, or `NULL` for a table of results.
#' @param call Frame of the function to name in an error.
#'
#' @return A factor, or a logical, double or character vector.
#' @noRd
type_column <- function(x, name, variables, call = rlang::caller_env()) {
  variable <- variables[[name]]
  if (identical(variable[["type"]], "category")) {
    return(prepare_category(x, name, variable[["levels"]], call))
  }
  if (is.null(variables) && name %in% text_columns()) {
    return(x)
  }
  if (length(x) && all(x %in% c("True", "False"))) {
    return(x == "True")
  }
  filled <- nzchar(x)
  if (!all(is_number(x[filled])) || !any(filled) && is.null(variable)) {
    return(x)
  }
  numbers <- rep_len(NA_real_, length(x))
  numbers[filled] <- exact_numbers(x[filled])
  numbers
}

#' Tell which texts are numbers as JSON writes them
#'
#' A number with leading zeros, such as an area code, is text.
#'
#' @param x Character vector.
#' @return Logical vector.
#' @noRd
is_number <- function(x) grepl("^-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?$", x)

#' Turn texts into the nearest doubles
#'
#' R's own conversion rounds twice. The JSON parser uses the C library's, which is exact.
#'
#' @param x Character vector of numbers as `is_number()` accepts them.
#' @return Double vector.
#' @noRd
exact_numbers <- function(x) {
  if (!length(x)) {
    return(double())
  }
  as.double(jsonlite::parse_json(paste0("[", paste(x, collapse = ","), "]"), simplifyVector = TRUE))
}
