#' Stage index: factor analysis of items and the composite index
#'
#' Reverse-keyed items by [psych::reverse.code()], adequacy by [psych::KMO()] and
#' [psych::cortest.bartlett()], factors and regression scores by one of `extractions()`, brought to the
#' canonical form of `canonical_form()`. The index is `scale` times the sum of the
#' scores weighted by the undivided variance shares.
#'
#' @inheritParams run_stage
#'
#' @return A list of `rows` and `artefacts`: `factor_scores` (n x k, columns `F1..Fk`), `index` (n).
#' @noRd
stage_index <- function(study, frame, artefacts) {
  section <- study_section(study, "index")
  check_index(section)
  items <- keyed_items(frame, section)
  check_items(items, section[["items"]])
  correlations <- stats::cor(items)
  check_singular(correlations, section[["items"]])
  kmo <- with_notes(psych::KMO(correlations))
  bartlett <- with_notes(psych::cortest.bartlett(correlations, n = nrow(items)))
  eigenvalues <- eigen(correlations, symmetric = TRUE)$values
  extract <- extractions()[[section[["extraction"]]]]
  fit <- with_notes(extract(items, number_of_factors(section, eigenvalues), section[["rotation"]]))
  solution <- canonical_form(fit$value, match(section[["composite"]][["anchor"]], section[["items"]]))
  share <- colSums(solution$loadings^2) / ncol(items)
  index <- section[["composite"]][["scale"]] * drop(solution$scores %*% share)
  rows <- bind_rows(
    adequacy_rows(kmo, bartlett, eigenvalues, section[["items"]]),
    factor_rows(fit, solution, correlations, section),
    make_rows(c("index_mean", "index_sd"), c(mean(index), stats::sd(index)), "all", note = fit$note)
  )
  list(rows = rows, artefacts = list(factor_scores = solution$scores, index = index))
}

#' Refuse options of the section `index` that are not available
#'
#' @param section Section `index` of a study.
#' @param call Frame of the function to name in an error.
#' @return Nothing.
#' @noRd
check_index <- function(section, call = rlang::caller_env()) {
  check_choice(section[["correlation"]], "pearson", "index.correlation", call)
  check_choice(section[["extraction"]], names(extractions()), "index.extraction", call)
  check_choice(section[["rotation"]], c("varimax", "none"), "index.rotation", call)
  check_choice(section[["scores"]], "regression", "index.scores", call)
  check_choice(section[["composite"]][["weights"]], "variance", "index.composite.weights", call)
  check_number(section[["composite"]][["scale"]], "index.composite.scale", above = 0, call = call)
  items <- section[["items"]]
  anchor <- section[["composite"]][["anchor"]]
  stray <- setdiff(c(section[["reverse"]], anchor), items)
  if (length(stray)) {
    refuse("input", "{.field index}: {.val {stray}} is not among the items.", call = call)
  }
  if (anyDuplicated(items)) {
    twice <- items[anyDuplicated(items)]
    refuse("input", "{.field index.items}: {.val {twice}} is listed twice.", call = call)
  }
}

#' The items as a matrix, reverse-keyed ones turned round
#'
#' @inheritParams run_stage
#' @param section Section `index` of a study.
#' @param call Frame of the function to name in an error.
#'
#' @return Double matrix, n x p, columns `x1..xp` in item order.
#' @noRd
keyed_items <- function(frame, section, call = rlang::caller_env()) {
  columns <- number_columns(frame, section[["items"]], "index.items", call)
  reverse <- names(columns) %in% section[["reverse"]]
  columns[reverse] <- lapply(columns[reverse], reverse_code)
  matrix(unlist(columns, use.names = FALSE),
    ncol = length(columns),
    dimnames = list(NULL, paste0("x", seq_along(columns)))
  )
}

#' Turn an item round with psych
#'
#' psych answers NA for every value beyond 999. Dividing by a power of two and multiplying again is
#' exact, so the result is the same number for number.
#'
#' @param x Double vector.
#' @return Observed minimum plus maximum minus `x`, as [psych::reverse.code()] takes it.
#' @noRd
reverse_code <- function(x) {
  unit <- 2^max(0, ceiling(log2(max(abs(x), 1) / 256)))
  unit * drop(unname(psych::reverse.code(-1, matrix(x / unit, ncol = 1))))
}

#' Refuse items without correlations
#'
#' @param items Matrix of items.
#' @param names Names of the items.
#' @param call Frame of the function to name in an error.
#'
#' @return Nothing.
#' @noRd
check_items <- function(items, names, call = rlang::caller_env()) {
  constant <- names[apply(items, 2, function(x) all(x == x[1]))]
  if (length(constant)) {
    refuse("input", "{.field index.items}: item {.val {constant}} is constant.", call = call)
  }
  if (nrow(items) <= ncol(items)) {
    n <- nrow(items)
    p <- ncol(items)
    refuse("input", "{.field index.items}: {p} items need more than {n} row{?s}.", call = call)
  }
}

