# Weights of radius, kernel and local linear matching by the R package's own functions, and the counterfactual of
# each unit by stats::lm() with the kernel as weights.
#
# In: units (design, score, focal: 0/1, stratum, y) and designs (design, line: 0/1, kernel, bandwidth). Out: weights (design,
# weight) and effects (design, counterfactual: mean over the matched units, matched: their number).
source("tables.R")
source("../../r/R/matching-kernel.R")

spread_of <- function(x, weights) sqrt(stats::weighted.mean((x - stats::weighted.mean(x, weights))^2, weights))

by_lm <- function(units, design) {
  heights <- unlist(lapply(split(units, units$stratum), function(stratum) {
    partners <- stratum[!stratum$focal, ]
    vapply(stratum$score[stratum$focal], function(score) {
      partners$d <- partners$score - score
      within <- if (design$kernel == "uniform") abs(partners$d) <= design$bandwidth else abs(partners$d) < design$bandwidth
      if (design$kernel == "normal") within <- rep_len(TRUE, nrow(partners))
      near <- partners[within, ]
      near$k <- kernels()[[design$kernel]](near$d / design$bandwidth)
      if (!nrow(near) || (design$line && spread_of(near$d, near$k) < 1e-5 * design$bandwidth)) {
        return(NA_real_)
      }
      unname(stats::coef(stats::lm(if (design$line) y ~ d else y ~ 1, near, weights = near$k))[1])
    }, double(1))
  }))
  data.frame(design = design$design, counterfactual = mean(heights, na.rm = TRUE), matched = sum(!is.na(heights)))
}

given <- read_tables()
given$units$focal <- given$units$focal == 1
given$designs$line <- given$designs$line == 1
results <- each(function(i) {
  design <- given$designs[i, ]
  units <- given$units[given$units$design == design$design, ]
  weights <- smoothing_weights(
    units$score, units$focal, design$line, design$kernel, design$bandwidth, units$stratum
  )
  list(
    weights = data.frame(design = design$design, weight = weights),
    effects = by_lm(units, design)
  )
}, seq_len(nrow(given$designs)))
for (name in c("weights", "effects")) {
  write_table(do.call(rbind, lapply(results, `[[`, name)), name)
}
