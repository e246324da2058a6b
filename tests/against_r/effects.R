# Effects in matched samples by sandwich, and by Matching where that is installed.
#
# In: units (design, y, treated, weight, score, x1, x2), sets (design, set, unit: 1-based rows of the design, weight)
# and designs (design, ratio). Out: errors (design, row, kind, estimate, std_error): rows `matched` and `adjusted`
# for x1 and x2; kinds of sandwich by `lm`, and `Match`: Matching::Match(M = ratio, Var.calc = 2). The same for
# strata (design, y, treated, weight, subclass, x1, x2), the average effect on everyone.
source("tables.R")

# The prediction with treatment minus that without, averaged over the treated, by the delta method.
contrast <- function(fit, rows, matrix) {
  about <- rows[rows$treated == 1, ]
  at <- function(value) {
    about$treated <- value
    stats::model.matrix(stats::delete.response(stats::terms(fit)), about)
  }
  gradient <- colMeans(at(1) - at(0))
  c(sum(gradient * stats::coef(fit)), sqrt(drop(gradient %*% matrix %*% gradient)))
}

models <- list(matched = y ~ treated, adjusted = y ~ treated * (x1 + x2))
by_regression <- function(rows, matrices) {
  do.call(rbind, lapply(names(models), function(row) {
    fit <- stats::lm(models[[row]], rows, weights = w)
    do.call(rbind, lapply(names(matrices), function(kind) {
      found <- contrast(fit, rows, matrices[[kind]](fit))
      data.frame(row = row, kind = kind, estimate = found[1], std_error = found[2])
    }))
  }))
}

of_hc <- function(type) function(fit) sandwich::vcovHC(fit, type = type)
of_design <- function(units, sets, ratio) {
  units$w <- units$weight
  used <- units[units$weight > 0, ]
  kinds <- c("HC0", "HC1", "HC2", "HC3")
  rows <- units[sets$unit, ]
  rows$w <- sets$weight
  clusters <- list(pair = sets["set"], unit = sets["unit"], pair_and_unit = sets[c("set", "unit")])
  found <- rbind(
    by_regression(used, lapply(stats::setNames(nm = kinds), of_hc)),
    by_regression(rows, lapply(clusters, function(by) function(fit) sandwich::vcovCL(fit, cluster = by)))
  )
  if (requireNamespace("Matching", quietly = TRUE)) {
    by <- Matching::Match(units$y, units$treated, units$score, M = ratio, Var.calc = 2, distance.tolerance = 0)
    found <- rbind(found, data.frame(
      row = "matched", kind = "Match", estimate = drop(by$est), std_error = by$se
    ))
  }
  found
}

# Subclasses: clusters of units; the average over everyone, weighted.
of_subclasses <- function(units) {
  units$w <- units$weight
  do.call(rbind, lapply(names(models), function(row) {
    fit <- stats::lm(models[[row]], units, weights = w)
    at <- function(value) {
      stats::model.matrix(stats::delete.response(stats::terms(fit)), transform(units, treated = value))
    }
    gradient <- drop(units$w %*% (at(1) - at(0))) / sum(units$w)
    matrix <- sandwich::vcovCL(fit, cluster = units["subclass"])
    data.frame(
      row = row, kind = "subclass", estimate = sum(gradient * stats::coef(fit)),
      std_error = sqrt(drop(gradient %*% matrix %*% gradient))
    )
  }))
}

given <- read_tables()
strata <- given$strata
given$strata <- NULL
results <- lapply(given$designs$design, function(i) {
  one <- lapply(given, function(table) table[table$design == i, ])
  cbind(design = i, of_design(one$units, one$sets, one$designs$ratio))
})
write_table(do.call(rbind, results), "errors")
write_table(do.call(rbind, lapply(split(strata, strata$design), function(units) {
  cbind(design = units$design[1], of_subclasses(units))
})), "strata")
write_table(data.frame(matching = requireNamespace("Matching", quietly = TRUE)), "installed")
