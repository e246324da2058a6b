# Match many designs with MatchIt's exact, coarsened exact and subclass methods.
#
# In: units (design, treated, score, x, z, b, g) and designs (design, method, estimand, x, z: cut points as
# text, grouped, k2k, metric, power, order, shares as text, least). Out: units (design, subclass, weight,
# partner: 1-based row of the design of a focal unit's partner) and failures (design, message).
source("tables.R")

# "sturges", "q4"; "5" bins; "1;2.5" places to cut.
cuts_of <- function(text) {
  if (grepl("^[a-z]", text)) text else as.numeric(strsplit(text, ";")[[1]])
}

arguments_of <- function(units, design) {
  formula <- treated ~ x + z + b + g
  switch(design$method,
    # Numbers are compared in seven digits only: categories are compared in full.
    exact = list(treated ~ factor(z) + b + g, data = units, method = "exact"),
    subclass = list(
      formula,
      data = units, method = "subclass", distance = units$score, subclass = cuts_of(design$shares),
      min.n = design$least
    ),
    cem = list(
      formula,
      data = units, method = "cem", cutpoints = list(x = cuts_of(design$x), z = cuts_of(design$z)),
      grouping = if (design$grouped == 1) list(g = list(c("a", "c"), "b")) else list()
    )
  )
}

k2k_of <- function(design) {
  if (design$k2k == 0) {
    return(list())
  }
  metric <- if (design$metric == "none") list(k2k.method = NULL) else list(k2k.method = design$metric)
  c(list(k2k = TRUE, m.order = design$order, mpower = design$power), metric)
}

match_design <- function(units, design) {
  made <- c(arguments_of(units, design), k2k_of(design), list(estimand = design$estimand))
  suppressWarnings(do.call(MatchIt::matchit, made))
}

units_of <- function(fit, units) {
  partner <- rep(NA_real_, nrow(units))
  cells <- fit$match.matrix
  if (!is.null(cells)) partner[as.numeric(rownames(cells))] <- as.numeric(cells[, 1])
  data.frame(
    design = units$design, subclass = as.numeric(as.character(fit$subclass)), weight = unname(fit$weights),
    partner = partner
  )
}

given <- read_tables()
by_design <- split(given$units, given$units$design)
results <- each(function(i) {
  design <- given$designs[i, ]
  units <- by_design[[as.character(design$design)]]
  rownames(units) <- seq_len(nrow(units))
  tryCatch(
    list(units = units_of(match_design(units, design), units)),
    error = function(cnd) {
      list(failures = data.frame(design = design$design, message = conditionMessage(cnd)))
    }
  )
}, seq_len(nrow(given$designs)))
none <- list(
  units = data.frame(design = double(), subclass = double(), weight = double(), partner = double()),
  failures = data.frame(design = double(), message = character())
)
for (name in names(none)) {
  write_table(do.call(rbind, c(none[name], lapply(results, `[[`, name))), name)
}
write_table(data.frame(matchit = as.character(utils::packageVersion("MatchIt"))), "versions")
