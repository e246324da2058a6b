#' Match in strata: exact, coarsened exact, by subclasses of the score
#'
#' By [MatchIt::matchit()] with `method = "exact"`, `"cem"` or `"subclass"`; balance by its `summary()`.
#'
#' @inheritParams stage_matching
#' @param section Section `matching` of a study.
#' @param treated 0/1 vector.
#'
#' @return A list of `rows` and `artefacts` as described at [run_stage()].
#' @noRd
stage_strata <- function(study, section, frame, treated, artefacts, allow_known_defects = FALSE) {
  check_strata(section, frame)
  measured <- if (on_scores(section)) measure_distance(section, study, frame, treated, artefacts)
  model <- measured$model
  scores <- measured$scores
  strata <- if (!on_scores(section)) strata_of(frame, section)
  check_common_strata(strata, treated)
  matched <- with_notes(match_in_strata(treated, scores, frame, section))
  taken <- strata_artefacts(matched$value, scores, section)
  broken <- broken_strata(taken, treated, strata, section)
  if (!allow_known_defects) {
    refuse_broken(broken)
  }
  note <- paste(c(matched$note[nzchar(matched$note)], broken), collapse = "; ")
  covariates <- balance_columns(frame, section[["covariates"]], treated, section[["balance"]])
  rows <- bind_rows(
    make_rows("score_coefficient", model$coefficients, model$terms, note = model$note),
    if (!is.null(measured)) support_rows(measured, treated),
    strata_rows(taken, treated, note),
    balance_rows(matched$value, covariates, section)
  )
  list(rows = rows, artefacts = taken)
}

#' Name of the method of matching
#'
#' @param section Section `matching` of a study; `method` is a name, or a list of it and its settings.
#' @return A string.
#' @noRd
method_name <- function(section) {
  method <- section[["method"]]
  if (is.list(method)) method[["method"]] else method
}

#' Methods whose matches are subclasses
#'
#' @return A character vector.
#' @noRd
strata_methods <- function() c("exact", "coarsened_exact", "subclassification")

#' Tell whether units are matched on a score
#'
#' @param section Section `matching` of a study.
#' @return `TRUE` or `FALSE`.
#' @noRd
on_scores <- function(section) !method_name(section) %in% c("exact", "coarsened_exact")

#' Refuse settings that are not available or do not fit the columns
#'
#' @param section Section `matching` of a study.
#' @param frame A data frame as from `prepare_frame()`.
#' @param call Frame of the function to name in an error.
#' @return Nothing.
#' @noRd
check_strata <- function(section, frame, call = rlang::caller_env()) {
  method <- section[["method"]]
  check_choice(section[["estimand"]], c("ATT", "ATC", "ATE"), "matching.estimand", call)
  for (name in names(method[["cutpoints"]])) {
    if (is.factor(frame[[name]])) {
      refuse("input", "{.field matching.method.cutpoints}: {.val {name}} is a category; use grouping.", call = call)
    }
  }
  for (name in names(method[["grouping"]])) {
    if (!is.factor(frame[[name]])) {
      refuse("input", "{.field matching.method.grouping}: {.val {name}} is a number; use cutpoints.", call = call)
    }
    unknown <- setdiff(unlist(method[["grouping"]][[name]]), levels(frame[[name]]))
    if (length(unknown)) {
      refuse("input", "{.field matching.method.grouping}: {.val {name}} has no level {.val {unknown}}.", call = call)
    }
  }
}

#' Refuse strata none of which holds both groups
#'
#' @param strata Codes of strata, or `NULL`.
#' @param treated 0/1 vector.
#' @param call Frame of the function to name in an error.
#' @return Nothing.
#' @noRd
check_common_strata <- function(strata, treated, call = rlang::caller_env()) {
  if (!is.null(strata) && !any(strata[treated == 1] %in% strata[treated == 0])) {
    refuse("input", c(
      "{.field matching.method}: no stratum has both treated rows and controls.",
      i = "Match on fewer covariates or coarsen them."
    ), call = call)
  }
}

#' Match with MatchIt
#'
#' @param treated 0/1 vector.
#' @param scores Scores to match on, or `NULL`.
#' @param frame A data frame as from `prepare_frame()`.
#' @param section Section `matching` of a study.
#' @return An object of class `matchit`.
#' @noRd
match_in_strata <- function(treated, scores, frame, section) {
  arguments <- switch(method_name(section),
    exact = exact_arguments(frame, section),
    coarsened_exact = coarsened_arguments(frame, section),
    subclassification = subclass_arguments(scores, section)
  )
  columns <- setdiff(names(arguments$data), "treated")
  arguments$data[["treated"]] <- treated
  formula <- if (length(columns)) symbol_formula("treated", columns) else treated ~ 1
  do.call(MatchIt::matchit, c(
    list(formula, estimand = section[["estimand"]], normalize = TRUE), arguments
  ), quote = TRUE)
}

#' Arguments of exact matching
#'
#' MatchIt 4.7.1 compares what [format()] makes of the values, numbers to seven digits, so it is given codes.
#'
#' @inheritParams match_in_strata
#' @return A named list.
#' @noRd
exact_arguments <- function(frame, section) {
  codes <- lapply(section[["covariates"]], function(name) factor(value_codes(frame[[name]])))
  list(data = safe_frame(codes, nrow(frame)), method = "exact")
}

