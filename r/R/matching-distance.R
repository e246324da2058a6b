#' Measure how far apart units are
#'
#' By propensity scores of `fit_propensity()`, by scores or distances handed in, or in several covariates at once.
#' For covariates MatchIt is given coordinates and takes their Euclidean distance. It could compute the same
#' itself, but where two directions have no variance (two categories are enough) MatchIt 4.7.1 takes for
#' coordinates what a pivoted Cholesky decomposition leaves below its rank; and only coordinates rounded to
#' `digits` are tied where units are.
#'
#' @param section Section `matching` of a study.
#' @param study A list as from `read_study()`.
#' @param frame A data frame as from `prepare_frame()`.
#' @param treated 0/1 vector.
#' @param artefacts List of artefacts; `propensity` or `distances`, if present, is used as given.
#' @param call Frame of the function to name in an error.
#'
#' @return A list: `scores` (n numbers), `coordinates` (n x q), `matrix` (treated x controls), each `NULL` where
#'   there are none; `kept`, whether each unit may be matched; `weights` of the survey or `NULL`; `model`, a list
#'   as from `fit_propensity()` or `NULL`.
#' @noRd
measure_distance <- function(section, study, frame, treated, artefacts, call = rlang::caller_env()) {
  weights <- survey_weights(section, frame, call)
  method <- distance_method(section)
  found <- list(matrix = given_distances(artefacts, treated, call), weights = weights)
  if (method != "glm") {
    found$kept <- usable_units(section, frame, treated, NULL, call)
  } else if (is.null(found$matrix)) {
    found <- c(found, propensity_distance(section, study, frame, treated, artefacts, weights, call))
  }
  columns <- if (method == "glm") section[["mahvars"]] else section[["covariates"]]
  if (length(columns) && is.null(found$matrix)) {
    check_columns(frame, columns, if (method == "glm") "matching.mahvars" else "matching.covariates", call)
    metric <- if (method == "glm") "mahalanobis" else method
    placed <- coordinates(distance_columns(frame, columns), treated, metric, found$kept, weights, call)
    digits <- section[["distance"]][["digits"]]
    found$coordinates <- if (is.null(digits) || metric == "euclidean") placed else round(placed, digits)
  }
  if (is.null(found$kept)) found$kept <- usable_units(section, frame, treated, NULL, call)
  found
}

#' Name of the method of the distance
#'
#' @inheritParams measure_distance
#' @return A string.
#' @noRd
distance_method <- function(section) {
  method <- section[["distance"]][["method"]]
  if (is.null(method)) "glm" else method
}

#' Measure by propensity scores
#'
#' With `reestimate` the own first model says who is discarded, since scores that are handed on are those of
#' another engine's second one.
#'
#' @inheritParams measure_distance
#' @param weights Weights of the survey, or `NULL`.
#' @return A list of `scores`, `kept` and `model`.
#' @noRd
propensity_distance <- function(section, study, frame, treated, artefacts, weights, call = rlang::caller_env()) {
  given <- artefacts[["propensity"]]
  again <- isTRUE(section[["reestimate"]])
  fit <- function(kept) {
    fit_propensity(
      treated[kept], frame[kept, , drop = FALSE], section[["covariates"]], study, weights[kept], call
    )
  }
  model <- fit(rep_len(TRUE, nrow(frame)))
  scores <- matching_scores(model, section)
  if (!is.null(given)) given <- needed_artefact(artefacts, "propensity", "matching", nrow(frame), call)
  kept <- usable_units(section, frame, treated, if (is.null(given) || again) scores else given, call)
  if (again && !all(kept)) {
    model <- fit(kept)
    scores[kept] <- matching_scores(model, section)
  }
  list(scores = if (is.null(given)) scores else given, kept = kept, model = model)
}

#' What of a propensity model is matched on
#'
#' @param model A list as from `fit_propensity()`.
#' @param section Section `matching` of a study.
#' @return Double vector: probabilities or linear predictors, rounded.
#' @noRd
matching_scores <- function(model, section) {
  digits <- section[["distance"]][["digits"]]
  scores <- if (isTRUE(section[["distance"]][["linear"]])) model$linear else model$fitted
  if (is.null(digits)) scores else round(scores, digits)
}

#' Distances that were handed in
#'
#' @inheritParams measure_distance
#' @return Double matrix, treated x controls, or `NULL`.
#' @noRd
given_distances <- function(artefacts, treated, call = rlang::caller_env()) {
  given <- artefacts[["distances"]]
  if (is.null(given)) {
    return(NULL)
  }
  shape <- c(sum(treated == 1), sum(treated == 0))
  if (!is.matrix(given) || !identical(dim(given), as.integer(shape)) || !all(is.finite(given) & given >= 0)) {
    refuse("input", "{.field distances}: must be {shape[1]} treated x {shape[2]} controls, finite and not negative.",
      call = call
    )
  }
  given
}

#' Weights of the survey
#'
#' @inheritParams measure_distance
#' @return Double vector, one positive number per row of the frame, or `NULL`.
#' @noRd
survey_weights <- function(section, frame, call = rlang::caller_env()) {
  name <- section[["survey_weights"]]
  if (is.null(name)) {
    return(NULL)
  }
  check_columns(frame, name, "matching.survey_weights", call)
  weights <- frame[[name]]
  if (!is.numeric(weights) || any(weights <= 0)) {
    refuse("input", "{.field matching.survey_weights}: column {.val {name}} must hold numbers above zero.", call = call)
  }
  weights
}

