# Seconds that psych::fa takes for bootstrap intervals of a CSV file: replicates, seconds of all of them.
arguments <- commandArgs(trailingOnly = TRUE)
items <- as.matrix(utils::read.csv(arguments[1]))
factors <- as.integer(arguments[2])
replicates <- as.integer(arguments[3])
rotation <- arguments[4]
options(mc.cores = as.integer(arguments[5]))
once <- function(n.iter) {
  system.time(psych::fa(items, factors, n.iter = n.iter, rotate = rotation, fm = "minres"))[["elapsed"]]
}
# The first call loads what psych needs.
first <- once(1)
cat(once(replicates) - once(1), "\n")
