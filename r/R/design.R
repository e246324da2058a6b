#' Lay out a regression with safe names
#'
#' Column names are arbitrary text, so the data of a model are renamed to `x1`, `x2`, ... and `y`, the
#' levels of a category to their position; the formula is built of these symbols. `terms` holds the
#' names that go into the results.
#'
#' @param outcome Double vector, the left side.
#' @param frame A data frame as from `prepare_frame()`.
#' @param columns Names of the columns on the right side, in order.
#' @param variables The study's `variables`; a category's `reference` is its first level unless given.
#' @param call Frame of the function to name in an error.
#'
#' @return A list: `formula`; `data`, a data frame with `y` and `x1`, `x2`, ... in which categories are
#'   factors of the levels that occur, treatment coded, the reference first; `terms`, the names of the
#'   coefficients in order, the intercept first, `column[level]` for the dummies of a category in level order.
#' @noRd
model_design <- function(outcome, frame, columns, variables, call = rlang::caller_env()) {
  safe <- paste0("x", seq_along(columns), recycle0 = TRUE)
  data <- list(y = outcome)
  terms <- "(Intercept)"
  for (i in seq_along(columns)) {
    x <- frame[[columns[i]]]
    if (is.factor(x)) {
      x <- reference_first(droplevels(x), variables[[columns[i]]][["reference"]], columns[i], call)
      terms <- c(terms, level_terms(columns[i], levels(x)[-1]))
      x <- code_levels(x)
    } else {
      terms <- c(terms, columns[i])
    }
    data[[safe[i]]] <- x
  }
  data <- structure(data, class = "data.frame", row.names = .set_row_names(length(outcome)))
  list(formula = symbol_formula("y", safe), data = data, terms = terms)
}

#' Names of the levels of a category in the results
#'
#' @param column Name of the category.
#' @param levels Levels.
#' @return `column[level]` for each.
#' @noRd
level_terms <- function(column, levels) paste0(column, "[", levels, "]", recycle0 = TRUE)

#' Move the reference level of a factor to the front
#'
#' @param x A factor in which every level occurs.
#' @param reference A level, or `NULL` for the first.
#' @param column Name of the factor.
#' @param call Frame of the function to name in an error.
#' @return A factor; the other levels keep their order.
#' @noRd
reference_first <- function(x, reference, column, call = rlang::caller_env()) {
  levels <- levels(x)
  if (length(levels) < 2) {
    refuse("input", "Column {.val {column}} is constant.", call = call)
  }
  if (is.null(reference)) {
    return(x)
  }
  if (!reference %in% levels) {
    refuse("input", c(
      "Column {.val {column}}: no row has the reference level {.val {reference}}.",
      i = "Levels that occur are {.val {levels}}."
    ), call = call)
  }
  factor(x, levels = unique(c(reference, levels)))
}

#' Rename the levels of a factor to their positions, with treatment coding
#'
#' @param x A factor.
#' @return A factor that carries its own contrasts, so that R's option `contrasts` plays no part.
#' @noRd
code_levels <- function(x) {
  coded <- factor(as.integer(x), levels = seq_along(levels(x)))
  stats::contrasts(coded) <- stats::contr.treatment(nlevels(x))
  coded
}

#' Build a formula of names, without parsing text
#'
#' @param left Name of the left side, or `NULL` for none.
#' @param right Names of the right side; none for the intercept alone.
#' @return A formula.
#' @noRd
symbol_formula <- function(left, right) {
  sum <- if (length(right)) Reduce(function(a, b) call("+", a, b), lapply(right, as.name)) else 1
  rlang::new_formula(if (!is.null(left)) as.name(left), sum, env = baseenv())
}

#' Refuse columns that are constant or follow from others
#'
#' [stats::glm()] with a tiny `epsilon` no longer sees collinear columns, and [stats::lm()] takes a column
#' far from zero, such as a time stamp, for constant. So this is asked beforehand, of centred columns: one
#' follows from those before it if they leave less than 1e-6 of its length (a share of 1e-12 of its variance).
#'
#' @param design A list as from `model_design()`.
#' @param key Key of the study file that names the columns.
#' @param call Frame of the function to name in an error.
#'
#' @return Nothing.
#' @noRd
check_rank <- function(design, key, call = rlang::caller_env()) {
  x <- stats::model.matrix(design$formula, design$data)[, -1, drop = FALSE]
  centred <- sweep(x, 2, colMeans(x))
  constant <- sqrt(colMeans(centred^2)) <= 1e-10 * apply(abs(x), 2, max)
  decomposed <- qr(centred[, !constant, drop = FALSE], tol = 1e-6)
  follows <- which(!constant)[decomposed$pivot[seq_along(decomposed$pivot) > decomposed$rank]]
  aliased <- design$terms[-1][sort(c(which(constant), follows))]
  if (length(aliased)) {
    refuse("input", c(
      "{.field {key}}: {.val {aliased}} {?follows/follow} from the other terms or {?is/are} constant.",
      i = "Leave out what the others determine."
    ), call = call)
  }
}

#' Centre and scale the numbers of a regression
#'
#' With columns far from zero or on very different scales [stats::lm()] and [stats::glm()] would lose the
#' digits that such columns have in common, or drop them. The fit is the same model: the
#' matrix `back` turns its coefficients back.
#'
#' @param design A list as from `model_design()`.
#'
#' @return The list with `data` of which each number but `y` has mean 0 and standard deviation 1 (denominator
#'   n), and `back`: the square matrix that turns coefficients on these data into those on the data as given.
#' @noRd
standardise_design <- function(design) {
  numbers <- setdiff(names(design$data)[vapply(design$data, is.numeric, logical(1))], "y")
  back <- diag(length(design$terms))
  columns <- c("(Intercept)", colnames(stats::model.matrix(design$formula, design$data))[-1])
  for (name in numbers) {
    x <- design$data[[name]]
    centred <- x - mean(x)
    size <- sqrt(mean(centred^2))
    design$data[[name]] <- centred / size
    at <- match(name, columns)
    back[at, at] <- 1 / size
    back[1, at] <- -mean(x) / size
  }
  c(design, list(back = back))
}
