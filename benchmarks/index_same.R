# psych's factor analysis of a matrix of doubles written by index.py: seconds of each call, and loadings run to convergence.
# Usage: Rscript index_same.R FILE ROWS ITEMS FACTORS ROUNDS
given <- commandArgs(TRUE)
size <- as.integer(given[2:5])
x <- matrix(readBin(given[1], "double", size[1] * size[2]), size[1])
colnames(x) <- paste0("i", seq_len(size[2]))
factors <- size[3]
timed <- function(expr) {
  call <- substitute(expr)
  frame <- parent.frame()
  stats::median(vapply(seq_len(size[4]), function(i) system.time(eval(call, frame))[["elapsed"]], 0))
}
suppressPackageStartupMessages(library(psych))
seconds <- c(
  minres_varimax = timed(fa(x, factors, rotate = "varimax", scores = "regression", fm = "minres")),
  pca_varimax = timed(principal(x, factors, rotate = "varimax", scores = TRUE))
)
unrotated <- unclass(fa(x, factors, rotate = "none", scores = "none")$loadings)
converged <- stats::varimax(unrotated, eps = 1e-14)
cat(jsonlite::toJSON(list(
  seconds = as.list(seconds), loadings = unname(unclass(converged$loadings)), cores = 1
), digits = NA, auto_unbox = TRUE))
