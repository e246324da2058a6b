# Effects of lalonde matched by MatchIt 4.7.1 in four designs, without a line of erm-bridge; writes
# lalonde_effects.csv beside it, with the packages of the project library:
#   cd tests/reference; R_LIBS=../../.r-library Rscript --vanilla lalonde_effects.R > lalonde_effects.csv
# Scores: stats::glm, logit, converged to 1e-14, rounded to 10 decimals. Estimate: difference of the means
# weighted by MatchIt. Standard error: that of Stata's psmatch2. A missing caliper means none.
stopifnot(utils::packageVersion("MatchIt") == "4.7.1")

lalonde <- MatchIt::lalonde
model <- treat ~ age + educ + race + married + nodegree + re74 + re75
fit <- stats::glm(model, stats::binomial(), lalonde, control = list(epsilon = 1e-14, maxit = 100))
lalonde$score <- round(stats::fitted(fit), 10)

effect <- function(design, ratio, replace, caliper) {
  matched <- MatchIt::matchit(model, lalonde,
    distance = lalonde$score, ratio = ratio, replace = replace, m.order = "largest",
    caliper = if (!is.na(caliper)) caliper, std.caliper = FALSE
  )
  w <- matched$weights
  one <- lalonde$treat == 1 & w > 0
  zero <- lalonde$treat == 0 & w > 0
  y <- lalonde$re78
  estimate <- stats::weighted.mean(y[one], w[one]) - stats::weighted.mean(y[zero], w[zero])
  share <- w[zero] / sum(w[zero])
  std_error <- sqrt(stats::var(y[one]) / sum(one) + stats::var(y[zero]) * sum(share^2))
  data.frame(
    design = design, ratio = ratio, replace = as.integer(replace), caliper = caliper,
    n_treated_matched = sum(one), n_controls_matched = sum(zero),
    estimate = sprintf("%.17g", estimate), std_error = sprintf("%.17g", std_error),
    matchit = as.character(utils::packageVersion("MatchIt")), r = as.character(getRversion())
  )
}

effects <- rbind(
  effect("one", 1, FALSE, NA),
  effect("one-replace", 1, TRUE, NA),
  effect("four-replace", 4, TRUE, NA),
  effect("four-replace-caliper", 4, TRUE, 0.02)
)
utils::write.csv(effects, stdout(), row.names = FALSE, quote = FALSE, na = "")
