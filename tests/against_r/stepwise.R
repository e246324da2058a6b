# Stepwise selection as a plain loop over anova() of two lm(), without a line of erm-bridge.
#
# In: designs (design, keep, candidates: names joined by spaces; enter, remove) and, for each design, its data under the
# design's name, outcome `y`. Out: steps (design, quantity, variable, p), coefficients (design, term, estimate, std_error,
# hc3, and for all but the intercept beta, vif).
source("tables.R")

p_of <- function(data, without, variable) {
  on <- function(variables) stats::reformulate(if (length(variables)) variables else "1", "y")
  stats::anova(stats::lm(on(without), data), stats::lm(on(c(without, variable)), data))[2, "Pr(>F)"]
}

select <- function(data, keep, candidates, enter, remove) {
  model <- character()
  steps <- NULL
  repeat {
    outside <- setdiff(candidates, model)
    if (!length(outside)) break
    p <- sapply(outside, function(v) p_of(data, c(keep, model), v))
    if (min(p) > enter) break
    model <- c(model, outside[which.min(p)])
    steps <- rbind(steps, data.frame(quantity = "entered", variable = outside[which.min(p)], p = min(p)))
    repeat {
      p <- sapply(model, function(v) p_of(data, c(keep, setdiff(model, v)), v))
      if (!length(model) || max(p) < remove) break
      steps <- rbind(steps, data.frame(quantity = "removed", variable = model[which.max(p)], p = max(p)))
      model <- model[-which.max(p)]
    }
  }
  list(steps = steps, model = c(keep, candidates[candidates %in% model]))
}

coefficients_of <- function(data, model) {
  fit <- stats::lm(stats::reformulate(if (length(model)) model else "1", "y"), data)
  x <- stats::model.matrix(fit)
  b <- stats::coef(fit)
  vif <- sapply(seq_along(b)[-1], function(j) {
    others <- x[, -j, drop = FALSE]
    1 / (1 - summary(stats::lm(x[, j] ~ others))$r.squared)
  })
  data.frame(
    term = names(b), estimate = b, std_error = summary(fit)$coefficients[, "Std. Error"],
    hc3 = sqrt(diag(sandwich::vcovHC(fit, type = "HC3"))),
    beta = c(NA, b[-1] * apply(x, 2, stats::sd)[-1] / stats::sd(data$y)), vif = c(NA, unlist(vif))
  )
}

words <- function(text) if (is.na(text)) character() else strsplit(text, " ", fixed = TRUE)[[1]]

tables <- read_tables()
results <- each(function(i) {
  design <- tables$designs[i, ]
  data <- tables[[design$design]]
  found <- select(data, words(design$keep), words(design$candidates), design$enter, design$remove)
  list(
    steps = if (!is.null(found$steps)) data.frame(design = design$design, found$steps),
    coefficients = data.frame(design = design$design, coefficients_of(data, found$model))
  )
}, seq_len(nrow(tables$designs)))
for (name in c("steps", "coefficients")) write_table(do.call(rbind, lapply(results, `[[`, name)), name)
