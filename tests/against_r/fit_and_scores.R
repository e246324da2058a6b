# What psych says of its own solutions: of every correlation matrix `r-<design>` with the factors, extraction, rotation
# and n of `designs`, and of matrices from psych and datasets. Each solution comes back with its loadings and phi,
# the fit statistics of fa() and the weights of factor.scores(). Quantities `tight_...` are the limits of
# the RMSEA by uniroot() with a tolerance of 1e-12 in place of psych's.
source("tables.R")

given <- read_tables()
designs <- given[["designs"]]
# Some of these designs are improper: what psych says of them is expected.
quietly <- function(expression) suppressWarnings(suppressMessages(expression))

long <- function(design, quantity, values) {
  if (is.null(values)) {
    return(NULL)
  }
  values <- as.matrix(values)
  data.frame(
    design = design, quantity = quantity,
    row = as.vector(row(values)), column = as.vector(col(values)), value = as.vector(unclass(values))
  )
}

number <- function(x) if (is.null(x)) NA else unname(x)

tight <- function(chi2, df, n) {
  limit <- function(probability) {
    if (df <= 0 || stats::pchisq(chi2, df) <= probability) {
      return(0)
    }
    away <- function(x) stats::pchisq(chi2, df, ncp = x) - probability
    sqrt(stats::uniroot(away, c(0, max(n, chi2) + 2 * n), tol = 1e-12)$root / ((n - 1) * df))
  }
  c(limit(.95), limit(.05))
}

solve_by_psych <- function(design, r, k, fm, rotate, n) {
  r <- unname(as.matrix(r))
  dimnames(r) <- rep(list(paste0("V", seq_len(ncol(r)))), 2)
  fit <- quietly(psych::fa(r, nfactors = k, n.obs = n, fm = fm, rotate = rotate))
  loadings <- unclass(fit$loadings)
  weights <- function(method) {
    found <- quietly(try(psych::factor.scores(r, loadings, fit$Phi, method = method), silent = TRUE))
    if (inherits(found, "try-error")) NULL else found$weights
  }
  log_p <- stats::pchisq(fit$STATISTIC, fit$dof, lower.tail = FALSE, log.p = TRUE) / log(10)
  rbind(
    long(design, "correlation", r),
    long(design, "n", n),
    long(design, "loadings", loadings),
    long(design, "phi", fit$Phi),
    long(design, "uniquenesses", fit$uniquenesses),
    long(design, "discrepancy", fit$objective),
    long(design, "chi2", fit$STATISTIC),
    long(design, "df", fit$dof),
    long(design, "p", fit$PVAL),
    long(design, "log10_p", if (fit$dof > 0) log_p else NA),
    long(design, "null_chi2", fit$null.chisq),
    long(design, "null_df", fit$null.dof),
    long(design, "rmsea", number(fit$RMSEA[1])),
    long(design, "rmsea_low", number(fit$RMSEA[2])),
    long(design, "rmsea_high", number(fit$RMSEA[3])),
    long(design, "tight_rmsea", tight(fit$STATISTIC, fit$dof, n)),
    long(design, "tli", fit$TLI),
    long(design, "cfi", fit$CFI),
    long(design, "bic", number(fit$BIC)),
    long(design, "sabic", number(fit$SABIC)),
    long(design, "rmsr", fit$rms),
    long(design, "rmsr_corrected", fit$crms),
    long(design, "fit_total", fit$fit),
    long(design, "fit_off_diagonal", fit$fit.off),
    long(design, "empirical_chi2", fit$chi),
    long(design, "empirical_p", fit$EPVAL),
    long(design, "complexity", fit$complexity),
    long(design, "r_squared", psych::factor.stats(r, loadings, fit$Phi, n, fm = fm)$R2),
    long(design, "regression", weights("Thurstone")),
    long(design, "bartlett", weights("Bartlett")),
    long(design, "anderson", weights("Anderson")),
    long(design, "tenberge", weights("tenBerge")),
    long(design, "harman", weights("Harman"))
  )
}

bfi <- stats::na.omit(psych::bfi[, 1:25])
known <- list(
  list("bfi minres oblimin", stats::cor(bfi), 5, "minres", "oblimin", nrow(bfi)),
  list("bfi ml varimax", stats::cor(bfi), 5, "ml", "varimax", nrow(bfi)),
  list("bfi pa promax", stats::cor(bfi), 4, "pa", "promax", nrow(bfi)),
  list("bfi one factor", stats::cor(bfi), 1, "minres", "none", nrow(bfi)),
  list("Harman.5", stats::cor(psych::Harman.5), 2, "minres", "varimax", 12),
  list("Harman.5 negative df", stats::cor(psych::Harman.5), 3, "pa", "none", 12),
  list("Thurstone", psych::Thurstone, 3, "minres", "oblimin", 213),
  list("Thurstone one factor", psych::Thurstone, 1, "ml", "none", 213),
  list("Thurstone three items", psych::Thurstone[1:3, 1:3], 1, "minres", "none", 213),
  list("Thurstone df 0", psych::Thurstone[1:6, 1:6], 3, "minres", "oblimin", 213),
  list("Bechtoldt.1", psych::Bechtoldt.1, 6, "minres", "oblimin", 212),
  list("Bechtoldt.2", psych::Bechtoldt.2, 5, "ml", "promax", 213),
  list("Tucker", psych::Tucker, 2, "minres", "oblimin", 710),
  list("Harman74 4", datasets::Harman74.cor$cov, 4, "ml", "varimax", 145),
  list("Harman74 5", datasets::Harman74.cor$cov, 5, "minres", "oblimin", 145)
)
asked <- lapply(seq_len(nrow(designs)), function(i) {
  design <- designs[i, ]
  list(design$design, given[[paste0("r-", design$design)]], design$factors, design$extraction, design$rotation, design$n)
})
loadNamespace("GPArotation")
write_table(do.call(rbind, each(function(x) do.call(solve_by_psych, x), c(known, asked))), "numbers")
