# What psych, MatchIt, GPArotation and sandwich can say: each text is either a replacement or reviewed as harmless.

entries <- list(
  psych = c(
    "fa", "principal", "KMO", "cortest.bartlett", "factor.scores", "faRotate", "faRotations", "smc", "cor.smooth",
    "invMatSqrt", "polychoric", "tetrachoric", "mixedCor", "fa.parallel", "alpha", "omega", "vss", "reverse.code",
    "factor.congruence", "Promax", "Procrustes"
  ),
  # matchit() finds the function of a method by its name.
  MatchIt = c(
    "matchit", "match_data", "match.data", "get_matches", "summary.matchit", "summary.matchit.subclass",
    grep("^(matchit2|distance2)", ls(asNamespace("MatchIt")), value = TRUE)
  ),
  GPArotation = grep("^print[.]", ls(asNamespace("GPArotation")), value = TRUE, invert = TRUE),
  sandwich = c("vcovHC", "vcovCL")
)

texts <- lapply(stats::setNames(nm = names(entries)), function(package) {
  said_by(package, reached(package, entries[[package]]))
})

reviewed <- utils::read.csv("reviewed-texts.csv", colClasses = "character")

# Texts of a package that hold a part, in any case.
holding <- function(package, part) grepl(tolower(part), tolower(texts[[package]]$text), fixed = TRUE)

test_that("each text of a replacement stands in the code of its package", {
  table <- replacements()
  for (i in seq_len(nrow(table))) {
    version <- utils::packageVersion(table$package[i])
    gone <- nzchar(table$until[i]) && version >= table$until[i]
    expect_identical(any(holding(table$package[i], table$text[i])), !gone,
      label = paste0("that ", table$package[i], " ", version, " says '", table$text[i], "'")
    )
  }
  expect_false(anyDuplicated(table$text) > 0)
})

test_that("each text of the packages is a replacement or reviewed", {
  for (package in names(texts)) {
    found <- texts[[package]]
    expect_gt(nrow(found), 0)
    parts <- reviewed$text[reviewed$package == package]
    harmless <- Reduce(`|`, lapply(parts, holding, package = package))
    replaced <- vapply(found$text, function(text) length(replaced_by(text)) > 0, logical(1))
    unknown <- found[!harmless & !replaced, ]
    expect_identical(paste(unknown$fun, unknown$text, sep = ": "), character(), label = package)
    expect_identical(found$text[harmless & replaced], character(), label = package)
    for (part in parts) expect_true(any(holding(package, part)), label = paste(package, "says", part))
  }
})

test_that("texts are read from the code of a package, also those of called functions and methods", {
  expect_true("matchit2nearest" %in% texts$MatchIt$fun)
  expect_true("smc" %in% reached("psych", "fa"))
  expect_true("meatHC" %in% reached("sandwich", "vcovHC"))
  expect_true("vcovHC.mlm" %in% reached("sandwich", "vcovHC"))
  expect_false("omega" %in% reached("psych", "KMO"))
})

# --- the packages say them -----------------------------------------------------------------------------------------

items <- made_items()
r <- stats::cor(items)
singular <- matrix(c(1, 1, .5, 1, 1, .5, .5, .5, 1), 3)
indefinite <- matrix(c(1, .9, .2, .9, 1, .9, .2, .9, 1), 3)
loading <- matrix(.5, 3, 1)
lalonde <- MatchIt::lalonde
ordered <- data.frame(a = rep(1:3, 40), b = rep(1:2, 60), c = rep(c(1, 2, 3, 1, 2, 2, 3, 3), 15))
apart <- data.frame(a = c(1, 2, 1, 2, NA, NA, NA, NA), b = c(NA, NA, NA, NA, 1, 2, 1, 2), c = c(1, 2, 1, 2, 1, 1, 2, 2))
psych <- asNamespace("psych")

unknown <- function(r, at) {
  r[at, ] <- r[, at] <- NA
  diag(r) <- 1
  r
}

