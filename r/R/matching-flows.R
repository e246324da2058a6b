#' Match by an optimum: pairs, full, generalised full, cardinality
#'
#' By [MatchIt::matchit()] with `method = "optimal"`, `"full"`, `"quick"` or `"cardinality"`, each of which needs
#' a package that MatchIt only suggests. Without it there are the coefficients of the propensity model, a row that
#' says what is lacking, and the artefact `unavailable` in place of a match.
#'
#' @inheritParams stage_strata
#'
#' @return A list of `rows` and `artefacts` as described at [run_stage()].
#' @noRd
stage_flows <- function(study, section, frame, treated, artefacts, allow_known_defects = FALSE) {
  check_flows(section)
  scored <- method_name(section) != "cardinality"
  measured <- if (scored) measure_distance(section, study, frame, treated, artefacts)
  model <- measured$model
  scores <- measured$scores
  coefficients <- bind_rows(
    make_rows("score_coefficient", model$coefficients, model$terms, note = model$note),
    if (scored) support_rows(measured, treated)
  )
  covariates <- balance_columns(frame, section[["covariates"]], treated, section[["balance"]])
  if (takes_match(section, artefacts)) {
    return(judged_flow(section, treated, scores, coefficients, covariates, artefacts))
  }
  lacking <- unavailable_flow(section)
  if (!is.null(lacking)) {
    return(list(
      rows = bind_rows(coefficients, absent_row(lacking)),
      artefacts = list(propensity = scores, unavailable = lacking)
    ))
  }
  matched <- with_notes(match_by_flow(treated, scores, covariates$data, section))
  taken <- flow_artefacts(matched$value, scores, section)
  broken <- broken_flow(taken, treated, covariates, section)
  if (!allow_known_defects) {
    refuse_broken(broken)
  }
  note <- paste(c(matched$note[nzchar(matched$note)], broken), collapse = "; ")
  rows <- bind_rows(
    coefficients, flow_rows(taken, treated, section, note),
    judging_rows(taken, treated, section, broken, matched$note),
    if (scored) make_rows("caliper", caliper_width(section, scores)),
    balance_rows(matched$value, covariates, section)
  )
  list(rows = rows, artefacts = taken)
}

#' Tell whether a match of another engine is to be judged
#'
#' Of methods whose best match need not be the only one.
#'
#' @inheritParams stage_flows
#' @return `TRUE` or `FALSE`.
#' @noRd
takes_match <- function(section, artefacts) {
  method_name(section) %in% c("cardinality", "optimal", "full") && !is.null(artefacts[["weights"]])
}

#' Judge a match of another engine
#'
#' Weights and balance are computed again from who was matched, without MatchIt.
#'
#' @inheritParams flow_rows
#' @param scores Scores that were matched on, or `NULL`.
#' @param coefficients Rows of the propensity model and on common support.
#' @param covariates Columns as from `balance_columns()`.
#' @param artefacts A list with `weights`, `match_matrix` and `subclass`.
#' @return A list of `rows` and `artefacts` as described at [run_stage()].
#' @noRd
judged_flow <- function(section, treated, scores, coefficients, covariates, artefacts) {
  taken <- list(
    propensity = scores, match_matrix = artefacts[["match_matrix"]],
    weights = as.double(artefacts[["weights"]] > 0), subclass = artefacts[["subclass"]]
  )
  if (!is.null(taken$subclass)) {
    estimand <- if (is.null(taken$match_matrix)) section[["estimand"]] else "ATT"
    focal <- if (is.null(taken$match_matrix) || section[["estimand"]] != "ATC") treated else 1 - treated
    taken$weights <- strata_weights(taken$subclass, focal, estimand)
  }
  broken <- broken_flow(taken, treated, covariates, section)
  apart <- if (!is.null(taken$subclass)) function(x) set_distance(x, treated, taken$subclass)
  rows <- bind_rows(
    coefficients, flow_rows(taken, treated, section, ""), judging_rows(taken, treated, section, broken),
    if (!is.null(scores)) make_rows("caliper", caliper_width(section, scores)),
    weighted_balance_rows(covariates, section, treated, taken$weights, distance = scores, apart = apart)
  )
  list(rows = rows, artefacts = taken)
}

