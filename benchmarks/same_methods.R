# The methods of studies/bfi/nearest4.yml as an R user writes them, once: what a run is measured against.
data <- utils::read.csv(commandArgs(TRUE)[1])
reversed <- c("A1", "C4", "C5", "E1", "E2", "O2", "O5")
data[reversed] <- 7 - data[reversed]
data$graduate <- as.numeric(data$education >= 4)
items <- data[1:25]
correlations <- stats::cor(items)
print(psych::KMO(correlations)$MSA)
print(psych::cortest.bartlett(correlations, nrow(items))$chisq)
fit <- psych::fa(items, 5, fm = "minres", rotate = "varimax", scores = "regression")
shares <- colSums(fit$loadings^2) / ncol(items)
data$index <- as.vector(fit$scores %*% shares)
for (group in c("graduate", "gender", "education")) {
  print(stats::anova(stats::lm(data$index ~ factor(data[[group]]))))
}
print(summary(stats::lm(index ~ graduate + age + gender, data)))
scores <- stats::glm(graduate ~ age + gender, stats::binomial(), data)$fitted.values
matched <- MatchIt::matchit(graduate ~ age + gender, data,
  distance = round(scores, 10), ratio = 4, replace = TRUE, caliper = 0.02, std.caliper = FALSE
)
print(summary(matched))
print(summary(stats::lm(index ~ graduate, data, weights = matched$weights)))
