# Seconds of MatchIt on n x 10 doubles that a file holds column by column (t, x1 to x8, score), once, data in memory.
# Usage: Rscript matching.R FILE ROWS replaced|kept|whole|mahalanobis
arguments <- commandArgs(TRUE)
rows <- as.integer(arguments[2])
data <- as.data.frame(matrix(readBin(arguments[1], "double", rows * 10), rows))
names(data) <- c("t", paste0("x", 1:8), "score")
formula <- stats::reformulate(paste0("x", 1:8), "t")
work <- switch(arguments[3],
  replaced = function() {
    MatchIt::matchit(formula, data,
      distance = data$score, ratio = 4, replace = TRUE, caliper = .02, std.caliper = FALSE
    )
  },
  kept = function() MatchIt::matchit(formula, data, distance = data$score),
  whole = function() {
    summary(MatchIt::matchit(formula, data, ratio = 4, replace = TRUE, caliper = .02, std.caliper = FALSE))
  },
  mahalanobis = function() MatchIt::matchit(formula, data, distance = "mahalanobis")
)
cat(system.time(work())[["elapsed"]], "\n")
