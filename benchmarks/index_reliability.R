# Seconds of processor time of psych's alpha or omega, once, on n x p doubles that a file holds column by column.
# Usage: Rscript index_reliability.R FILE ROWS COLUMNS alpha|omega
arguments <- commandArgs(TRUE)
rows <- as.integer(arguments[2])
columns <- as.integer(arguments[3])
items <- matrix(readBin(arguments[1], "double", rows * columns), rows, columns)
colnames(items) <- paste0("i", seq_len(columns))
for (package in c("psych", "GPArotation")) loadNamespace(package)
work <- switch(arguments[4],
  alpha = function() psych::alpha(items),
  omega = function() psych::omega(stats::cor(items), 3, flip = FALSE, plot = FALSE)
)
quietly <- function() utils::capture.output(suppressWarnings(suppressMessages(result <- work())))
# The first call of a session also compiles.
if (rows < 1e5) invisible(quietly())
cat(sum(system.time(quietly())[c("user.self", "sys.self")]), "\n")
