#' Compare two indexes of the same rows
#'
#' Spearman's correlation takes values as tied that are equal to ten decimals of a standard deviation.
#'
#' @param index,other Double vectors.
#' @return A list of `rank_correlation` and `correlation`.
#' @noRd
index_closeness <- function(index, other) {
  tied <- function(x) round((x - mean(x)) / stats::sd(x), 10)
  list(
    rank_correlation = stats::cor(tied(index), tied(other), method = "spearman"),
    correlation = stats::cor(index, other)
  )
}

#' Difference of an index between two groups in pooled standard deviations
#'
#' @param index Double vector.
#' @param group Logical vector: the rows whose mean comes first.
#' @return A number (Cohen's d).
#' @noRd
standardised_difference <- function(index, group) {
  inside <- index[group]
  outside <- index[!group]
  squares <- sum((inside - mean(inside))^2) + sum((outside - mean(outside))^2)
  (mean(inside) - mean(outside)) / sqrt(squares / (length(index) - 2))
}

#' Ways of making the index that a study asks for
#'
#' @param section Section `index` of a study.
#' @return A list of sections `index` named `extraction/rotation/weights`: the study's own, then every other combination
#'   of what `sensitivity` lists. A rotation that has the method of the study's own has its settings, too.
#' @noRd
index_ways <- function(section) {
  asked <- section[["sensitivity"]]
  or_own <- function(values, own) if (length(values)) values else own
  ways <- list(section)
  for (extraction in or_own(asked[["extraction"]], section[["extraction"]])) {
    for (rotation in or_own(asked[["rotation"]], list(section[["rotation"]]))) {
      for (weights in or_own(asked[["weights"]], section[["composite"]][["weights"]])) {
        way <- section
        way[["extraction"]] <- extraction
        if (rotation[["method"]] != section[["rotation"]][["method"]]) {
          way[["rotation"]] <- c(rotation, list(seed = section[["rotation"]][["seed"]]))
        }
        way[["composite"]][["weights"]] <- weights
        ways <- c(ways, list(way))
      }
    }
  }
  names(ways) <- vapply(ways, function(way) {
    paste(way[["extraction"]], way[["rotation"]][["method"]], way[["composite"]][["weights"]], sep = "/")
  }, character(1))
  ways[!duplicated(names(ways))]
}

#' Two groups of rows to compare the index between
#'
#' @inheritParams run_stage
#' @return A list of `column` and `first`, a logical vector: the treated, or the second level of the first column of
#'   `difference.by` that has two. `NULL` if there is no such column.
#' @noRd
two_groups <- function(study, frame) {
  for (name in group_columns(study)) {
    levels <- study[["variables"]][[name]][["levels"]]
    if (length(levels) == 2L) {
      return(list(column = name, first = as.character(frame[[name]]) == levels[2]))
    }
  }
  NULL
}

#' Rows on other ways of making the index
#'
#' @inheritParams run_stage
#' @param section Section `index` of the study.
#' @param items Matrix of items.
#' @param correlations Their correlations.
#' @param solution A list as from `solve_factors()`: the study's own.
#' @param index The study's own index.
#' @return A data frame of rows; `NULL` where the study asks for none.
#' @noRd
sensitivity_rows <- function(study, section, frame, items, correlations, solution, index) {
  if (is.null(section[["sensitivity"]])) {
    return(NULL)
  }
  groups <- two_groups(study, frame)
  ways <- index_ways(section)
  rows <- Map(function(way, name) {
    check_index(way)
    heard <- quietly(other_index(way, items, correlations, ncol(solution$loadings)))
    way_rows(name, index, heard, groups)
  }, ways, names(ways))
  do.call(bind_rows, unname(rows))
}

#' Make the index in another way
#'
#' @param way Section `index` of a study.
#' @param items,correlations Matrix of items and their correlations.
#' @param factors Number of factors.
#' @param call Frame of the function to name in an error.
#' @return The index, not scaled; stops where there is no solution to rely on.
#' @noRd
other_index <- function(way, items, correlations, factors, call = rlang::caller_env()) {
  most <- most_factors(ncol(items), way[["extraction"]])
  if (factors > most) {
    refuse("input", "{factors} factors are not determined by {ncol(items)} items; at most {most} are.", call = call)
  }
  found <- solve_factors(correlations, nrow(items), way, factors, call)
  if (any(heywood_items(found$uniqueness, way[["extraction"]]))) {
    refuse("input", heywood_note(), call = call)
  }
  weights <- composite_weights(found, correlations, list(weights = way[["composite"]][["weights"]], divide = FALSE))
  index <- composite_index(factor_scores(items, found$weights), weights, list(scale = 1))
  if (stats::sd(index) == 0) {
    refuse("input", "The index is the same for all rows.", call = call)
  }
  index
}

#' Rows on one way of making the index
#'
#' @param name Name of the way.
#' @param index The study's own index.
#' @param heard A list as from `quietly()`: the other index and what was said.
#' @param groups A list as from `two_groups()`.
#' @return A data frame of rows.
#' @noRd
way_rows <- function(name, index, heard, groups) {
  other <- heard$value
  if (is.null(other)) {
    return(make_rows("sensitivity_computed", 0, name, note = heard$note))
  }
  close <- index_closeness(index, other)
  bind_rows(
    make_rows("sensitivity_computed", 1, name, note = heard$note),
    make_rows("sensitivity_rank_correlation", close$rank_correlation, name),
    make_rows("sensitivity_correlation", close$correlation, name),
    if (!is.null(groups)) {
      make_rows("sensitivity_difference", standardised_difference(other, groups$first), name, groups$column)
    }
  )
}
