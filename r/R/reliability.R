#' Rows on the reliability of the items as a scale
#'
#' Internal consistency by [psych::alpha()] and, where the study asks for group factors, McDonald's omega by
#' [psych::omega()]. Reverse-keyed items have been turned round before; neither function may turn another one.
#'
#' @param items Matrix of items as from `keyed_items()`.
#' @param correlations Correlations that are factored.
#' @param section Section `index` of a study.
#' @return A data frame of rows, or `NULL` where the study does not ask for reliability.
#' @noRd
reliability_rows <- function(items, correlations, section) {
  settings <- section[["reliability"]]
  if (is.null(settings)) {
    return(NULL)
  }
  check_reliability(settings, ncol(items))
  names <- section[["items"]]
  # psych's remarks name the items.
  colnames(items) <- names
  consistency <- with_notes(psych::alpha(items, check.keys = FALSE, discrete = FALSE))
  rows <- consistency_rows(consistency, items, settings[["conf_level"]])
  factors <- settings[["omega_factors"]]
  if (is.null(factors)) {
    return(rows)
  }
  omega <- with_notes(psych::omega(correlations,
    nfactors = factors, fm = "minres", rotate = "oblimin", option = "equal", flip = FALSE, plot = FALSE,
    n.obs = nrow(items)
  ))
  bind_rows(rows, omega_rows(omega, factors, names))
}

#' Refuse settings of reliability that are not available
#'
#' @param settings Section `index.reliability` of a study.
#' @param items Number of items.
#' @param call Frame of the function to name in an error.
#' @return Nothing.
#' @noRd
check_reliability <- function(settings, items, call = rlang::caller_env()) {
  check_number(settings[["conf_level"]], "index.reliability.conf_level", above = 0, below = 1, call = call)
  factors <- settings[["omega_factors"]]
  if (!is.null(factors)) {
    check_number(factors, "index.reliability.omega_factors",
      above = 0, below = most_factors(items, "minres") + 1, whole = TRUE, call = call
    )
  }
}

#' Rows of Cronbach's alpha and what belongs to it
#'
#' @param consistency Result of [psych::alpha()] with its note.
#' @param items Matrix of items; its columns have the names of the items.
#' @param conf_level Level of the intervals.
#' @return A data frame of rows.
#' @noRd
consistency_rows <- function(consistency, items, conf_level) {
  alpha <- consistency$value
  total <- alpha$total
  names <- colnames(items)
  bind_rows(
    make_rows(c(names(coefficient_columns()), "scale_mean", "scale_sd"),
      unlist(total[c("raw_alpha", "std.alpha", "G6(smc)", "average_r", "median_r", "S/N", "ase", "mean", "sd")]),
      "all",
      note = consistency$note
    ),
    interval_rows(total$raw_alpha, total$ase, ncol(items), nrow(items), conf_level),
    make_matrix_rows("if_dropped", renamed(alpha$alpha.drop, coefficient_columns()), names),
    item_total_rows(alpha$item.stats, names),
    make_rows("item_mean", alpha$item.stats[["mean"]], names),
    make_rows("item_sd", alpha$item.stats[["sd"]], names)
  )
}

#' Columns of psych's `alpha.drop` by the names that coefficients have in the table of estimates
#'
#' @return A named character vector.
#' @noRd
coefficient_columns <- function() {
  c(
    alpha = "raw_alpha", alpha_std = "std.alpha", lambda6 = "G6(smc)", average_r = "average_r",
    median_r = "med.r", signal_to_noise = "S/N", alpha_se = "alpha se"
  )
}

#' Columns of a data frame as a matrix with other names
#'
#' @param frame A data frame.
#' @param columns Its columns to take, named as they shall be.
#' @return A numeric matrix.
#' @noRd
renamed <- function(frame, columns) {
  taken <- as.matrix(frame[columns])
  dimnames(taken) <- list(NULL, names(columns))
  taken
}

