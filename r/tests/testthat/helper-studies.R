number <- function(levels = NULL) list(type = "number", levels = levels, reference = NULL)

category <- function(levels, reference = levels[1]) {
  list(type = "category", levels = levels, reference = reference)
}

# Sections with every default filled in, as study.json has them.
matching_section <- function(treatment, covariates, ...) {
  utils::modifyList(list(
    treatment = list(column = treatment, treated = 1L), covariates = covariates, method = "nearest",
    distance = list(method = "glm", link = "logit", digits = 10L), ratio = 1L, replace = FALSE,
    order = "largest", caliper = NULL, exact = character(), estimand = "ATT"
  ), list(...), keep.null = TRUE)
}

index_section <- function(items, factors, ...) {
  utils::modifyList(list(
    items = items, reverse = character(), correlation = list(method = "pearson"), extraction = "minres",
    factors = factors, rotation = list(method = "varimax", normalize = TRUE, starts = 0L), scores = "regression",
    composite = list(weights = "variance", divide = FALSE, scale = 1, anchor = NULL)
  ), list(...), keep.null = TRUE)
}

regression_section <- function(...) {
  utils::modifyList(list(
    keep = character(), candidates = character(), selection = NULL, std_error = "classical", outcome = NULL
  ), list(...), keep.null = TRUE)
}

effect_section <- function(outcome = NULL, ...) {
  utils::modifyList(list(
    std_error = "psmatch2", conf_level = 0.95, adjust = character(), neighbours = 1L,
    bootstrap = list(replicates = 1000L), tie_orders = 0L, outcome = outcome
  ), list(...), keep.null = TRUE)
}

lalonde_covariates <- c("age", "educ", "race", "married", "nodegree", "re74", "re75")

lalonde_study <- function(...) {
  variables <- lapply(MatchIt::lalonde, function(x) number())
  variables$treat <- number(c("0", "1"))
  variables$race <- category(c("black", "hispan", "white"))
  list(
    study = "lalonde", variables = variables, outcome = "re78", index = NULL,
    difference = list(by = "race", outcome = "re78"),
    regression = regression_section(keep = "treat", candidates = lalonde_covariates, outcome = "re78"),
    matching = matching_section("treat", lalonde_covariates, ...),
    effect = effect_section("re78")
  )
}

# Items with two factors and some noise, the same at every call.
made_items <- function(n = 200) {
  set.seed(20171)
  f <- matrix(stats::rnorm(2 * n), n)
  pattern <- cbind(c(.8, .7, .6, .7, 0, .1, 0, 0), c(0, .1, 0, 0, .7, .6, .5, .4))
  items <- f %*% t(pattern) + 0.5 * matrix(stats::rnorm(8 * n), n)
  stats::setNames(as.data.frame(round(items, 2)), paste0("i", 1:8))
}

items_study <- function(frame, ...) {
  section <- utils::modifyList(index_section(names(frame), 2L), list(...))
  list(variables = lapply(frame, function(x) number()), index = section)
}

# The one value of a table of rows.
value_of <- function(rows, quantity, term = "", component = "") {
  found <- rows$quantity == quantity & rows$term == term & rows$component == component
  if (sum(found) != 1) stop(sum(found), " rows for ", quantity, " ", term, " ", component)
  rows$value[found]
}

values_of <- function(rows, quantity) {
  found <- rows[rows$quantity == quantity, ]
  stats::setNames(found$value, paste0(found$term, ifelse(nzchar(found$component), "/", ""), found$component))
}

# A temporary file that is removed when the test ends.
text_file <- function(text, env = parent.frame()) {
  path <- tempfile(fileext = ".json")
  writeLines(enc2utf8(text), path, useBytes = TRUE)
  do.call(on.exit, list(bquote(unlink(.(path))), add = TRUE), envir = env)
  path
}

# Single values as JSON scalars, except under the keys that hold lists.
as_json <- function(node, key = "") {
  lists <- c("levels", "by", "keep", "candidates", "covariates", "exact", "items", "reverse", "std_error", "adjust")
  if (is.list(node)) {
    return(Map(as_json, node, if (is.null(names(node))) rep("", length(node)) else names(node)))
  }
  if (is.null(node) || key %in% lists) node else jsonlite::unbox(node)
}

transform_factor <- function(frame) {
  frame$g <- factor(frame$g, c("None", "NA", "07"))
  frame
}

# 100 rows whose correlations are those given.
exact_sample <- function(r) {
  set.seed(1)
  raw <- scale(matrix(stats::rnorm(100 * ncol(r)), 100), scale = FALSE)
  raw %*% solve(chol(stats::cov(raw))) %*% chol(r)
}
