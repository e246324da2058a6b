# How many factors by psych: vss() for very simple structure and MAP, fa(R, 1) for the reduced matrix, fa.parallel()
# with its own random numbers; determinant, condition and tails of Bartlett's test by base R.
#
# In: matrices (design, row, column, value), designs (design, n, parallel: whether to run fa.parallel()). Out: numbers (design, quantity, row, column, value) of
# these and of correlations that come with R, which come back as `matrices` (with n in `sizes`).
source("tables.R")
suppressPackageStartupMessages(library(psych))
replicates <- 50

long <- function(design, quantity, values) {
  values <- as.matrix(values)
  data.frame(
    design = design, quantity = quantity,
    row = as.vector(row(values)), column = as.vector(col(values)), value = as.vector(unclass(values))
  )
}

quietly <- function(expr) {
  utils::capture.output(value <- suppressWarnings(suppressMessages(expr)))
  value
}

matrix_of <- function(cells) {
  p <- max(cells$row)
  matrix(cells$value[order(cells$column, cells$row)], p, p)
}

complete <- function(data) {
  data <- stats::na.omit(data)
  list(r = stats::cor(data), n = nrow(data))
}

with_r <- list(
  bfi = complete(psych::bfi[, 1:25]),
  sat.act = complete(psych::sat.act),
  thurstone = list(r = psych::Thurstone, n = 213),
  bechtoldt = list(r = psych::Bechtoldt, n = 212),
  harman74 = list(r = datasets::Harman74.cor$cov, n = 145),
  harman23 = list(r = datasets::Harman23.cor$cov, n = 305),
  ability = list(r = stats::cov2cor(datasets::ability.cov$cov), n = 112)
)

given <- read_tables()
asked <- lapply(split(given$matrices, given$matrices$design), matrix_of)[given$designs$design]
ours <- Map(function(r, n, parallel) list(r = r, n = n, parallel = parallel), asked, given$designs$n, given$designs$parallel)
designs <- c(ours, lapply(with_r, c, parallel = TRUE))
designs <- lapply(designs, function(x) list(r = unname(as.matrix(x$r)), n = x$n, parallel = x$parallel))

count <- function(name) {
  r <- designs[[name]]$r
  n <- designs[[name]]$n
  most <- min(8, max(which(sapply(seq_len(ncol(r) - 1), function(k) (ncol(r) - k)^2 >= ncol(r) + k))))
  simple <- quietly(vss(r, n = max(2, most), n.obs = n, plot = FALSE))
  partial <- quietly(vss(r, n = min(8, ncol(r) - 1), n.obs = n, plot = FALSE, fm = "pc", rotate = "none"))
  set.seed(1)
  parallel <- if (designs[[name]]$parallel) quietly(fa.parallel(r, n.obs = n, n.iter = replicates, plot = FALSE))
  tail <- stats::pchisq(cortest.bartlett(r, n)$chisq, ncol(r) * (ncol(r) - 1) / 2, lower.tail = FALSE, log.p = TRUE)
  rbind(
    long(name, "map", partial$map),
    long(name, "vss1", simple$cfit.1[seq_len(most)]),
    long(name, "vss2", simple$cfit.2[seq_len(most)]),
    long(name, "log_determinant", determinant(r)$modulus),
    long(name, "condition", kappa(r, exact = TRUE)),
    long(name, "bartlett_log10_p", tail / log(10)),
    long(name, "factors", quietly(fa(r, 1, rotate = "none", warnings = FALSE))$values),
    long(name, "components", eigen(r)$values),
    if (!is.null(parallel)) {
      rbind(
        long(name, "simulated", parallel$values),
        long(name, "suggested", c(parallel$ncomp, parallel$nfact))
      )
    }
  )
}

write_table(do.call(rbind, each(count, names(designs))), "numbers")
cells <- function(name) long(name, "r", designs[[name]]$r)
write_table(do.call(rbind, lapply(names(designs), cells)), "matrices")
write_table(data.frame(design = names(designs), n = sapply(designs, function(x) x$n)), "sizes")
