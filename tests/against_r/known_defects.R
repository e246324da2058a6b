# Show the known defects of the packages installed here. The names are the ids of defects.csv; the items are some of
# five factors.
source("tables.R")

d <- read_tables()$items
x <- as.matrix(d)
r <- cor(x)
quietly <- function(expr) suppressWarnings(suppressMessages(expr))
fa <- function(...) quietly(psych::fa(x, ...))
differ <- function(a, b) max(abs(unclass(a) - unclass(b))) > 1e-4

# Criteria of wls and gls as a function of the uniquenesses: psych's own, at which it says it stops.
misfit <- function(uniqueness, of) {
  inverse <- solve(r)
  left <- r - diag(uniqueness)
  e <- eigen(left, symmetric = TRUE)
  k <- 1:2
  residual <- left - e$vectors[, k] %*% diag(pmax(e$values[k], 0)) %*% t(e$vectors[, k])
  if (of == "gls") sum((inverse %*% residual)^2) else sum(residual^2 / outer(diag(inverse), diag(inverse)))
}
stops_beside_minimum <- function(method) {
  reached <- 1 - as.numeric(fa(nfactors = 2, fm = method, rotate = "none")$communalities)
  best <- optim(reached, misfit, method = "L-BFGS-B", lower = 0.005, upper = 1, of = method)
  best$value < 0.999 * misfit(reached, method)
}

defects <- list(
  "MatchIt-walked-caliper" = function() {
    # Two pairs, 1 and 2 apart in the first covariate.
    pairs <- data.frame(t = c(1, 1, 0, 0), x1 = c(0, 10, 1, 12), x2 = 1:4)
    matched <- function(d) {
      fit <- quietly(MatchIt::matchit(t ~ x1 + x2, d, distance = "euclidean", caliper = c(a = 3), std.caliper = FALSE))
      sum(!is.na(fit$match.matrix))
    }
    given <- transform(pairs, a = x1)
    matched(given) == 1 && matched(transform(given, x1 = 2 * x1, x2 = 2 * x2)) == 2
  },
  "psych-principal-scores" = function() {
    scores <- function(method) psych::principal(x, 2, method = method)$scores
    identical(scores("Bartlett"), scores("regression")) && identical(scores("tenBerge"), scores("regression"))
  },
  "psych-one-factor-tenberge" = function() {
    abs(sd(fa(nfactors = 1, scores = "tenBerge")$scores) - 1) > 0.01
  },
  "psych-one-factor-anderson" = function() {
    failure <- tryCatch(fa(nfactors = 1, scores = "Anderson"), error = conditionMessage)
    identical(failure, "non-conformable arguments")
  },
  "psych-minchi" = function() {
    equal <- matrix(nrow(x), ncol(x), ncol(x))
    minchi <- psych::fa(r, 2, fm = "minchi", np.obs = equal, n.obs = nrow(x), rotate = "none")
    squares <- function(fit) sum((r - tcrossprod(fit$loadings))[lower.tri(r)]^2)
    squares(minchi) > 1.001 * squares(fa(nfactors = 2, rotate = "none"))
  },
  "psych-alpha-one-factor" = function() {
    failure <- tryCatch(fa(nfactors = 1, fm = "alpha", rotate = "none"), error = conditionMessage)
    identical(failure, "non-conformable arguments")
  },
  "psych-wls-gls" = function() stops_beside_minimum("wls") && stops_beside_minimum("gls"),
  "psych-scores-pearson" = function() {
    fit <- fa(nfactors = 2, cor = "spearman", rotate = "varimax")
    differ(fit$weights, solve(fit$r, fit$loadings)) && !differ(fit$weights, solve(r, fit$loadings))
  },
  "psych-polychoric-correct" = function() {
    pair <- cbind(rep(1:3, c(30, 30, 30)), c(rep(1:2, 15), rep(1:3, 10), rep(2:3, 15)))
    rho <- function(correct) quietly(psych::polychoric(pair, correct = correct))$rho[1, 2]
    any(table(pair[, 1], pair[, 2]) == 0) && rho(0) == rho(1)
  },
  "psych-polychoric-lost-cell" = function() {
    cells <- expand.grid(1:3, 1:3)[rep(1:9, c(500, 3, 1, 2, 400, 2, 0, 2, 500)), ]
    # The likelihood at .99603 is higher by far than at .9999, where the cell of row 3 and column 1 is nearly impossible.
    quietly(psych::polychoric(cells, correct = 0, smooth = FALSE))$rho[1, 2] > 0.9999
  },
  "psych-kmo-singular" = function() {
    capture.output(msa <- quietly(psych::KMO(matrix(1, 3, 3)))$MSA)
    msa == 0.5
  },
  "psych-reverse-999" = function() is.na(psych::reverse.code(-1, cbind(c(1, 500, 1200)))[1]),
  "psych-vss-diagonal" = function() {
    # One factor that reproduces everything off the diagonal, and a quarter on it.
    r <- matrix(.25, 4, 4) + diag(.75, 4)
    fit <- quietly(psych::vss(r, n = 2, n.obs = 100, plot = FALSE))$cfit.1[1]
    !differ(fit, 1 - sum(.75^2 * 4) / sum(r^2))
  },
  "psych-rot-mat" = function() {
    unrotated <- unclass(fa(nfactors = 5, rotate = "none")$loadings)
    fit <- fa(nfactors = 5, rotate = "varimax")
    turned <- abs(unrotated %*% fit$rot.mat)
    sorted <- turned[, order(-colSums(turned^2))]
    differ(turned, abs(fit$loadings)) && !differ(sorted, abs(fit$loadings))
  },
  "psych-omega-limits" = function() {
    capture.output(said <- capture.output(print(quietly(psych::omega(r, 2, n.obs = nrow(x), plot = FALSE)))))
    any(grepl("the 10 % confidence intervals", said, fixed = TRUE))
  },
  "psych-equamax-start" = function() {
    loadings <- unclass(fa(nfactors = 3, rotate = "none")$loadings)
    turned <- qr.Q(qr(matrix(c(1, 2, 3, 0, 1, 4, 5, 6, 0), 3)))
    identical(psych::equamax(loadings, Tmat = turned), psych::equamax(loadings))
  },
  "psych-bifactor-attached" = function() {
    said <- function(rotate) tryCatch(conditionMessage(fa(nfactors = 3, rotate = rotate)), error = conditionMessage)
    grepl("vgQ", said("bifactor")) && grepl("vgQ", said("biquartimin"))
  },
  "GPArotation-zero-row" = function() {
    loadings <- rbind(unclass(fa(nfactors = 2, rotate = "none")$loadings), 0)
    rotated <- tryCatch(GPArotation::oblimin(loadings, normalize = TRUE)$loadings, error = function(cnd) NaN)
    anyNA(rotated)
  }
)
asked <- intersect(arguments(), names(defects))
there <- vapply(asked, function(id) isTRUE(defects[[id]]()), logical(1))
write_table(data.frame(id = asked, there = as.integer(there)), "defects")