#' Refuse items that determine each other
#'
#' Singular means that the smallest eigenvalue of the correlations is below 1e-12, the `eig.tol` below
#' which [psych::cor.smooth()] raises an eigenvalue.
#'
#' @param correlations Correlations of the items.
#' @param names Names of the items.
#' @param call Frame of the function to name in an error.
#'
#' @return Nothing.
#' @noRd
check_singular <- function(correlations, names, call = rlang::caller_env()) {
  eigen <- eigen(correlations, symmetric = TRUE)
  if (min(eigen$values) < 1e-12) {
    involved <- names[abs(eigen$vectors[, length(eigen$values)]) > 1e-3]
    refuse("input", c(
      "{.field index.items}: the correlation matrix is singular.",
      x = "These items determine each other: {.val {involved}}."
    ), call = call)
  }
}

#' Bring factors to canonical order and sign
#'
#' Order: decreasing sum of squared loadings. Sign: positive column sum; where the sum is at most 1e-3
#' of the sum of absolute loadings, the largest loading positive. The factor on which the anchor has
#' its largest loading gets the sign that makes that loading positive.
#'
#' @param fit Result of one of `extractions()` with orthogonal factors.
#' @param anchor Position of the anchor item; of length 0 or NA for none.
#'
#' @return A list of `loadings`, `weights` (p x k) and `scores` (n x k), columns `F1..Fk`.
#' @noRd
canonical_form <- function(fit, anchor = integer()) {
  loadings <- unclass(fit$loadings)
  order <- order(-colSums(loadings^2))
  loadings <- loadings[, order, drop = FALSE]
  sign <- apply(loadings, 2, column_sign)
  if (length(anchor) && !is.na(anchor)) {
    factor <- which.max(abs(loadings[anchor, ]))
    sign[factor] <- if (loadings[anchor, factor] < 0) -1 else 1
  }
  turn <- function(matrix) {
    turned <- sweep(unclass(matrix), 2, sign, "*")
    dimnames(turned) <- list(NULL, paste0("F", seq_along(sign)))
    turned
  }
  list(
    loadings = turn(loadings),
    weights = turn(fit$weights[, order, drop = FALSE]),
    scores = turn(fit$scores[, order, drop = FALSE])
  )
}

#' The sign that makes a column of loadings canonical
#'
#' @param x Loadings of one factor.
#' @return 1 or -1.
#' @noRd
column_sign <- function(x) {
  decisive <- if (abs(sum(x)) <= 1e-3 * sum(abs(x))) x[which.max(abs(x))] else sum(x)
  if (decisive < 0) -1 else 1
}

#' Rows on whether the items are worth factoring
#'
#' @param kmo,bartlett Results of psych with their notes.
#' @param eigenvalues Eigenvalues of the correlations.
#' @param items Names of the items.
#' @return A data frame of rows.
#' @noRd
adequacy_rows <- function(kmo, bartlett, eigenvalues, items) {
  bind_rows(
    make_rows("kmo", c(kmo$value$MSAi, kmo$value$MSA), c(items, "all"), note = kmo$note),
    make_rows(c("bartlett_chi2", "bartlett_df", "bartlett_p"),
      c(bartlett$value$chisq, bartlett$value$df, bartlett$value$p.value), "all",
      note = bartlett$note
    ),
    make_rows("eigenvalue", eigenvalues, "all", seq_along(eigenvalues))
  )
}

#' Rows of a factor solution
#'
#' @param fit Result of one of `extractions()` with its note.
#' @param solution A list as from `canonical_form()`.
#' @param correlations Correlations of the items.
#' @param section Section `index` of a study.
#' @return A data frame of rows.
#' @noRd
factor_rows <- function(fit, solution, correlations, section) {
  items <- section[["items"]]
  loadings <- solution$loadings
  ss <- colSums(loadings^2)
  residual <- correlations - tcrossprod(loadings)
  bind_rows(
    make_rows("n_factors", ncol(loadings), "all", note = fit$note),
    make_matrix_rows("loading", loadings, items, note = fit$note),
    make_rows("communality", fit$value$communality, items, note = fit$note),
    make_rows("uniqueness", fit$value$uniquenesses, items, note = fit$note),
    make_rows("ss_loadings", ss, "all", names(ss), note = fit$note),
    make_rows("variance_share", ss / length(items), "all", names(ss), note = fit$note),
    make_matrix_rows("score_weight", solution$weights, items, note = fit$note),
    make_rows("objective", extraction_objective(residual, section[["extraction"]]), "all", note = fit$note)
  )
}