#' Arguments of coarsened exact matching
#'
#' MatchIt 4.7.1 takes one single cut point, also that of `"q2"`, for a number of bins; given twice it is one.
#' It stops where there are only categories, so they get a column of zeros for company.
#'
#' @inheritParams match_in_strata
#' @return A named list.
#' @noRd
coarsened_arguments <- function(frame, section) {
  settings <- section[["method"]]
  columns <- lapply(section[["covariates"]], function(name) {
    x <- frame[[name]]
    if (is.factor(x)) factor(as.integer(x)) else x
  })
  data <- safe_frame(c(columns, list(double(nrow(frame)))), nrow(frame))
  names <- stats::setNames(utils::head(names(data), -1L), section[["covariates"]])
  zeros <- stats::setNames(list(c(0, 0)), utils::tail(names(data), 1L))
  numbers <- Filter(function(name) !is.factor(frame[[name]]), section[["covariates"]])
  cutpoints <- lapply(numbers, function(name) cut_argument(frame[[name]], settings[["cutpoints"]][[name]]))
  grouping <- lapply(names(settings[["grouping"]]), function(name) {
    lapply(level_groups(settings, name), function(group) as.character(match(group, levels(frame[[name]]))))
  })
  c(
    list(
      data = data, method = "cem", cutpoints = c(stats::setNames(cutpoints, names[numbers]), zeros),
      grouping = stats::setNames(grouping, names[names(settings[["grouping"]])])
    ),
    pair_arguments(settings)
  )
}

#' Arguments on pairs within strata
#'
#' @param settings Settings of coarsened exact matching.
#' @return A named list, empty without pairs.
#' @noRd
pair_arguments <- function(settings) {
  if (!isTRUE(settings[["k2k"]])) {
    return(list())
  }
  distance <- settings[["pair_distance"]]
  list(
    k2k = TRUE, k2k.method = if (distance != "none") distance, m.order = settings[["pair_order"]],
    mpower = if (is.null(settings[["power"]])) 2 else settings[["power"]]
  )
}

#' How a column is cut, as MatchIt takes it
#'
#' @param x Double vector.
#' @param rule A rule, a whole number (an integer) of bins, numbers to cut at, or `NULL`.
#' @return A rule, a number of bins, or at least two numbers.
#' @noRd
cut_argument <- function(x, rule) {
  if (is.null(rule)) {
    return("sturges")
  }
  if (identical(rule, "q2")) {
    rule <- quantile_cuts(x, 2L)
  } else if (is.character(rule) || (is.integer(rule) && length(rule) == 1L && rule > 1L)) {
    return(rule)
  } else if (is.integer(rule)) {
    # One bin, where all lie above the cut; or a cut at every value.
    rule <- if (rule == 1L) min(x) else unique(x)
  }
  rep_len(rule, max(2L, length(rule)))
}

#' Arguments of subclassification
#'
#' @param scores Scores to match on.
#' @param section Section `matching` of a study.
#' @return A named list.
#' @noRd
subclass_arguments <- function(scores, section) {
  settings <- section[["method"]]
  list(
    data = safe_frame(list(), length(scores)), method = "subclass", distance = scores,
    subclass = settings[["subclasses"]], min.n = settings[["min_n"]]
  )
}

#' Columns under safe names
#'
#' @param columns A list of columns.
#' @param n Number of rows.
#' @return A data frame with columns `x1`, `x2`, ...
#' @noRd
safe_frame <- function(columns, n) {
  names(columns) <- paste0("x", seq_along(columns), recycle0 = TRUE)
  structure(columns, class = "data.frame", row.names = .set_row_names(n))
}

#' Number the values of a column
#'
#' @param x A factor or a double vector.
#' @return Integer vector.
#' @noRd
value_codes <- function(x) if (is.factor(x)) as.integer(x) else match(x, sort(unique(x)))

#' Levels of a category that count as one
#'
#' @param settings Settings of coarsened exact matching.
#' @param name Name of the category.
#' @return A list of character vectors.
#' @noRd
level_groups <- function(settings, name) lapply(settings[["grouping"]][[name]], unlist)

#' Take the artefacts out of a match in strata
#'
#' @param matched An object of class `matchit` whose units are named 1 to n.
#' @param scores Scores that were matched on, or `NULL`.
#' @param section Section `matching` of a study.
#' @return A list of artefacts as described at [run_stage()].
#' @noRd
strata_artefacts <- function(matched, scores, section) {
  pairs <- matched$match.matrix
  focal <- if (identical(section[["estimand"]], "ATC")) 0 else 1
  list(
    propensity = scores,
    match_matrix = if (!is.null(pairs)) {
      units <- names(matched$treat)
      matrix(match(pairs[match(units[matched$treat == focal], rownames(pairs)), ], units), ncol = 1L)
    },
    weights = unname(matched$weights),
    subclass = as.integer(matched$subclass)
  )
}

#' Rows on how much was matched
#'
#' @param taken Artefacts as from `strata_artefacts()`.
#' @param treated 0/1 vector.
#' @param note Note of the match.
#' @return A data frame of rows.
#' @noRd
strata_rows <- function(taken, treated, note) {
  inside <- !is.na(taken$subclass)
  made <- if (is.null(taken$match_matrix)) "n_subclasses" else "n_pairs"
  make_rows(
    c("n_treated_matched", "n_controls_matched", made),
    c(sum(inside & treated == 1), sum(inside & treated == 0), length(unique(taken$subclass[inside]))),
    note = note
  )
}