triggers <- list(
  "factor method not specified correctly" = quote(psych::fa(items, 2, rotate = "none", fm = "unknown")),
  "minres used instead" = quote(psych::fa(r, 2, rotate = "none", fm = "minchi")),
  "Using minres instead" = quote(psych::omega(r[1:5, 1:5], 3, fm = "mle", plot = FALSE)),
  "The higher order factor is found using minres" = quote(psych::schmid(r, 3, fm = "pc")),
  "too many factors requested for this number of variables to use SMC" = quote(
    psych::fa(r[1:4, 1:4], 5, rotate = "none")
  ),
  "imaginary eigen value condition encountered" = quote(psych::fa(indefinite, 3, rotate = "none", fm = "pa")),
  "Specified rotation not found" = quote(psych::fa(items, 2, rotate = "unknown")),
  "Promax was used instead" = quote(psych::fa(items, 2, rotate = "targetQ")),
  "Promax used instead" = quote(psych::schmid(r, 3, rotate = "targetQ")),
  "Varimax from GPA rotation is used instead of varimax from stats" = quote(
    psych::fa(items, 2, rotate = "varimax", n.rotations = 3)
  ),
  "produces a singular matrix. An approximation is used" = quote(psych::Promax(matrix(1, 4, 2))),
  "smoothing was done" = quote(psych::cor.smooth(indefinite)),
  "smoothing turned off" = quote(psych::polychoric(apart)),
  "there is something seriously wrong with the correlation matrix" = quote(
    psych::cor.smooth(replace(indefinite, c(3, 7), NaN))
  ),
  "Pearson correlations of the raw data were found" = quote(psych::cor.smooth(items)),
  "do not have a correlation matrix, correlations found" = quote(
    psych::fa.parallel(items, n.obs = 200, plot = FALSE, n.iter = 2)
  ),
  "matrix is not invertible, image not found" = quote(psych::KMO(singular)),
  "complex eigen values detected by" = quote(psych$invMatSqrt(matrix(c(0, 1, -1, 0), 2))),
  "do not allow for SMC's to be found" = quote(psych::smc(unknown(r, 1))),
  "SMC(s) for variables" = quote(psych::smc(unknown(r, 1))),
  "were replaced by their maximum correlation" = quote(psych::smc(unknown(r, 1))),
  "the correlation matrix is singular, the pseudo inverse is used" = quote(
    psych::factor.scores(singular, loading, method = "Thurstone")
  ),
  "scores found from Structure loadings" = quote(psych::principal(cbind(items[1:3], items[1]), 1)),
  "n not specified, 100 used" = quote(psych::cortest.bartlett(r)),
  "arbitrarily set to" = quote(psych::vss(r, 2, plot = FALSE)),
  "so sim is set to TRUE" = quote(psych::fa.parallel(r, n.obs = 200, sim = FALSE, plot = FALSE, n.iter = 2)),
  "bootstrapped confidence intervals require raw data" = quote(psych::alpha(r, n.iter = 3)),
  "had no variance and was deleted" = quote(psych::alpha(replace(items, 1, 1))),
  "were automatically reversed" = quote(psych::alpha(replace(items[1:4], 1, -items[1]), check.keys = TRUE)),
  "global set to FALSE" = quote(psych::polychoric(ordered)),
  "setting global to FALSE" = quote(psych$polydi(data.frame(a = ordered$a, b = rep(1:4, 30)), ordered["b"])),
  "option has been removed from the polychoric function" = quote(psych::polychoric(ordered, ML = TRUE)),
  "I will return just one correlation" = quote(psych::polychoric(matrix(c(10, 4, 3, 9), 2))),
  "Converted non-numeric input to numeric" = quote(
    psych::polychoric(data.frame(a = c("1", "2", "1", "2"), b = c("1", "2", "2", "2")))
  ),
  "not in the variables supplied to" = quote(
    MatchIt::matchit(treat ~ age, lalonde, method = "cem", cutpoints = list(educ = 3))
  ),
  "in `cutpoints` will be ignored" = quote(MatchIt::matchit(treat ~ race, lalonde,
    method = "cem", grouping = list(race = list("black", c("hispan", "white"))), cutpoints = list(race = 2)
  )),
  "cutpoints will not be applied" = quote(
    MatchIt::matchit(treat ~ race, lalonde, method = "cem", cutpoints = list(race = 3))
  ),
  "ewer subclasses were generated than were requested" = quote(
    MatchIt::matchit(treat ~ married, lalonde, method = "subclass", subclass = 6)
  ),
  "not implemented for 'mlm' objects, using vcov() instead" = quote(
    sandwich::vcovHC(stats::lm(cbind(re74, re75) ~ age, lalonde), type = "const")
  )
)

# Everything that an expression says, whether or not it ends in an error.
heard <- function(expr) {
  said <- character()
  tryCatch(listen(expr, function(text, kind, said_by = NULL) said <<- c(said, text)), error = identity)
  said
}

