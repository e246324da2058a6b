# Random numbers of each design (seed, purpose, replicates, count), by the generator of R itself.
source("tables.R")
source("../../r/R/draws.R")
source("../../r/R/settings.R")
designs <- read_tables()[["designs"]]
for (i in seq_len(nrow(designs))) {
  with <- designs[i, ]
  drawn <- with_draws(with$seed, with$purpose, with$replicates, with$count)
  write_table(data.frame(value = unlist(drawn)), paste0("draws-", i))
}
