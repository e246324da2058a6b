# Distances of MatchIt in several covariates.
#
# In: designs (design, method, weighted, trimmed) and units (design, treated, weight, kept, and covariates x1, x2, ...,
# text for categories; a design has those that are not empty). Out: distances (design, value: treated x controls, by columns).
source("tables.R")

given <- read_tables()
by_design <- split(given$units, given$units$design)
results <- each(function(i) {
  design <- given$designs[i, ]
  units <- by_design[[as.character(design$design)]]
  covariates <- units[grepl("^x[0-9]", names(units))]
  covariates <- covariates[vapply(covariates, function(x) !any(is.na(x) | x == ""), logical(1))]
  covariates[] <- lapply(covariates, function(x) if (is.character(x)) factor(x) else x)
  distance <- getExportedValue("MatchIt", paste0(design$method, "_dist"))
  found <- distance(
    stats::reformulate(names(covariates), "treated"),
    data = cbind(treated = units$treated, covariates),
    s.weights = if (design$weighted == 1) units$weight,
    discarded = if (design$trimmed == 1) units$kept == 0
  )
  data.frame(design = design$design, value = as.vector(found))
}, seq_len(nrow(given$designs)))
write_table(do.call(rbind, results), "distances")
