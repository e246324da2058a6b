# Match many designs on handed scores and let MatchIt judge the balance of every column.
#
# In: units (design, treated, score, weight, x1, x2, ...: a column that is not in a design is missing) and
# designs (design, method, estimand, replace, ratio, weighted). Out: units (design, weight, subclass), pairs
# (design, focal, partner: 1-based rows), balance (design, moment, term, numbers), reduction and sizes.
source("tables.R")

match_design <- function(units, design, columns) {
  arguments <- list(
    stats::reformulate(columns, "treated"),
    data = units, distance = units$score, method = design$method, estimand = design$estimand,
    s.weights = if (design$weighted == 1) units$weight
  )
  if (design$method == "nearest") {
    arguments <- c(arguments, list(ratio = design$ratio, replace = design$replace == 1))
  }
  suppressWarnings(do.call(MatchIt::matchit, arguments))
}

pairs_of <- function(fit, design) {
  cells <- fit$match.matrix
  if (is.null(cells)) {
    return(NULL)
  }
  pairs <- data.frame(
    design = design, focal = as.numeric(rownames(cells)[row(cells)]), partner = as.numeric(cells)
  )
  pairs[!is.na(pairs$partner), ]
}

numbers_of <- function(table, design, moment) {
  names <- c("mean_treated", "mean_control", "smd", "variance_ratio", "ecdf_mean", "ks", "pair_distance")
  numbers <- as.data.frame(table)
  names(numbers) <- names
  cbind(design = design, moment = moment, term = rownames(table), numbers)
}

results_of <- function(units, design) {
  columns <- grep("^x", names(units), value = TRUE)
  columns <- columns[!is.na(units[1, columns])]
  rownames(units) <- seq_len(nrow(units))
  fit <- match_design(units, design, columns)
  shown <- summary(fit, interactions = TRUE, improvement = TRUE, pair.dist = TRUE)
  after <- if (is.null(shown$sum.matched)) shown$sum.across else shown$sum.matched
  id <- design$design
  list(
    units = data.frame(
      design = id, weight = unname(fit$weights),
      subclass = if (is.null(fit$subclass)) NA_real_ else as.numeric(fit$subclass)
    ),
    pairs = pairs_of(fit, id),
    balance = rbind(numbers_of(shown$sum.all, id, "before"), numbers_of(after, id, "after")),
    reduction = data.frame(
      design = id, term = rownames(shown$reduction), smd = shown$reduction[, "Std. Mean Diff."],
      variance_ratio = shown$reduction[, "Var. Ratio"], ecdf_mean = shown$reduction[, "eCDF Mean"],
      ks = shown$reduction[, "eCDF Max"]
    ),
    sizes = data.frame(
      design = id, units = rownames(shown$nn), treated = shown$nn[, "Treated"],
      controls = shown$nn[, "Control"]
    )
  )
}

given <- read_tables()
by_design <- split(given$units, given$units$design)
results <- each(function(i) {
  design <- given$designs[i, ]
  results_of(by_design[[as.character(design$design)]], design)
}, seq_len(nrow(given$designs)))
for (name in c("units", "pairs", "balance", "reduction", "sizes")) {
  write_table(do.call(rbind, lapply(results, `[[`, name)), name)
}
