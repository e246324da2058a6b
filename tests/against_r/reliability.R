# psych's alpha and omega of every table `data-<design>` with the group factors that `designs` asks for, and of data
# sets of R: the 25 items of psych::bfi and each of its five scales, the tests of psych::sat.act (complete rows), and
# the correlation matrices psych::Thurstone and datasets::ability.cov. The tables of R come back as `data-<name>`.
source("tables.R")

given <- read_tables()
designs <- given[["designs"]]
tables <- lapply(given[paste0("data-", designs$design)], as.matrix)
names(tables) <- designs$design
factors <- designs$factors

numbers <- function(frame) {
  frame <- stats::na.omit(frame)
  frame[] <- lapply(frame, as.numeric)
  as.matrix(frame)
}
scales <- split(names(psych::bfi)[1:25], rep(c("A", "C", "E", "N", "O"), each = 5))
own <- c(
  list(bfi = numbers(psych::bfi[, 1:25])),
  lapply(scales, function(items) numbers(psych::bfi[, items])),
  list(
    sat.act = numbers(psych::sat.act[, c("ACT", "SATV", "SATQ")]),
    Thurstone = as.matrix(psych::Thurstone),
    ability.cov = stats::cov2cor(datasets::ability.cov$cov)
  )
)
own_factors <- c(5, rep(2, 5), 1, 3, 3)
rows <- c(Thurstone = 213, ability.cov = datasets::ability.cov$n.obs)

long <- function(design, quantity, values) {
  values <- as.matrix(values)
  data.frame(
    design = design, quantity = quantity,
    row = as.vector(row(values)), column = as.vector(col(values)), value = as.vector(unclass(values))
  )
}

quietly <- function(expr) {
  utils::capture.output(value <- suppressWarnings(suppressMessages(expr)))
  value
}

coefficients <- c("raw_alpha", "std.alpha", "G6(smc)", "average_r", "median_r", "S/N", "ase")
dropped <- c("raw_alpha", "std.alpha", "G6(smc)", "average_r", "med.r", "S/N", "alpha se")

alpha_of <- function(design, x) {
  square <- design %in% names(rows)
  n <- if (square) rows[[design]] else nrow(x)
  found <- quietly(if (square) psych::alpha(x, n.obs = n) else psych::alpha(x, discrete = FALSE))
  total <- found$total
  kinds <- if (square) c("r", "r.cor", "r.drop") else c("raw.r", "std.r", "r.cor", "r.drop", "mean", "sd")
  feldt <- quietly(psych::alpha.ci(total$raw_alpha, n, ncol(x), p.val = 0.1))
  rbind(
    long(design, "n", n),
    long(design, "total", unlist(total[coefficients])),
    if (!square) long(design, "scale", c(total$mean, total$sd)),
    long(design, "dropped", found$alpha.drop[dropped]),
    long(design, "items", found$item.stats[kinds]),
    long(design, "feldt", c(unlist(feldt$lower.ci), unlist(feldt$upper.ci)))
  )
}

omega_of <- function(design, x, k) {
  r <- if (design %in% names(rows)) x else stats::cor(x)
  found <- quietly(psych::omega(r, k, flip = FALSE, plot = FALSE))
  schmid <- found$schmid
  solution <- unclass(schmid$sl)
  rbind(
    long(design, "omega", c(found$omega.tot, found$omega_h, found$omega.lim, found$ECV)),
    long(design, "general", solution[, 1]),
    long(design, "uniqueness", solution[, "u2"]),
    if (k > 1) {
      rbind(
        long(design, "group", solution[, 1 + seq_len(k)]),
        long(design, "omega_group", as.matrix(found$omega.group)[-1, ]),
        long(design, "oblique", schmid$oblique), long(design, "phi", schmid$phi),
        long(design, "second_order", as.vector(schmid$gloading))
      )
    }
  )
}

congruence_of <- function(first, second) {
  long("congruence", "congruence", psych::factor.congruence(first, second, digits = 16))
}

write_table(do.call(rbind, c(
  each(alpha_of, c(names(tables), names(own)), c(tables, own)),
  each(omega_of, c(names(tables), names(own)), c(tables, own), c(factors, own_factors)),
  list(congruence_of(as.matrix(given[["first"]]), as.matrix(given[["second"]])))
)), "numbers")
for (name in names(own)) write_table(as.data.frame(own[[name]]), paste0("data-", name))