test_that("each replacement that the installed packages can be brought to say is an error", {
  # Without a cause at hand: GPArotation is installed, optmatch and a solver are not, psych's own way round
  # comes first, or R 4.2 stops MatchIt's check of its arguments. Those texts stand in the code, as tested above.
  without <- c(
    "to do these rotations requires the GPArotation package", "the matrix has produced imaginary results",
    "the correlation matrix is singular, an approximation is used", "we could not calculate the beta weights",
    "something is seriously wrong the correlation matrix", "regression scores found instead",
    "factor loadings used instead", "not used with `method =", "alipers are currently not compatible with"
  )
  expect_setequal(c(names(triggers), without), replacements()$text)
  here <- environment()
  for (text in names(triggers)) {
    said <- heard(eval(triggers[[text]], here))
    expect_true(any(grepl(tolower(text), tolower(gsub(" +", " ", said)), fixed = TRUE)), label = text)
    expect_error(with_notes(eval(triggers[[text]], here)), "replaced by something else",
      class = "ermbridge_error_replaced", label = text
    )
  }
})

test_that("each text of a replacement is an error wherever it is said", {
  for (text in replacements()$text) {
    expect_error(with_notes(message("Well: ", text, " today")), class = "ermbridge_error_replaced", label = text)
    expect_error(with_notes(warning("Well: ", toupper(text))), class = "ermbridge_error_replaced", label = text)
    expect_error(with_notes(cat("Well:\n", text, "\n")), class = "ermbridge_error_replaced", label = text)
  }
})

test_that("the error says what was done instead", {
  cnd <- expect_error(with_notes(psych::KMO(singular)), class = "ermbridge_error_replaced")
  expect_match(cnd$message, "replaced by something else: the correlations are taken for their inverse.", fixed = TRUE)
  expect_match(cnd$body[["x"]], "matrix is not invertible, image not found", fixed = TRUE)
})

test_that("a package that tries and goes on cannot hide a replacement", {
  expect_error(with_notes(try(message("minres used instead"), silent = TRUE)), class = "ermbridge_error_replaced")
  swallow <- function(expr) tryCatch(expr, error = function(cnd) "swallowed")
  expect_error(with_notes(swallow(warning("smoothing was done"))), class = "ermbridge_error_replaced")
})

# --- what is no replacement ----------------------------------------------------------------------------------------

expect_noted <- function(expr, text) {
  noted <- with_notes(expr)
  expect_match(noted$note, text, fixed = TRUE)
  expect_false(is.null(noted$value))
}

test_that("what is done as asked, with a remark, is a note", {
  few <- lalonde[c(1:20, 200:210), ]
  expect_noted(
    MatchIt::matchit(treat ~ age, few, distance = few$age / 100),
    "ewer control units than treated units; not all treated units will get a match"
  )
  expect_noted(MatchIt::matchit(treat ~ married, lalonde, distance = "probit"), "will be deprecated")
  expect_noted(psych::fa(items, 3, rotate = "none", fm = "pa", max.iter = 2), "maximum iteration exceeded")
  reversed <- replace(items[1:4], 1, -items[1])
  expect_noted(psych::alpha(reversed), "should be reversed")
  expect_noted(psych::fa.parallel(items, plot = FALSE, n.iter = 2), "the number of factors")
  zero <- cbind(a = c(0, 0, 0, 1, 1, 1), b = c(0, 0, 1, 1, 1, 1))
  expect_noted(psych::tetrachoric(zero), "cell entry of 0 was replaced")
  separated <- data.frame(t = rep(0:1, each = 20), x = 1:40)
  expect_noted(stats::glm(t ~ x, stats::binomial(), separated), "fitted probabilities numerically 0 or 1 occurred")
})

test_that("smoothing of the matrix that the loadings reproduce is a note", {
  cor.smooth <- function(x) warning("Matrix was not positive definite, smoothing was done")
  model <- matrix(1)
  expect_match(with_notes(cor.smooth(model))$note, "smoothing")
  expect_error(with_notes(cor.smooth(r)), class = "ermbridge_error_replaced")
  # The call that makes the difference is psych's.
  calls <- character()
  each_call(psych$fa.stats, function(node) calls <<- c(calls, call_text(node)))
  expect_true(all(c("cor.smooth(model)", "cor.smooth(r)") %in% calls))
})
