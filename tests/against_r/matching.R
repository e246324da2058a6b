# Match many designs on handed scores with MatchIt.
#
# In: units (design, treated, score, x, z, g) and designs (design, ratio, replace, order, caliper; a
# missing caliper means none). Out: pairs (design, treated unit, column, control: 1-based rows of the
# design), units (design, weight, subclass) and balance (design, term, six numbers).
source("tables.R")

match_design <- function(units, design) {
  caliper <- if (is.na(design$caliper)) NULL else design$caliper
  suppressWarnings(MatchIt::matchit(
    treated ~ x + z + g,
    data = units,
    distance = units$score,
    method = "nearest",
    ratio = design$ratio,
    replace = design$replace == 1,
    m.order = design$order,
    caliper = caliper,
    std.caliper = FALSE
  ))
}

pairs_of <- function(fit, design) {
  cells <- fit$match.matrix
  data.frame(
    design = design,
    unit = as.numeric(rownames(cells)[row(cells)]),
    column = as.numeric(col(cells)),
    control = as.numeric(cells)
  )
}

units_of <- function(fit, design) {
  subclass <- if (is.null(fit$subclass)) NA else as.numeric(as.character(fit$subclass))
  data.frame(design = design, weight = unname(fit$weights), subclass = subclass)
}

balance_of <- function(fit, design) {
  shown <- summary(fit, pair.dist = FALSE)
  before <- shown$sum.all
  after <- shown$sum.matched
  data.frame(
    design = design,
    term = rownames(before),
    smd_before = before[, "Std. Mean Diff."],
    smd_after = after[, "Std. Mean Diff."],
    variance_ratio_before = before[, "Var. Ratio"],
    variance_ratio_after = after[, "Var. Ratio"],
    ks_before = before[, "eCDF Max"],
    ks_after = after[, "eCDF Max"]
  )
}

given <- read_tables()
by_design <- split(given$units, given$units$design)
results <- each(function(i) {
  design <- given$designs[i, ]
  units <- by_design[[as.character(design$design)]]
  rownames(units) <- seq_len(nrow(units))
  fit <- match_design(units, design)
  list(
    pairs = pairs_of(fit, design$design),
    units = units_of(fit, design$design),
    balance = balance_of(fit, design$design)
  )
}, seq_len(nrow(given$designs)))
for (name in c("pairs", "units", "balance")) {
  write_table(do.call(rbind, lapply(results, `[[`, name)), name)
}
write_table(data.frame(matchit = as.character(utils::packageVersion("MatchIt"))), "versions")
