# psych's unrotated factors of every correlation matrix `matrix-<design>` with the factors and methods that `designs`
# asks for, of matrices that come with R, and factanal's of all of them with its stopping rule as tight as it
# gets. Loadings come back by `design`, `method` and `factors`; uniquenesses are those that were searched.
source("tables.R")

given <- read_tables()
asked <- given[["designs"]]
correlations <- lapply(given[paste0("matrix-", asked$design)], function(x) unname(as.matrix(x)))
names(correlations) <- asked$design

bfi <- stats::na.omit(psych::bfi[, 1:25])
bfi[] <- lapply(bfi, as.numeric)
known <- list(
  bfi = list(stats::cor(bfi), 5), Harman.5 = list(stats::cor(psych::Harman.5), 2), Harman.8 = list(psych::Harman.8, 2),
  Harman.political = list(psych::Harman.political, 2), Thurstone = list(psych::Thurstone, 3),
  Bechtoldt = list(psych::Bechtoldt, 3), Bechtoldt.6 = list(psych::Bechtoldt, 6), Holzinger = list(psych::Holzinger, 3),
  Harman74 = list(datasets::Harman74.cor$cov, 4), Harman74.5 = list(datasets::Harman74.cor$cov, 5),
  ability = list(stats::cov2cor(datasets::ability.cov$cov), 2), sat.act = list(stats::cor(stats::na.omit(psych::sat.act)), 2)
)
real <- lapply(known, function(one) unname(as.matrix(one[[1]])))
factors <- c(stats::setNames(asked$factors, asked$design), vapply(known, `[[`, numeric(1), 2))
correlations <- c(correlations, real)

long <- function(design, method, quantity, values) {
  values <- as.matrix(values)
  data.frame(
    design = design, method = method, quantity = quantity,
    row = as.vector(row(values)), column = as.vector(col(values)), value = as.vector(unclass(values))
  )
}

by_psych <- function(design, method, min_err = 0.001, max_iter = 50, np_obs = NULL) {
  r <- correlations[[design]]
  dimnames(r) <- rep(list(paste0("V", seq_len(ncol(r)))), 2)
  # Warnings about improper solutions and passes that run out are expected among these designs.
  fit <- tryCatch(suppressWarnings(suppressMessages(psych::fa(r,
    nfactors = factors[[design]], n.obs = 500, fm = method, rotate = "none",
    scores = "none", min.err = min_err, max.iter = max_iter, np.obs = np_obs
  ))), error = function(cnd) NULL)
  if (is.null(fit)) {
    return(NULL)
  }
  searched <- if (method %in% c("pa", "alpha")) 1 - fit$communality else 1 - fit$communalities
  label <- if (min_err == 0.001) method else paste0(method, "_converged")
  rbind(long(design, label, "loading", fit$loadings), long(design, label, "uniqueness", searched))
}

by_factanal <- function(design) {
  fit <- tryCatch(stats::factanal(
    covmat = correlations[[design]], factors = factors[[design]], rotation = "none",
    control = list(nstart = 1, lower = 0.005, opt = list(factr = 1, maxit = 10000))
  ), error = function(cnd) NULL)
  if (is.null(fit)) {
    return(NULL)
  }
  rbind(long(design, "factanal", "loading", fit$loadings), long(design, "factanal", "uniqueness", fit$uniquenesses))
}

methods <- c("minres", "uls", "ols", "wls", "gls", "ml", "pa", "alpha")
counts <- lapply(asked$design, function(design) unname(as.matrix(given[[paste0("counts-", design)]])))
names(counts) <- asked$design
numbers <- do.call(rbind, each(function(design) {
  rbind(
    do.call(rbind, lapply(methods, function(method) by_psych(design, method))),
    by_psych(design, "pa", 1e-13, 3000), by_psych(design, "alpha", 1e-13, 3000), by_factanal(design),
    if (design %in% asked$design) by_psych(design, "minchi", np_obs = counts[[design]])
  )
}, names(correlations)))
write_table(numbers, "numbers")
for (design in names(real)) write_table(as.data.frame(real[[design]]), paste0("matrix-", design))
write_table(data.frame(design = names(real), factors = factors[names(real)]), "known")