#' Rows that say what a match is worth
#'
#' @inheritParams flow_rows
#' @param broken Literal messages as from `broken_flow()`.
#' @param note What MatchIt said, such as that time ran out.
#' @return A data frame of rows.
#' @noRd
judging_rows <- function(taken, treated, section, broken, note = "") {
  if (method_name(section) == "generalised_full") {
    return(NULL)
  }
  worth <- if (method_name(section) == "cardinality") {
    make_rows("units_left_out", sum(taken$weights == 0), note = paste(note, collapse = "; "))
  } else {
    make_rows("total_distance", total_distance(taken$propensity, treated, taken$subclass))
  }
  bind_rows(worth, make_rows("rules_broken", as.double(length(broken) > 0), note = paste(broken, collapse = "; ")))
}

#' Sum the distances of all units of a set to those of the other group in it
#'
#' @param scores Scores that were matched on.
#' @param treated 0/1 vector.
#' @param subclass Number of the set of each unit, `NA` for none.
#' @return A number.
#' @noRd
total_distance <- function(scores, treated, subclass) {
  within <- vapply(split(seq_along(scores), subclass), function(members) {
    sum(abs(outer(scores[members][treated[members] == 1], scores[members][treated[members] == 0], `-`)))
  }, double(1))
  sum(within)
}

#' Methods that search for an optimum
#'
#' @return A character vector: our names, each with the name that MatchIt has for it.
#' @noRd
flow_methods <- function() {
  c(optimal = "optimal", full = "full", generalised_full = "quick", cardinality = "cardinality")
}

#' Packages without which MatchIt lacks a method
#'
#' @return A list by method: packages of which one is needed, the preferred first.
#' @noRd
flow_packages <- function() {
  list(
    optimal = "optmatch", full = "optmatch", generalised_full = "quickmatch",
    cardinality = c("highs", "Rglpk")
  )
}

#' Refuse settings that are not available
#'
#' @param section Section `matching` of a study.
#' @param call Frame of the function to name in an error.
#' @return Nothing.
#' @noRd
check_flows <- function(section, call = rlang::caller_env()) {
  estimands <- if (method_name(section) == "optimal") c("ATT", "ATC") else c("ATT", "ATC", "ATE")
  check_choice(section[["estimand"]], estimands, "matching.estimand", call)
}

#' Say why MatchIt cannot do what a study asks for
#'
#' @param section Section `matching` of a study.
#' @param installed Function that tells whether a package is installed.
#' @return A sentence, or `NULL` where it can.
#' @noRd
unavailable_flow <- function(section, installed = is_installed) {
  method <- method_name(section)
  packages <- flow_packages()[[method]]
  if (!any(vapply(packages, installed, logical(1)))) {
    which <- paste(packages, collapse = " or ")
    return(sprintf("MatchIt needs the package %s for method %s, which is not installed", which, method))
  }
  if (method == "optimal" && !is.null(section[["caliper"]])) {
    return("MatchIt takes no notice of calipers in optimal matching")
  }
  beyond <- c(
    if (distance_method(section) != "glm") "distance.method", if (length(section[["mahvars"]])) "mahvars",
    if (length(section[["exact"]])) "exact", if (length(section[["antiexact"]])) "antiexact"
  )
  if (length(beyond)) {
    return(sprintf("%s with %s is left to Python", method, paste(beyond, collapse = " and ")))
  }
  NULL
}

#' Tell whether a package is installed
#'
#' @param package Name of a package.
#' @return `TRUE` or `FALSE`.
#' @noRd
is_installed <- function(package) requireNamespace(package, quietly = TRUE)

