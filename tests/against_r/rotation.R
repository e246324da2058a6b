# Rotations by psych and GPArotation.
#
# First call (argument `loadings`): for every correlation matrix `r-<design>`, with factors and rows as `designs` tells,
# and for psych's bfi, Thurstone and Harman74.cor: unrotated loadings by minres and by principal components, and each
# of them rotated as psych::fa does by default (GPArotation's eps of 1e-5; Bentler's flat criterion at 1e-7). Thurstone's box problem as Jennrich (2002)
# has it: `box20`.
# Second call (argument `restart`): GPArotation from where Python stopped: `from-<case>` holds, side by side, unrotated
# loadings (normalised, if so) and what they were multiplied by on top; `cases` names rotation and family.
source("tables.R")

given <- read_tables()

gpa <- list(
  Varimax = function(x, ...) GPArotation::Varimax(x, ...),
  quartimax = function(x, ...) GPArotation::quartimax(x, ...),
  equamax = function(x, ...) GPArotation::cfT(x, kappa = ncol(x) / (2 * nrow(x)), ...),
  parsimax = function(x, ...) GPArotation::cfT(x, kappa = (ncol(x) - 1) / (nrow(x) + ncol(x) - 2), ...),
  bentlerT = function(x, ...) GPArotation::bentlerT(x, ...),
  geominT = function(x, ...) GPArotation::geominT(x, ...),
  bifactor = function(x, ...) GPArotation::bifactorT(x, ...),
  oblimin = function(x, ...) GPArotation::oblimin(x, ...),
  oblimin_gamma = function(x, ...) GPArotation::oblimin(x, gam = -0.5, ...),
  oblimin_kaiser = function(x, ...) GPArotation::oblimin(x, normalize = TRUE, ...),
  quartimin = function(x, ...) GPArotation::quartimin(x, ...),
  simplimax = function(x, ...) GPArotation::simplimax(x, k = nrow(x) * (ncol(x) - 1), ...),
  bentlerQ = function(x, ...) GPArotation::bentlerQ(x, ...),
  geominQ = function(x, ...) GPArotation::geominQ(x, ...),
  biquartimin = function(x, ...) GPArotation::bifactorQ(x, ...)
)
closed <- list(
  varimax = function(x) stats::varimax(x),
  varimax_raw = function(x) stats::varimax(x, normalize = FALSE),
  promax = function(x) psych::kaiser(x, rotate = "Promax"),
  Promax = function(x) psych::Promax(x),
  stats_promax = function(x) stats::promax(x),
  procrustes = function(x) psych::Procrustes(x, psych::factor2cluster(x))
)

long <- function(case, quantity, values) {
  values <- as.matrix(unclass(values))
  data.frame(
    case = case, quantity = quantity,
    row = as.vector(row(values)), column = as.vector(col(values)), value = as.vector(values)
  )
}

rotate_all <- function(case, x) {
  x <- unname(matrix(x, nrow(x)))
  by_descent <- lapply(names(gpa), function(name) {
    # psych shows these warnings, of stopping early, as well.
    found <- suppressWarnings(gpa[[name]](x, eps = if (grepl("^bentler", name)) 1e-7 else 1e-5))
    rbind(
      long(case, paste0(name, ":loading"), found$loadings),
      if (!is.null(found$Phi)) long(case, paste0(name, ":phi"), found$Phi),
      long(case, paste0(name, ":criterion"), found$Table[nrow(found$Table), 2])
    )
  })
  by_form <- lapply(names(closed), function(name) {
    found <- closed[[name]](x)
    rbind(
      long(case, paste0(name, ":loading"), found$loadings),
      if (!is.null(found$Phi)) long(case, paste0(name, ":phi"), found$Phi)
    )
  })
  do.call(rbind, c(by_descent, by_form, list(long(case, "unrotated", x))))
}

# As psych::fa orders, signs and reproduces.
by_fa <- function(case, data) {
  rows <- lapply(c("oblimin", "promax", "geominQ", "quartimax"), function(name) {
    found <- suppressWarnings(suppressMessages(
      psych::fa(data[[1]], data[[2]], n.obs = data[[3]], rotate = name, fm = "minres")
    ))
    phi <- if (is.null(found$Phi)) diag(data[[2]]) else found$Phi
    rbind(
      long(case, paste0("fa_", name, ":loading"), found$loadings),
      long(case, paste0("fa_", name, ":phi"), phi),
      long(case, paste0("fa_", name, ":model"), found$model)
    )
  })
  do.call(rbind, rows)
}

both <- function(design, r, k, n) {
  factors <- suppressWarnings(suppressMessages(psych::fa(r, k, n.obs = n, rotate = "none", fm = "minres")))
  components <- psych::principal(r, k, rotate = "none")
  list(minres = unclass(factors$loadings), pca = unclass(components$loadings))
}

if (arguments() == "loadings") {
  designs <- given[["designs"]]
  # Designs take turns in the extraction; real data have both.
  random <- each(function(i) {
    r <- as.matrix(given[[paste0("r-", designs$design[i])]])
    dimnames(r) <- list(paste0("V", seq_len(ncol(r))), paste0("V", seq_len(ncol(r))))
    rotate_all(designs$design[i], both(designs$design[i], r, designs$factors[i], designs$n[i])[[1 + i %% 2]])
  }, seq_len(nrow(designs)))
  bfi <- stats::na.omit(psych::bfi[, 1:25])
  real <- list(
    bfi = list(stats::cor(bfi), 5, nrow(bfi)),
    Thurstone = list(psych::Thurstone, 3, 213),
    Harman74 = list(datasets::Harman74.cor$cov, 4, 145)
  )
  data <- each(function(name) {
    loadings <- do.call(both, c(name, unname(real[[name]])))
    rbind(
      rotate_all(paste0(name, "-minres"), loadings$minres), rotate_all(paste0(name, "-pca"), loadings$pca),
      by_fa(paste0(name, "-minres"), real[[name]])
    )
  }, names(real))
  utils::data("Thurstone", package = "GPArotation", envir = environment())
  write_table(do.call(rbind, c(random, data, list(long("box20", "unrotated", box20)))), "numbers")
} else {
  cases <- given[["cases"]]
  moved <- each(function(i) {
    both <- as.matrix(given[[paste0("from-", cases$case[i])]])
    k <- ncol(both)
    x <- both[-seq_len(k), , drop = FALSE]
    t <- both[seq_len(k), , drop = FALSE]
    # Below 1e-7 the decrease that GPArotation asks of a step is less than rounding.
    found <- suppressWarnings(gpa[[cases$rotation[i]]](unname(x), Tmat = unname(t), eps = 1e-7))
    long(cases$case[i], "loading", found$loadings)
  }, seq_len(nrow(cases)))
  write_table(do.call(rbind, moved), "numbers")
}
