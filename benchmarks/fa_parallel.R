# Seconds of psych::fa.parallel() on a CSV: data file, replicates, fa ("both" or "pc"), input ("rows" or "matrix").
arguments <- commandArgs(trailingOnly = TRUE)
suppressPackageStartupMessages(library(psych))
items <- as.matrix(read.csv(arguments[1]))
replicates <- as.integer(arguments[2])
call <- function() {
  if (arguments[4] == "rows") {
    fa.parallel(items, n.iter = replicates, fa = arguments[3], plot = FALSE)
  } else {
    fa.parallel(cor(items), n.obs = nrow(items), n.iter = replicates, fa = arguments[3], plot = FALSE)
  }
}
said <- capture.output(taken <- suppressWarnings(suppressMessages(system.time(call()))))
cat(taken[["elapsed"]], "\n")