#' Arguments of MatchIt on the distance
#'
#' @param measured A list as from `measure_distance()`.
#' @return A named list; columns of coordinates are named as by `coordinate_columns()`.
#' @noRd
distance_arguments <- function(measured) {
  if (!is.null(measured$matrix)) {
    return(list(distance = measured$matrix))
  }
  if (is.null(measured$scores)) {
    return(list(distance = "euclidean"))
  }
  columns <- names(coordinate_columns(measured))
  list(distance = measured$scores, mahvars = if (length(columns)) symbol_formula(NULL, columns))
}

#' Coordinates as columns of a data frame
#'
#' @inheritParams distance_arguments
#' @return A list of double vectors named `z1`, `z2`, ...
#' @noRd
coordinate_columns <- function(measured) {
  z <- measured$coordinates
  if (is.null(z)) {
    return(list())
  }
  # Twice the coordinates, with the same pairs: a caliper on a column that is the first coordinate MatchIt 4.7.1
  # holds against the square of the difference.
  stats::setNames(lapply(seq_len(ncol(z)), function(j) 2 * z[, j]), paste0("z", seq_len(ncol(z))))
}

#' Refuse options of the distance that are not available
#'
#' @param section Section `matching` of a study.
#' @param call Frame of the function to name in an error.
#' @return Nothing.
#' @noRd
check_distance <- function(section, call = rlang::caller_env()) {
  distance <- section[["distance"]]
  methods <- c("glm", "mahalanobis", "robust_mahalanobis", "euclidean", "scaled_euclidean")
  rules <- c("none", "treated", "control", "both", "hull_treated", "hull_control", "hull_both")
  check_choice(distance[["method"]], methods, "matching.distance.method", call)
  check_choice(distance[["link"]], c("logit", "probit", "cloglog", "cauchit"), "matching.distance.link", call)
  if (!is.null(distance[["linear"]])) check_flag(distance[["linear"]], "matching.distance.linear", call)
  if (!is.null(distance[["digits"]])) {
    check_number(distance[["digits"]], "matching.distance.digits", above = 0, below = 16, whole = TRUE, call = call)
  }
  if (!is.null(section[["discard"]])) check_choice(section[["discard"]], rules, "matching.discard", call)
  if (!is.null(section[["reestimate"]])) check_flag(section[["reestimate"]], "matching.reestimate", call)
}

#' Tell whether pairs are judged by the scores of all units and nothing else
#'
#' @param measured A list as from `measure_distance()`.
#' @return `TRUE` or `FALSE`.
#' @noRd
by_scores_alone <- function(measured) {
  is.null(measured$coordinates) && is.null(measured$matrix) && all(measured$kept)
}

#' Distance of units as a function of their positions
#'
#' @param measured A list as from `measure_distance()`.
#' @param treated 0/1 vector.
#' @return A function of two vectors of positions.
#' @noRd
distance_between <- function(measured, treated) {
  if (!is.null(measured$matrix)) {
    return(distance_in_table(measured$matrix, treated))
  }
  placed <- if (is.null(measured$coordinates)) cbind(measured$scores) else measured$coordinates
  distance_in_coordinates(placed)
}

#' Distances within pairs
#'
#' @param match_matrix Integer matrix of positions, focal units x ratio, focal units in frame order.
#' @param measured A list as from `measure_distance()`.
#' @param treated 0/1 vector.
#' @param focal 0/1 vector: who was given partners.
#' @return Double matrix of the shape of `match_matrix`, `NA` where there is no pair.
#' @noRd
distances_of_pairs <- function(match_matrix, measured, treated, focal = treated) {
  filled <- !is.na(match_matrix)
  own <- which(focal == 1)[row(match_matrix)[filled]]
  distances <- match_matrix + NA_real_
  distances[filled] <- distance_between(measured, treated)(own, match_matrix[filled])
  distances
}

#' Check a match by whatever it was matched on
#'
#' @param taken A list as from `match_artefacts()`.
#' @param measured A list as from `measure_distance()`.
#' @param treated 0/1 vector.
#' @param focal 0/1 vector: who was given partners.
#' @param section Section `matching` of a study.
#' @param caliper Width of the caliper on the score, or `NULL`.
#' @param columns A list as from `restricting_columns()`.
#' @return Literal messages, `character(0)` if all is well.
#' @noRd
broken_match <- function(taken, measured, treated, focal, section, caliper, columns) {
  if (by_scores_alone(measured) || by_own_rule(section)) {
    return(broken_rules(
      taken$match_matrix, taken$weights, measured$scores, focal, section, caliper, columns, measured$kept
    ))
  }
  of <- function(kind) unname(columns[grepl(paste0("^", kind, "[0-9]+$"), names(columns))])
  on <- Filter(function(one) !is.null(one[["on"]]), calipers(section))
  kept <- measured$kept
  widths <- Map(function(one, values) list(values = values, width = width_of(one, values[kept])), on, of("on"))
  if (!is.null(caliper)) widths <- c(widths, list(list(values = measured$scores, width = caliper)))
  exact <- of("exact")
  rules <- list(
    calipers = widths, apart = of("apart"), usable = kept, units = if (length(of("unit"))) of("unit")[[1]],
    strata = if (length(exact)) as.integer(interaction(exact, drop = TRUE))
  )
  if (!is.null(section[["max_controls"]])) {
    # How many each unit may have is MatchIt's secret here: who has fewer than most need not lack any.
    return(broken_conditions(taken$match_matrix, focal == 1, rules))
  }
  broken_pairing(
    taken$match_matrix, taken$weights, focal == 1, distance_between(measured, treated), section[["ratio"]],
    most_uses(section), rules
  )
}
