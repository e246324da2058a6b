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
#'   in ten thousand), infinite ones too. An empty cell of a number is `NA`; text such as `NA` or `None`
#'   stays text.
#'
#'   Unit ids (the column of `analysis_frame` before the study's variables, `id` of `scores`, `treated` and
#'   `control` of `matched`) are of one type in all tables: numbers if every id is a whole number without
#'   leading zeros, else text. A treated unit without controls has the `control` `NA`.
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
  study <- read_study(file.path(dir, "study.json"))
  files <- stats::setNames(file.path(dir, table_files()), names(table_files()))
  cells <- lapply(files, function(file) if (file.exists(file)) read_cells(file))
  ids <- id_columns(cells, study[["variables"]])
  whole <- all(is_whole(unlist(Map(function(table, columns) table[columns], cells, ids))))
  tables <- Map(function(name) {
    type_table(cells[[name]], files[[name]], name, study[["variables"]], ids[[name]], whole)
  }, names(files))
  c(list(run = read_study(file.path(dir, "run.json")), study = study), tables)
}

#' Files of the tables of a run folder
#'
#' @return Named character vector.
#' @noRd
table_files <- function() {
  c(
    estimates = "estimates.csv", crosscheck = "crosscheck.csv", cohort_flow = "cohort_flow.csv",
    analysis_frame = "analysis_frame.csv.gz", scores = "scores.csv.gz", matched = "matched.csv.gz"
  )
}

#' Names of the columns that hold numbers
#'
#' @param name Name of a table as in `table_files()`.
#' @param columns Names of its columns.
#' @param variables The study's `variables`.
#' @return A character vector.
#' @noRd
number_names <- function(name, columns, variables) {
  switch(name,
    estimates = "value",
    crosscheck = c("value_a", "value_b", "abs_diff", "limit"),
    cohort_flow = c("n_in", "n_out", "removed"),
    analysis_frame = names(Filter(function(variable) variable[["type"]] == "number", variables)),
    scores = c(grep("^F[0-9]+$", columns, value = TRUE), "index", "propensity"),
    matched = c("position", "weight", "distance")
  )
}

#' Names of the columns that hold unit ids
#'
#' @param cells List of tables as from `read_cells()`, by name.
#' @param variables The study's `variables`.
#' @return List of character vectors, one for each table.
#' @noRd
id_columns <- function(cells, variables) {
  frame <- setdiff(names(cells[["analysis_frame"]]), names(variables))
  known <- list(analysis_frame = frame, scores = "id", matched = c("treated", "control"))
  stats::setNames(lapply(names(cells), function(name) {
    intersect(known[[name]], names(cells[[name]]))
  }), names(cells))
}

#' Read a CSV file as erm-bridge writes it, as text
#'
#' @param path Path of the file, possibly compressed.
#' @return Named list of character vectors of equal length.
#' @noRd
read_cells <- function(path) {
  # The header is read as a row: a column name may hold commas, quotes and line breaks.
  cells <- utils::read.csv(path,
    header = FALSE, colClasses = "character", na.strings = character(), encoding = "UTF-8",
    check.names = FALSE, strip.white = FALSE, blank.lines.skip = FALSE
  )
  names <- vapply(cells, `[`, character(1), 1L, USE.NAMES = FALSE)
  stats::setNames(lapply(unname(unclass(cells)), function(column) column[-1]), names)
}

#' Give the columns of a table their types
#'
#' @param cells A list as from `read_cells()`, or `NULL`.
#' @param path Path of the file, for messages.
#' @param name Name of the table as in `table_files()`.
#' @param variables The study's `variables`.
#' @param ids Names of the columns that hold unit ids.
#' @param whole Whether ids are whole numbers.
#' @param call Frame of the function to name in an error.
#'
#' @return A data frame, or `NULL`.
#' @noRd
type_table <- function(cells, path, name, variables, ids, whole, call = rlang::caller_env()) {
  if (is.null(cells)) {
    return(NULL)
  }
  numbers <- number_names(name, names(cells), variables)
  columns <- Map(function(x, column) {
    if (column %in% ids) {
      return(if (whole) parse_numbers(x, column, path, call) else replace(x, !nzchar(x), NA))
    }
    if (column %in% numbers) {
      return(parse_numbers(x, column, path, call))
    }
    if (name == "analysis_frame") prepare_category(x, column, variables[[column]][["levels"]], call) else x
  }, cells, names(cells))
  structure(columns, names = names(cells), class = "data.frame", row.names = .set_row_names(length(cells[[1]])))
}

#' Tell which texts are whole numbers that a double holds, or empty
#'
#' A number with leading zeros, such as an area code, is text.
#'
#' @param x Character vector.
#' @return Logical vector.
#' @noRd
is_whole <- function(x) grepl("^(0|-?[1-9][0-9]{0,14})?$", x)

#' Turn cells into the nearest doubles
#'
#' R's own conversion rounds twice. The JSON parser uses the C library's, which is exact.
#'
#' @param x Character vector: numbers as Python writes them, `inf`, `-inf`, `nan`, or empty for `NA`.
#' @param column Name of the column.
#' @param path Path of the file.
#' @param call Frame of the function to name in an error.
#'
#' @return Double vector.
#' @noRd
parse_numbers <- function(x, column, path, call = rlang::caller_env()) {
  special <- match(x, c("", "inf", "-inf", "nan"))
  numbers <- c(NA, Inf, -Inf, NaN)[special]
  plain <- grepl("^-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?$", x)
  bad <- which(!plain & is.na(special))
  if (length(bad)) {
    row <- bad[1]
    value <- x[row]
    refuse("input", "{.file {path}}: column {.val {column}}, row {row}: found {.val {value}}, must be a number.",
      call = call
    )
  }
  if (any(plain)) {
    text <- paste0("[", paste(x[plain], collapse = ","), "]")
    numbers[plain] <- as.double(jsonlite::parse_json(text, simplifyVector = TRUE))
  }
  numbers
}