#' The row of a stage that cannot be computed
#'
#' @param reason Why not.
#' @return A data frame of one row without value.
#' @noRd
absent_row <- function(reason) make_rows("rows", NA_real_, note = reason)

#' Match with MatchIt
#'
#' @param treated 0/1 vector.
#' @param scores Scores to match on, or `NULL`.
#' @param data Data frame of covariates with columns `x1`, `x2`, ..., or an empty list.
#' @param section Section `matching` of a study.
#' @return An object of class `matchit`.
#' @noRd
match_by_flow <- function(treated, scores, data, section) {
  formula <- if (length(data)) symbol_formula("treated", names(data)) else treated ~ 1
  data[["treated"]] <- treated
  method <- method_name(section)
  arguments <- c(
    list(method = flow_methods()[[method]], estimand = section[["estimand"]]),
    if (!is.null(scores)) list(distance = scores),
    if (!is.null(section[["caliper"]])) caliper_arguments(section),
    switch(method,
      optimal = flow_sizes(section, ratio = section[["ratio"]]),
      full = flow_sizes(section, omit.fraction = section[["method"]][["omit_fraction"]]),
      cardinality = cardinality_arguments(section)
    )
  )
  do.call(MatchIt::matchit, c(list(formula, data = data, normalize = TRUE), arguments), quote = TRUE)
}

#' Take the artefacts out of a match
#'
#' @param matched An object of class `matchit`.
#' @param scores Scores that were matched on, or `NULL`.
#' @param section Section `matching` of a study.
#' @return A list of artefacts as described at [run_stage()].
#' @noRd
flow_artefacts <- function(matched, scores, section) {
  pairs <- matched$match.matrix
  units <- names(matched$treat)
  focal <- if (identical(section[["estimand"]], "ATC")) 0 else 1
  list(
    propensity = scores,
    match_matrix = if (!is.null(pairs)) {
      rows <- pairs[match(units[matched$treat == focal], rownames(pairs)), , drop = FALSE]
      matrix(match(rows, units), nrow(rows))
    },
    weights = unname(matched$weights),
    subclass = if (!is.null(matched$subclass)) as.integer(matched$subclass)
  )
}

#' Rows on how much was matched
#'
#' @param taken Artefacts as from `flow_artefacts()`.
#' @param treated 0/1 vector.
#' @param section Section `matching` of a study.
#' @param note Note of the match.
#' @return A data frame of rows.
#' @noRd
flow_rows <- function(taken, treated, section, note) {
  kept <- taken$weights > 0
  pairs <- taken$match_matrix
  counts <- c(n_treated_matched = sum(kept & treated == 1), n_controls_matched = sum(kept & treated == 0))
  if (!is.null(pairs)) {
    focal <- if (section[["estimand"]] == "ATC") 1 - treated else treated
    apart <- pair_distances(pairs, taken$propensity, focal)
    counts <- c(counts, n_pairs = sum(!is.na(pairs)), pair_distance_max = max(apart, na.rm = TRUE))
  } else if (!is.null(taken$subclass)) {
    counts <- c(counts, n_subclasses = length(unique(taken$subclass[kept])))
  }
  make_rows(names(counts), counts, note = note)
}

#' Arguments on the sizes of sets
#'
#' @inheritParams matching_arguments
#' @param ... Further arguments.
#' @return A named list without `NULL`s.
#' @noRd
flow_sizes <- function(section, ...) {
  limits <- list(min.controls = section[["min_controls"]], max.controls = section[["max_controls"]], ...)
  limits[lengths(limits) > 0L]
}

#' Arguments of cardinality matching
#'
#' @inheritParams matching_arguments
#' @return A named list.
#' @noRd
cardinality_arguments <- function(section) {
  method <- section[["method"]]
  list(
    tols = method[["tolerance"]], std.tols = method[["standardised"]],
    ratio = if (method[["free_ratio"]]) NA else section[["ratio"]],
    solver = if (is_installed("highs")) "highs" else "glpk", time = method[["time_limit"]]
  )
}
