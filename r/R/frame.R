#' Bring a frame into the form that the stages work on
#'
#' @param frame Data frame with a column for every entry of the study's `variables`; others, such as
#'   the unit id, are left out. Categories may be factors or text.
#' @param study A list as from `read_study()`.
#' @param call Frame of the function to name in an error.
#'
#' @return A data frame with the columns of `variables` in their order: doubles, and factors with the
#'   study's levels. Row names are 1 to n. Missing values (but of items that are correlated pairwise), text where a number should be and values
#'   that are no level are refused by column and row.
#' @noRd
prepare_frame <- function(frame, study, call = rlang::caller_env()) {
  variables <- study[["variables"]]
  if (!is.data.frame(frame)) {
    refuse("input", "The frame must be a data frame, not {.type {frame}}.", call = call)
  }
  if (!length(variables)) {
    refuse("input", "{.field variables}: the study does not describe its analysis columns.", call = call)
  }
  absent <- setdiff(names(variables), names(frame))
  if (length(absent)) {
    refuse("input", "The frame has no column {.val {absent}}.", call = call)
  }
  if (!nrow(frame)) {
    refuse("input", "The frame has no rows.", call = call)
  }
  pairwise <- identical(study[["index"]][["correlation"]][["missing"]], "pairwise")
  gaps <- if (pairwise) study[["index"]][["items"]]
  columns <- lapply(names(variables), function(name) {
    prepare_column(frame[[match(name, names(frame))]], name, variables[[name]], call, name %in% gaps)
  })
  names(columns) <- names(variables)
  structure(columns, class = "data.frame", row.names = .set_row_names(nrow(frame)))
}

#' Bring one column into the form that its description asks for
#'
#' @param x The column.
#' @param name Its name.
#' @param variable Its description: `type` and, for a category, `levels`.
#' @param call Frame of the function to name in an error.
#' @param gaps Whether numbers may be missing.
#'
#' @return A double vector or a factor.
#' @noRd
prepare_column <- function(x, name, variable, call, gaps = FALSE) {
  type <- variable[["type"]]
  check_choice(type, c("number", "category"), paste0("variables.", name, ".type"), call = call)
  if (type == "category") {
    return(prepare_category(x, name, variable[["levels"]], call))
  }
  if (!is.numeric(x) && !is.logical(x)) {
    refuse("input", "Column {.val {name}} must hold numbers, found {.type {x}}.", call = call)
  }
  bad <- which(!is.finite(x) & !(gaps & is.na(x)))
  if (length(bad)) {
    row <- bad[1]
    value <- as.character(x[row])
    refuse("input", "Column {.val {name}}, row {row}: found {.val {value}}, must be a finite number.", call = call)
  }
  as.double(x)
}

#' Make a factor with given levels
#'
#' @inheritParams prepare_column
#' @param levels Levels in order; `NULL` takes those of a factor.
#'
#' @return A factor without missing values.
#' @noRd
prepare_category <- function(x, name, levels, call) {
  levels <- if (is.null(levels)) base::levels(x) else as.character(levels)
  if (is.null(levels)) {
    refuse("input", "{.field variables}: the category {.val {name}} has no levels.", call = call)
  }
  text <- as.character(x)
  bad <- which(is.na(match(text, levels)))
  if (length(bad)) {
    row <- bad[1]
    value <- text[row]
    refuse("input", c(
      "Column {.val {name}}, row {row}: found {.val {value}}, which is not a level.",
      i = "The levels are {.val {levels}}."
    ), call = call)
  }
  factor(text, levels = levels)
}

#' Take numeric columns out of a frame
#'
#' @param frame A data frame as from `prepare_frame()`.
#' @param columns Names of columns.
#' @param key Key of the study file that names them.
#' @param call Frame of the function to name in an error.
#'
#' @return The columns as a list of double vectors, named as in `columns`.
#' @noRd
number_columns <- function(frame, columns, key, call = rlang::caller_env()) {
  check_columns(frame, columns, key, call)
  taken <- unclass(frame)[columns]
  text <- columns[!vapply(taken, is.numeric, logical(1))]
  if (length(text)) {
    refuse("input", "{.field {key}}: column {.val {text}} is a category, must hold numbers.", call = call)
  }
  taken
}

#' Refuse names that are not columns of the frame
#'
#' @inheritParams number_columns
#'
#' @return Nothing.
#' @noRd
check_columns <- function(frame, columns, key, call = rlang::caller_env()) {
  unknown <- setdiff(columns, names(frame))
  if (length(unknown)) {
    known <- names(frame)
    refuse("input", c(
      "{.field {key}}: the frame has no column {.val {unknown}}.",
      i = "Its columns are {.val {known}}."
    ), call = call)
  }
}

#' The outcome of a stage
#'
#' @param stage `difference`, `regression` or `effect`.
#' @inheritParams run_stage
#' @param call Frame of the function to name in an error.
#'
#' @return A double vector, one value per row: the column that the stage names, or the index.
#' @noRd
stage_outcome <- function(stage, study, frame, artefacts, call = rlang::caller_env()) {
  column <- study[[stage]][["outcome"]]
  if (!is.null(column)) {
    return(number_columns(frame, column, paste0(stage, ".outcome"), call)[[1]])
  }
  needed_artefact(artefacts, "index", stage, nrow(frame), call)
}

#' An artefact of an earlier stage that has one number per row of the frame
#'
#' @param artefacts List of artefacts.
#' @param name Name of the artefact.
#' @param stage Stage that needs it.
#' @param n Number of rows of the frame.
#' @param call Frame of the function to name in an error.
#'
#' @return A double vector of length `n` without missing values.
#' @noRd
needed_artefact <- function(artefacts, name, stage, n, call = rlang::caller_env()) {
  value <- artefacts[[name]]
  if (is.null(value)) {
    refuse("input", "Stage {.val {stage}} needs the artefact {.val {name}} of an earlier stage.", call = call)
  }
  if (!is.numeric(value) || length(value) != n || !all(is.finite(value))) {
    refuse("input", "The artefact {.val {name}} must be {n} finite number{?s}, one for each row of the frame.",
      call = call
    )
  }
  as.double(value)
}

#' The treatment column
#'
#' @inheritParams run_stage
#' @param call Frame of the function to name in an error.
#'
#' @return A double vector of 0 and 1, with both present.
#' @noRd
treatment_column <- function(study, frame, call = rlang::caller_env()) {
  column <- study[["matching"]][["treatment"]][["column"]]
  if (is.null(column)) {
    refuse("input", "The study names no {.field matching.treatment.column}.", call = call)
  }
  treated <- number_columns(frame, column, "matching.treatment.column", call)[[1]]
  found <- sort(unique(treated))
  if (!identical(found, c(0, 1))) {
    refuse("input", "Treatment {.val {column}}: found {.val {found}}, must hold both 0 and 1 and nothing else.",
      call = call
    )
  }
  treated
}
