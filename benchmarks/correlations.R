# Seconds that psych and stats take for correlations of the items in a file of doubles, column by column.
# Usage: Rscript correlations.R FILE ROWS COLUMNS METHOD
arguments <- commandArgs(TRUE)
size <- as.integer(arguments[2:3])
items <- matrix(readBin(arguments[1], "double", prod(size)), size[1])
options(mc.cores = parallel::detectCores())
loadNamespace("psych")
took <- system.time(switch(arguments[4],
  pearson = stats::cor(items),
  spearman = stats::cor(items, method = "spearman"),
  polychoric = psych::polychoric(items, correct = 0, smooth = FALSE),
  tetrachoric = suppressMessages(psych::tetrachoric((items > 3) + 0, smooth = FALSE))
))
cat("seconds", took[["elapsed"]], "\n")
