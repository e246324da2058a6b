# Correlations by psych and stats of every table `data-<name>`, by the method that `asked` names for it, and of
# data sets of psych, which come back as tables of their own. Columns of `asked`: name, method, global, correct.
source("tables.R")

given <- read_tables()
asked <- given[["asked"]]
own <- list(
  bfi = psych::bfi[1:10],
  lsat6 = as.data.frame(psych::lsat6),
  sat.act = psych::sat.act[c("education", "age", "ACT", "SATV", "SATQ")]
)
own <- lapply(own, function(frame) {
  frame[] <- lapply(frame, as.numeric)
  frame
})

estimate <- function(x, method, global, correct) {
  x <- as.matrix(x)
  switch(method,
    spearman = list(rho = stats::cor(x, use = "pairwise.complete.obs", method = "spearman")),
    pearson = list(rho = stats::cor(x, use = "pairwise.complete.obs")),
    polychoric = psych::polychoric(x, smooth = FALSE, global = global, correct = correct),
    tetrachoric = psych::tetrachoric(x, smooth = FALSE, global = global, correct = correct),
    mixed = psych::mixedCor(x, smooth = FALSE, global = global, correct = correct)
  )
}

one <- function(name, method, global, correct) {
  x <- if (name %in% names(own)) own[[name]] else given[[paste0("data-", name)]]
  # Warnings that tables have unequal margins or empty cells are expected among these designs.
  found <- suppressWarnings(suppressMessages(estimate(x, method, global == 1, correct)))
  rho <- unclass(found$rho)
  data.frame(
    name = name, method = method, global = global, correct = correct,
    row = as.vector(row(rho)), column = as.vector(col(rho)), value = as.vector(rho)
  )
}

write_table(do.call(rbind, each(one, asked$name, asked$method, asked$global, asked$correct)), "correlations")
for (name in names(own)) write_table(own[[name]], name)
indefinite <- as.matrix(given[["indefinite"]])
write_table(as.data.frame(suppressWarnings(psych::cor.smooth(unname(indefinite)))), "smoothed")
