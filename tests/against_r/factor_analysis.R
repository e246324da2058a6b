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
  component_share <- colSums(unclass(components$loadings)^2) / ncol(x)
  scores <- rotated$scores
  share <- colSums(unclass(rotated$loadings)^2) / ncol(x)
  index <- 100 * drop(scores %*% share)
  rbind(
    long(design, "kmo", kmo$MSA),
    long(design, "kmo_items", kmo$MSAi),
    long(design, "bartlett", c(bartlett$chisq, bartlett$df, bartlett$p.value)),
    long(design, "eigenvalue", eigenvalues),
    long(design, "correlation", correlation),
    long(design, "unrotated", unrotated),
    long(design, "searched_uniqueness", 1 - plain$communalities),
    long(design, "varimax_of_unrotated", by_stats),
    long(design, "loading", rotated$loadings),
    long(design, "communality", rotated$communality),
    long(design, "uniqueness", rotated$uniquenesses),
    long(design, "score_weight", rotated$weights),
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

write_table(do.call(rbind, Map(analyse, names, items, factors)), "numbers")
write_table(bfi, "bfi")
