# Propensity scores of MatchIt with every link, survey weights, discarding and estimating again; glm run to its end.
#
# In: units (treated, weight, x1, x2, x3, g) and designs (design, link, weighted, linear, discard, reestimate). Out: units
# (design, distance, discarded) and coefficients (design, value).
source("tables.R")

given <- read_tables()
units <- given$units
results <- each(function(i) {
  design <- given$designs[i, ]
  found <- MatchIt::matchit(treated ~ x1 + x2 + x3 + g,
    data = units, method = NULL, link = paste0(if (design$linear == 1) "linear.", design$link),
    s.weights = if (design$weighted == 1) units$weight, discard = design$discard, reestimate = design$reestimate == 1,
    distance.options = list(epsilon = 1e-300, maxit = 100)
  )
  list(
    units = data.frame(design = design$design, distance = unname(found$distance), discarded = unname(found$discarded)),
    coefficients = data.frame(design = design$design, value = unname(stats::coef(found$model)))
  )
}, seq_len(nrow(given$designs)))
for (name in c("units", "coefficients")) {
  write_table(do.call(rbind, lapply(results, `[[`, name)), name)
}
