source("tables.R")
given <- read_tables()
for (name in names(given)) {
  write_table(given[[name]], name)
}
write_table(data.frame(argument = arguments()), "arguments")
