# psych's own bootstrap of one minres factor of the table `items`: standard errors and limits of the loadings.
source("tables.R")

items <- as.matrix(read_tables()[["items"]])
set.seed(1)
options(mc.cores = 1L)
found <- psych::fa(items, 1, n.iter = as.integer(arguments()[1]), fm = "minres", p = .05)
sign <- sign(sum(found$loadings))
ends <- sign * as.matrix(found$cis$ci)
write_table(
  data.frame(
    loading = sign * as.vector(found$loadings), std_error = as.vector(found$cis$sds),
    low = pmin(ends[, 1], ends[, 2]), high = pmax(ends[, 1], ends[, 2])
  ),
  "psych"
)
