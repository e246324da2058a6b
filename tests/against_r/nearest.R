# Match many designs on handed scores with MatchIt, every option that bears on who is matched with whom.
#
# In: units (design, treated, score, usable, x, z, stratum, other, unit) and designs (see the Python side; a
# missing number or "" means that the argument is not given). Out: pairs (design, focal unit, column,
# partner: 1-based rows of the design) and units (design, weight, subclass), versions.
source("tables.R")
source("../../r/R/draws.R")
source("../../r/R/settings.R")

arguments_of <- function(design, units) {
  caliper <- c(design$caliper, x = design$caliper_x, z = design$caliper_z)
  given <- !is.na(caliper)
  optional <- list(
    min.controls = design$min_controls, max.controls = design$max_controls, reuse.max = design$reuse_max
  )
  names_of <- function(column) if (nzchar(column)) strsplit(column, " ")[[1]]
  c(
    list(
      treated ~ 1,
      data = units, distance = units$score, method = "nearest", estimand = design$estimand,
      ratio = design$ratio, replace = design$replace == 1, m.order = design$order, normalize = TRUE,
      exact = names_of(design$exact), antiexact = names_of(design$antiexact),
      unit.id = names_of(design$unit_id), discard = units$usable == 0
    ),
    if (any(given)) {
      list(caliper = caliper[given], std.caliper = c(FALSE, design$sd_x == 1, FALSE)[given])
    },
    optional[!vapply(optional, is.na, logical(1))]
  )
}

given <- read_tables()
by_design <- split(given$units, given$units$design)
given$designs[c("exact", "antiexact", "unit_id")] <- lapply(
  given$designs[c("exact", "antiexact", "unit_id")], function(column) ifelse(is.na(column), "", column)
)
results <- each(function(i) {
  design <- given$designs[i, ]
  units <- by_design[[as.character(design$design)]]
  rownames(units) <- seq_len(nrow(units))
  fit <- tryCatch(
    with_stream(design$seed, "matching", suppressWarnings(
      do.call(MatchIt::matchit, arguments_of(design, units), quote = TRUE)
    )),
    error = conditionMessage
  )
  if (is.character(fit)) {
    return(list(failures = data.frame(design = design$design, message = fit)))
  }
  cells <- fit$match.matrix
  list(
    pairs = data.frame(
      design = design$design, unit = as.numeric(rownames(cells)[row(cells)]),
      column = as.numeric(col(cells)), partner = as.numeric(cells)
    ),
    units = data.frame(
      design = design$design, weight = unname(fit$weights),
      subclass = if (is.null(fit$subclass)) NA else as.numeric(as.character(fit$subclass))
    )
  )
}, seq_len(nrow(given$designs)))
for (name in c("pairs", "units", "failures")) {
  table <- do.call(rbind, lapply(results, `[[`, name))
  if (!is.null(table)) write_table(table, name)
}
write_table(data.frame(matchit = as.character(utils::packageVersion("MatchIt"))), "versions")
