# Logit model and unmatched difference of lalonde, the model converged to 1e-14.
#
# In: lalonde. Out: coefficients (term, value), scores (value, rounded to 10 digits), unmatched (the row of treat in the
# summary of a linear model, and its confidence interval).
source("tables.R")

data <- read_tables()$lalonde
data$race <- factor(data$race, levels = c("black", "hispan", "white"))
fit <- stats::glm(
  treat ~ age + educ + race + married + nodegree + re74 + re75,
  data = data,
  family = stats::binomial(),
  control = list(epsilon = 1e-14, maxit = 100)
)
coefficients <- stats::coef(fit)
write_table(data.frame(term = names(coefficients), value = unname(coefficients)), "coefficients")
scores <- unname(stats::fitted(fit))
write_table(data.frame(value = scores, rounded = round(scores, 10)), "scores")

difference <- stats::lm(re78 ~ treat, data = data)
row <- summary(difference)$coefficients["treat", ]
interval <- stats::confint(difference)["treat", ]
write_table(data.frame(value = unname(c(row, interval))), "unmatched")
