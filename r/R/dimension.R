#' Rows on how many factors to extract
#'
#' Nothing where the study does not ask. Numbers of factors by Kaiser's rule, parallel analysis, Velicer's
#' average partials and very simple structure, and what they rest on.
#'
#' @param found Result of `dimension()`, or `NULL`.
#' @return A data frame of rows.
#' @noRd
dimension_rows <- function(found) {
  if (is.null(found)) {
    return(make_rows(character(), double()))
  }
  bind_rows(
    make_rows("suggested_factors", found$kaiser, "kaiser"),
    do.call(bind_rows, unname(Map(parallel_rows, names(found$parallel), found$parallel))),
    if (!is.null(found$map)) map_rows(found$map),
    if (!is.null(found$vss)) vss_rows(found$vss)
  )
}

#' Refuse settings of the number of factors that are not available
#'
#' @param asked Section `dimension`, or `NULL`.
#' @param call Frame of the function to name in an error.
#' @return Nothing.
#' @noRd
check_dimension <- function(asked, call = rlang::caller_env()) {
  if (is.null(asked)) {
    return(invisible())
  }
  for (method in asked[["methods"]]) {
    check_choice(method, c("parallel", "map", "vss"), "index.dimension.methods", call)
  }
  for (kind in asked[["of"]]) check_choice(kind, names(eigenvalue_kinds()), "index.dimension.of", call)
  check_number(asked[["replicates"]], "index.dimension.replicates", above = 1, whole = TRUE, call = call)
  check_number(asked[["quantile"]], "index.dimension.quantile", above = 0, below = 1, call = call)
  check_number(asked[["most"]], "index.dimension.most", above = 0, whole = TRUE, call = call)
}

#' Number of factors that a study asks for
#'
#' `kaiser`: as many as the correlations have eigenvalues above 1; `parallel` and `map`: as `dimension()` suggests.
#'
#' @param section Section `index` of a study.
#' @param eigenvalues Eigenvalues of the correlations of the items.
#' @param found Result of `dimension()`, or `NULL`.
#' @param call Frame of the function to name in an error.
#' @return A whole number.
#' @noRd
number_of_factors <- function(section, eigenvalues, found, call = rlang::caller_env()) {
  factors <- section[["factors"]]
  if (is.character(factors)) {
    check_choice(factors, c("kaiser", "parallel", "map"), "index.factors", call)
    needed <- list(kaiser = eigenvalues, parallel = found$parallel, map = found$map)[[factors]]
    if (is.null(needed)) {
      refuse("input", "{.field index.factors}: {.val {factors}} is not among {.field index.dimension.methods}.",
        call = call
      )
    }
    factors <- switch(factors,
      kaiser = sum(eigenvalues > 1),
      parallel = needed[[deciding_kind(section)]]$by_quantile,
      map = smallest_average(needed, call)
    )
    if (factors == 0) {
      why <- if (section[["factors"]] == "kaiser") "no eigenvalue of the correlations is above 1" else "no factor found"
      refuse("input", "{.field index.factors}: {why} by the rule {.val {section[['factors']]}}.", call = call)
    }
  }
  most <- most_factors(length(section[["items"]]), section[["extraction"]])
  check_number(factors, "index.factors", above = 0, below = most + 1, whole = TRUE, call = call)
  factors
}

#' Eigenvalues by which parallel analysis decides
#'
#' @param section Section `index` of a study.
#' @return Those of components where components are extracted, else those of factors, if both are compared.
#' @noRd
deciding_kind <- function(section) {
  of <- unlist(section[["dimension"]][["of"]])
  kinds <- c("factors", "factors_smc", "components")
  if (section[["extraction"]] == "pca") kinds <- c("components", "factors", "factors_smc")
  intersect(kinds, of)[1]
}

#' Number of components with the smallest average partial correlation
#'
#' @param found Result of `average_partials()`.
#' @param call Frame of the function to name in an error.
#' @return A whole number.
#' @noRd
smallest_average <- function(found, call = rlang::caller_env()) {
  components <- which.min(found$squared) - 1
  if (found$cut && components == length(found$squared) - 1) {
    refuse("input", c(
      "{.field index.factors}: the smallest average partial is at the largest number tried, {components}.",
      i = "Raise {.field index.dimension.most}."
    ), call = call)
  }
  components
}

#' How many factors to extract, by the methods that a study asks for
#'
#' @param section Section `index` of a study.
#' @param correlations Correlations of the items.
#' @param n Number of rows they come from.
#' @param seed Seed of the study.
#'
#' @return `NULL`, or a list: `kaiser`, a number; `parallel`, a list by kind of eigenvalues as from
#'   `parallel_analysis()`; `map` as from `average_partials()`; `vss` as from `very_simple_structure()`.
#' @noRd
dimension <- function(section, correlations, n, seed) {
  asked <- section[["dimension"]]
  if (is.null(asked)) {
    return(NULL)
  }
  methods <- unlist(asked[["methods"]])
  list(
    kaiser = sum(eigen(correlations, symmetric = TRUE)$values > 1),
    parallel = if ("parallel" %in% methods) parallel_analysis(asked, correlations, n, seed),
    map = if ("map" %in% methods) average_partials(correlations, asked[["most"]], n),
    vss = if ("vss" %in% methods) very_simple_structure(correlations, asked[["most"]])
  )
}

#' Velicer's average partial correlations
#'
#' Squared ones from one component on by [psych::vss()]; it has neither those of no component nor fourth powers.
#'
#' @param correlations Correlations of the items.
#' @param most Largest number of components.
#' @param n Number of rows, for statistics of psych that are not used.
#' @return A list: `squared` and `fourth` after 0, 1, ... components, `cut`, whether more could be taken,
#'   and `note`.
#' @noRd
average_partials <- function(correlations, most, n) {
  p <- ncol(correlations)
  most <- min(most, p - 1)
  # vss() stops at fewer than two.
  heard <- with_notes(psych::vss(correlations,
    n = max(most, 2), rotate = "none", fm = "pc", n.obs = n, plot = FALSE
  ))
  off <- row(correlations) != col(correlations)
  fourth <- vapply(0:most, function(m) mean(partials_left(correlations, m)[off]^4), double(1))
  squared <- c(mean(correlations[off]^2), heard$value$map[seq_len(most)])
  list(squared = squared, fourth = fourth, cut = most < p - 1, note = heard$note)
}

#' Partial correlations given principal components
#'
#' @param correlations Correlations of the items.
#' @param m Number of components.
#' @return A matrix.
#' @noRd
partials_left <- function(correlations, m) {
  eigen <- eigen(correlations, symmetric = TRUE)
  loadings <- eigen$vectors %*% diag(sqrt(eigen$values))
  left <- correlations - tcrossprod(loadings[, seq_len(m), drop = FALSE])
  stats::cov2cor(left)
}

#' Rows of the average partial correlations
#'
#' @param found Result of `average_partials()`.
#' @return A data frame of rows.
#' @noRd
map_rows <- function(found) {
  numbers <- seq_along(found$squared) - 1
  powers <- rep(c("squared", "fourth"), each = length(numbers))
  smallest <- c(which.min(found$squared), which.min(found$fourth)) - 1
  edge <- found$cut & smallest == length(numbers) - 1
  note <- ifelse(edge, "the smallest average is at the largest number tried; raise dimension.most", found$note)
  bind_rows(
    make_rows("map", c(found$squared, found$fourth), powers, rep(numbers, 2), note = found$note),
    make_rows("suggested_factors", smallest, "map", c("squared", "fourth"), note = note)
  )
}
