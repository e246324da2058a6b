# psych's factor analysis of every table `data-<design>` with the factors that `designs` asks for, its principal
# components with eigenvalues above 1 (quantities `pca_...`), and the same of
# the 25 items of psych::bfi (5 factors, complete rows), whose data come back as `bfi`.
source("tables.R")

given <- read_tables()
designs <- given[["designs"]]
items <- lapply(given[paste0("data-", designs$design)], as.matrix)
factors <- designs$factors

bfi <- stats::na.omit(psych::bfi[, 1:25])
bfi[] <- lapply(bfi, as.numeric)
items <- c(items, list(as.matrix(bfi)))
factors <- c(factors, 5)
names <- c(designs$design, "bfi")

long <- function(design, quantity, values) {
  values <- as.matrix(values)
  data.frame(
    design = design, quantity = quantity,
    row = as.vector(row(values)), column = as.vector(col(values)), value = as.vector(unclass(values))
  )
}

# Fit statistics by our names; what psych has no number for is NA.
of_residuals <- c(
  rmsr = "rms", rmsr_corrected = "crms", fit_total = "fit", fit_off_diagonal = "fit.off", empirical_chi2 = "chi",
  empirical_p = "EPVAL"
)
of_model <- c(
  discrepancy = "objective", model_chi2 = "STATISTIC", model_df = "dof", model_p = "PVAL", null_chi2 = "null.chisq",
  null_df = "null.dof", tli = "TLI", cfi = "CFI", bic = "BIC", sabic = "SABIC"
)

fit_numbers <- function(design, prefix, fit, names) {
  values <- vapply(names, function(name) if (is.null(fit[[name]])) NA_real_ else as.numeric(fit[[name]]), 1)
  one <- function(name) long(design, paste0(prefix, name), values[[name]])
  rbind(do.call(rbind, lapply(names(names), one)), long(design, paste0(prefix, "complexity"), fit$complexity))
}

model_numbers <- function(design, fit) {
  log10_p <- stats::pchisq(fit$STATISTIC, fit$dof, lower.tail = FALSE, log.p = TRUE) / log(10)
  rbind(
    long(design, "model_log10_p", log10_p),
    long(design, "rmsea", fit$RMSEA[1]), long(design, "rmsea_low", fit$RMSEA[2]),
    long(design, "rmsea_high", fit$RMSEA[3]), long(design, "score_r_squared", fit$R2)
  )
}

analyse <- function(design, x, k) {
  x <- unname(x)
  colnames(x) <- paste0("V", seq_len(ncol(x)))
  correlation <- stats::cor(x)
  kmo <- psych::KMO(correlation)
  bartlett <- psych::cortest.bartlett(correlation, n = nrow(x))
  fa <- function(rotate) {
    # Warnings about improper solutions are expected among these designs.
    suppressWarnings(suppressMessages(
      psych::fa(x, nfactors = k, fm = "minres", rotate = rotate, scores = "regression")
    ))
  }
  plain <- fa("none")
  rotated <- fa("varimax")
  unrotated <- unclass(plain$loadings)
  by_stats <- if (k > 1) unclass(stats::varimax(unrotated)$loadings) else unrotated
  eigenvalues <- eigen(correlation, symmetric = TRUE)$values
  components <- psych::principal(x, nfactors = sum(eigenvalues > 1), rotate = "varimax", method = "regression")
  # principal() leaves crms out of what factor.stats() gives it; smoothing concerns what is not compared.
  stats_of_components <- suppressWarnings(suppressMessages(
    psych::factor.stats(correlation, unclass(components$loadings), n.obs = nrow(x), fm = "pc")
  ))
  component_share <- colSums(unclass(components$loadings)^2) / ncol(x)
  scores <- rotated$scores
  share <- colSums(unclass(rotated$loadings)^2) / ncol(x)
  index <- 100 * drop(scores %*% share)
  rbind(
    long(design, "kmo", kmo$MSA),
    long(design, "kmo_items", kmo$MSAi),
    long(design, "bartlett", c(bartlett$chisq, bartlett$df, bartlett$p.value)),
    long(design, "tail", stats::pchisq(bartlett$chisq, bartlett$df, lower.tail = FALSE, log.p = TRUE) / log(10)),
    long(design, "log_det", determinant(correlation)$modulus),
    long(design, "condition", kappa(correlation, exact = TRUE)),
    long(design, "eigenvalue", eigenvalues),
    long(design, "correlation", correlation),
    long(design, "unrotated", unrotated),
    long(design, "searched_uniqueness", 1 - plain$communalities),
    long(design, "varimax_of_unrotated", by_stats),
    long(design, "loading", rotated$loadings),
    long(design, "communality", rotated$communality),
    long(design, "uniqueness", rotated$uniquenesses),
    long(design, "score_weight", rotated$weights),
    fit_numbers(design, "", rotated, c(of_residuals, of_model)),
    model_numbers(design, rotated),
    fit_numbers(design, "pca_", stats_of_components, of_residuals),
    long(design, "index_mean", mean(index)),
    long(design, "index_sd", stats::sd(index)),
    long(design, "pca_loading", components$loadings),
    long(design, "pca_communality", components$communality),
    long(design, "pca_uniqueness", components$uniquenesses),
    long(design, "pca_score_weight", components$weights),
    long(design, "pca_index_mean", mean(100 * drop(components$scores %*% component_share))),
    long(design, "pca_index_sd", stats::sd(100 * drop(components$scores %*% component_share))),
    if (design == "bfi") rbind(long(design, "scores", scores), long(design, "index", index))
  )
}

write_table(do.call(rbind, each(analyse, names, items, factors)), "numbers")
write_table(bfi, "bfi")
