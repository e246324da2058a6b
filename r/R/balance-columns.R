#' Columns whose balance is judged
#'
#' A category becomes a 0/1 column for each level that occurs, so that the rows of MatchIt's `summary()`
#' are these columns one by one.
#'
#' @param frame A data frame as from `prepare_frame()`.
#' @param covariates Names of the covariates.
#' @param treated 0/1 vector.
#' @param asked List of what the section `balance` of a study asks for, or `NULL`.
#' @param call Frame of the function to name in an error.
#'
#' @return A list: `columns`, a list of double vectors; `data`, a data frame of the same, named `x1`, `x2`,
#'   ..., all but 0/1 columns centred; `centres`, what was taken off; `terms`, their names in the results.
#' @noRd
balance_columns <- function(frame, covariates, treated, asked = NULL, call = rlang::caller_env()) {
  columns <- indicator_columns(frame, covariates)
  if (isTRUE(asked[["interactions"]])) {
    columns <- c(columns, product_columns(columns))
  }
  if (!is.null(asked[["prognosis"]])) {
    predicted <- prognostic_scores(frame, covariates, treated, asked[["prognosis"]], call)
    columns <- c(columns, list("(prognosis)" = predicted))
  }
  if (anyDuplicated(names(columns))) {
    twice <- names(columns)[duplicated(names(columns))][[1]]
    refuse("input", "{.field matching.balance}: two terms are named {.val {twice}}; rename a column.", call = call)
  }
  # Balance does not depend on where zero is; MatchIt's means of columns far from it would lose digits.
  centres <- vapply(columns, function(x) if (all(x == 0 | x == 1)) 0 else mean(x), numeric(1))
  centred <- Map(`-`, columns, centres)
  names(centred) <- paste0("x", seq_along(columns))
  list(
    columns = unname(columns),
    data = structure(centred, class = "data.frame", row.names = .set_row_names(nrow(frame))),
    centres = unname(centres),
    terms = names(columns)
  )
}

#' Covariates as columns of numbers, an indicator for each level of a category
#'
#' @inheritParams balance_columns
#' @return A named list of double vectors.
#' @noRd
indicator_columns <- function(frame, covariates) {
  expanded <- lapply(covariates, function(name) {
    x <- frame[[name]]
    if (!is.factor(x)) {
      return(stats::setNames(list(x), name))
    }
    levels <- levels(droplevels(x))
    dummies <- lapply(levels, function(level) as.double(x == level))
    stats::setNames(dummies, level_terms(name, levels))
  })
  unlist(expanded, recursive = FALSE)
}

#' Squares and products of columns
#'
#' As MatchIt's `summary(interactions = TRUE)` has them: without products that are 0 throughout or repeat
#' their first factor.
#'
#' @param columns A named list of double vectors.
#' @return A list of double vectors named `a^2`, `a * b`.
#' @noRd
product_columns <- function(columns) {
  small <- sqrt(.Machine$double.eps)
  made <- list()
  for (i in seq_along(columns)) {
    for (j in seq(i, length(columns))) {
      product <- columns[[i]] * columns[[j]]
      if (all(abs(product) < small) || all(abs(product - columns[[i]]) < small)) {
        next
      }
      first <- names(columns)[[i]]
      made[[if (i == j) paste0(first, "^2") else paste(first, "*", names(columns)[[j]])]] <- product
    }
  }
  made
}

#' Prognostic scores: the outcome that the covariates predict, by a linear model among all controls
#'
#' Stuart, Lee and Leacy (2013), Journal of Clinical Epidemiology 66, S84-S90.
#'
#' @inheritParams balance_columns
#' @param outcome Name of the outcome.
#' @return Double vector, one value per row of the frame.
#' @noRd
prognostic_scores <- function(frame, covariates, treated, outcome, call = rlang::caller_env()) {
  columns <- frame[covariates]
  names(columns) <- paste0("x", seq_along(covariates))
  columns[] <- lapply(columns, function(x) if (is.factor(x)) code_levels(droplevels(x)) else x)
  design <- stats::model.matrix(rlang::new_formula(NULL, symbol_formula("y", names(columns))[[3]]), columns)
  controls <- treated == 0
  # Centred and scaled: columns far from zero keep their digits.
  x <- scale(design[, -1, drop = FALSE],
    center = colMeans(design[controls, -1, drop = FALSE]),
    scale = apply(design[controls, -1, drop = FALSE], 2, stats::sd)
  )
  constant <- which(!is.finite(colSums(x)))
  fit <- if (!length(constant)) stats::lm.fit(cbind(1, x[controls, , drop = FALSE]), frame[[outcome]][controls])
  aliased <- c(constant, which(is.na(fit$coefficients[-1])))
  if (length(aliased)) {
    culprit <- covariates[attr(design, "assign")[-1][aliased[[1]]]]
    refuse("input", c(
      "{.field matching.balance.prognosis}: the prognosis cannot be estimated among the controls.",
      x = "{.val {culprit}} is constant there, or a combination of other columns."
    ), call = call)
  }
  drop(cbind(1, x) %*% fit$coefficients)
}