#' Rows of the correlations of each item with the scale
#'
#' @param stats The data frame `item.stats` of [psych::alpha()].
#' @param names Names of the items.
#' @return A data frame of rows, without those that are not defined.
#' @noRd
item_total_rows <- function(stats, names) {
  kinds <- c(raw_r = "raw.r", std_r = "std.r", r_cor = "r.cor", r_drop = "r.drop")
  rows <- make_matrix_rows("item_total", renamed(stats, kinds), names)
  turned <- rows$component == "r_drop" & rows$value < 0
  rows$note[turned] <- "correlates negatively with the sum of the other items: should it be reversed?"
  rows[is.finite(rows$value), ]
}

#' Rows of the confidence intervals of alpha
#'
#' `feldt`: by the F distribution, as [psych::alpha.ci()] has it, but with F taken from the beta distribution:
#' [stats::qf()] takes denominator degrees of freedom beyond 4e5 for infinite. `duhachek`: by the standard error of
#' [psych::alpha()], as its print method has it.
#'
#' @param alpha,error Raw alpha and its standard error.
#' @param items,n Number of items and of rows.
#' @param conf_level Level of the intervals.
#' @return A data frame of rows.
#' @noRd
interval_rows <- function(alpha, error, items, n, conf_level) {
  tail <- (1 - conf_level) / 2
  share <- c(
    stats::qbeta(tail, (n - 1) / 2, (n - 1) * (items - 1) / 2, lower.tail = FALSE),
    stats::qbeta(tail, (n - 1) / 2, (n - 1) * (items - 1) / 2)
  )
  feldt <- 1 - (1 - alpha) * (items - 1) * share / (1 - share)
  duhachek <- alpha + error * stats::qnorm(tail) * c(1, -1)
  make_rows(c("alpha_low", "alpha_high"), c(feldt, duhachek), "all", rep(c("feldt", "duhachek"), each = 2))
}

#' Rows of McDonald's omega
#'
#' @param omega Result of [psych::omega()] with its note.
#' @param factors Number of group factors; one has none beside the general factor.
#' @param names Names of the items.
#' @return A data frame of rows.
#' @noRd
omega_rows <- function(omega, factors, names) {
  value <- omega$value
  note <- omega$note
  solution <- unclass(value$schmid$sl)
  general <- solution[, 1]
  rows <- bind_rows(
    make_rows(c("omega_total", "omega_h", "omega_limit", "ecv"),
      c(value$omega.tot, value$omega_h, value$omega.lim, value$ECV), "all",
      note = note
    ),
    make_rows("general_loading", general * column_sign(general), names, note = note)
  )
  if (factors == 1) {
    return(rows)
  }
  bind_rows(rows, group_factor_rows(value, solution[, 1 + seq_len(factors)], names, note))
}

#' Rows of the group factors behind omega
#'
#' In the order of their sums of squared loadings, with the signs of `column_sign()`.
#'
#' @param omega Result of [psych::omega()].
#' @param group Loadings on the group factors, p x k.
#' @param names Names of the items.
#' @param note What was said while omega was found.
#' @return A data frame of rows, without those of a group to which no item belongs.
#' @noRd
group_factor_rows <- function(omega, group, names, note) {
  order <- order(-colSums(group^2))
  loadings <- sweep(group, 2, apply(group, 2, column_sign), "*")[, order]
  shares <- as.matrix(omega$omega.group)[1 + order, c("total", "general", "group")]
  labels <- paste0("F", seq_along(order))
  dimnames(loadings) <- list(NULL, labels)
  shared <- make_matrix_rows("omega_group", shares, labels, note = note)
  pattern <- unclass(omega$schmid$oblique)
  rows <- bind_rows(
    make_matrix_rows("group_loading", loadings, names, note = note),
    shared[is.finite(shared$value), ],
    make_rows("omega_criterion", quartimin_criterion(pattern), "all", note = note)
  )
  if (length(order) == 2) {
    return(rows)
  }
  residual <- omega$schmid$phi - tcrossprod(unclass(omega$schmid$gloading))
  bind_rows(rows, make_rows("omega_objective", sum(residual[lower.tri(residual)]^2), "all", note = note))
}

#' What oblimin with gamma 0 minimises
#'
#' @param pattern Loadings of oblique factors.
#' @return A quarter of the sum of products of squared loadings of an item on two factors, as GPArotation has it.
#' @noRd
quartimin_criterion <- function(pattern) {
  products <- crossprod(pattern^2)
  (sum(products) - sum(diag(products))) / 4
}
