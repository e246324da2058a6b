#' Tell which units may be matched
#'
#' @param section Section `matching` of a study; `discard` says whose units are left out beyond common support.
#' @param frame A data frame as from `prepare_frame()`.
#' @param treated 0/1 vector.
#' @param scores Scores, or `NULL` where the distance is none of one dimension.
#' @param call Frame of the function to name in an error.
#'
#' @return Logical vector, one value per row of the frame.
#' @noRd
usable_units <- function(section, frame, treated, scores, call = rlang::caller_env()) {
  rule <- section[["discard"]]
  if (is.null(rule) || rule == "none") {
    return(rep_len(TRUE, length(treated)))
  }
  groups <- sub("^hull_", "", rule)
  if (groups != rule) {
    outside <- outside_hull(indicator_matrix(frame, section[["covariates"]]), treated, groups, call)
  } else if (is.null(scores)) {
    refuse("input", "{.field matching.discard}: {.val {rule}} needs a score for every row.", call = call)
  } else {
    outside <- outside_range(scores, treated, groups)
  }
  for (group in c("treated", "control")) {
    if (all(outside[treated == (group == "treated")])) {
      refuse("input", c(
        "{.field matching.discard}: {.val {rule}}: every {group} row lies outside the common support.",
        i = "Nobody can be matched."
      ), call = call)
    }
  }
  !outside
}

#' Find units whose score lies outside the range of the other group's
#'
#' @param scores Double vector.
#' @param treated 0/1 vector.
#' @param groups Of whom units are discarded: `treated`, `control` or `both`.
#' @return Logical vector.
#' @noRd
outside_range <- function(scores, treated, groups) {
  beyond <- function(x, others) x < min(others) | x > max(others)
  outside_other(treated, groups, function(own, other) beyond(scores[own], scores[other]))
}

#' Find units outside the convex hull of the other group's covariates
#'
#' @param x Double matrix, a row for each unit.
#' @inheritParams outside_range
#' @param call Frame of the function to name in an error.
#' @return Logical vector.
#' @noRd
outside_hull <- function(x, treated, groups, call = rlang::caller_env()) {
  if (!rlang::is_installed("Rglpk")) {
    refuse("input", c(
      "{.field matching.discard}: a convex hull needs the package {.pkg Rglpk}, which is not installed.",
      i = "Install it, or discard by score."
    ), call = call)
  }
  outside_other(treated, groups, function(own, other) {
    cloud <- unique(x[other, , drop = FALSE])
    apply(x[own, , drop = FALSE], 1, beyond_hull, cloud = cloud)
  })
}

#' Ask each unit of some groups whether it lies outside the other group
#'
#' @inheritParams outside_range
#' @param beyond Function of the positions of a group and of the other group, giving a logical for each of the group.
#' @return Logical vector, `FALSE` for units of groups that are not asked.
#' @noRd
outside_other <- function(treated, groups, beyond) {
  outside <- rep_len(FALSE, length(treated))
  for (group in if (groups == "both") c("treated", "control") else groups) {
    own <- which(treated == (group == "treated"))
    outside[own] <- beyond(own, setdiff(seq_along(treated), own))
  }
  outside
}

#' Tell whether a point lies outside the convex hull of others
#'
#' It does if no mixture of them comes within a millionth of the columns' ranges in every column. GLPK finds the
#' mixture that comes nearest in the column where it is farthest.
#'
#' @param point Double vector.
#' @param cloud Double matrix, a row for each other point.
#' @return `TRUE` or `FALSE`.
#' @noRd
beyond_hull <- function(point, cloud) {
  low <- apply(cloud, 2, min)
  size <- apply(cloud, 2, max) - low
  scale <- ifelse(size > 0, size, 1)
  off <- (point - low) / scale
  if (any(off < -1e-6 | off > size / scale + 1e-6)) {
    return(TRUE)
  }
  corners <- t(cloud) - low
  corners <- corners / scale
  sides <- rbind(cbind(corners, -1), cbind(-corners, -1), c(rep_len(1, ncol(corners)), 0))
  found <- Rglpk::Rglpk_solve_LP(
    c(rep_len(0, ncol(corners)), 1), sides,
    c(rep_len("<=", 2 * length(off)), "=="), c(off, -off, 1)
  )
  found$status != 0 || found$optimum > 1e-6
}

#' Covariates with an indicator of every level
#'
#' @param frame A data frame as from `prepare_frame()`.
#' @param columns Names of columns.
#' @return Double matrix of n rows.
#' @noRd
indicator_matrix <- function(frame, columns) {
  do.call(cbind, lapply(columns, function(name) {
    x <- frame[[name]]
    if (is.factor(x)) outer(as.character(x), levels(droplevels(x)), "==") + 0 else x
  }))
}

#' Rows on common support
#'
#' @param measured A list as from `measure_distance()`.
#' @param treated 0/1 vector.
#' @return A data frame of rows: the range of the scores by group; `NULL` where there are none.
#' @noRd
support_rows <- function(measured, treated) {
  groups <- c("treated", "control")
  by_group <- list(treated = treated == 1, control = treated == 0)
  range_rows <- function(quantity, extreme) {
    make_rows(quantity, vapply(by_group, function(group) extreme(measured$scores[group]), 0), groups)
  }
  if (!is.null(measured$scores)) bind_rows(range_rows("support_low", min), range_rows("support_high", max))
}
