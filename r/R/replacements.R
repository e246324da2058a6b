#' Texts by which a package tells that it did something else than asked
#'
#' Parts of warnings, messages and printed lines of psych 2.2.9 and 2.4.12, MatchIt 4.5.1 and 4.7.1 and sandwich
#' 3.0.2. Not listed are texts on fit statistics that no row reports, on starting values, and on what is
#' done as far as it goes: those are notes. The tests hold each text against the package that is installed,
#' and the other way: each text of the package must stand here or among those reviewed as harmless.
#'
#' @return A data frame of text columns: `package`; `text`, blanks in a row as one, upper or lower case; `instead`,
#'   what is done in place of the request; `unless`, the call from which the text is harmless, or empty; `until`,
#'   the first version without the text, or empty.
#' @noRd
replacements <- function() {
  cells <- c(
    # extraction
    "psych", "factor method not specified correctly", "factors are extracted by another method", "", "",
    "psych", "minres used instead", "factors are extracted by minres", "", "",
    "psych", "Using minres instead", "factors are extracted by minres", "", "",
    "psych", "The higher order factor is found using minres", "the general factor is extracted by minres", "", "",
    "psych", "too many factors requested for this number of variables to use SMC", "communalities start at 1", "", "",
    "psych", "imaginary eigen value condition encountered", "the iteration was broken off", "", "",
    "psych", "the matrix has produced imaginary results", "imaginary parts were dropped", "", "",
    # rotation
    "psych", "Specified rotation not found", "the factors are not rotated", "", "",
    "psych", "Promax was used instead", "the factors are rotated by Promax", "", "",
    "psych", "Promax used instead", "the factors are rotated by Promax", "", "",
    "psych", "to do these rotations requires the GPArotation package", "the factors are not rotated", "", "",
    "psych", "Varimax from GPA rotation is used instead of varimax from stats", "another varimax is used", "", "",
    "psych", "produces a singular matrix. An approximation is used", "the rotation is an approximation", "", "",
    # matrices
    "psych", "smoothing was done", "another correlation matrix is used", "cor.smooth(model)", "",
    "psych", "smoothing turned off", "the correlation matrix is not smoothed", "", "",
    "psych", "there is something seriously wrong with the correlation matrix", "the matrix is not smoothed", "", "",
    "psych", "Pearson correlations of the raw data were found", "a matrix of correlations is taken for data", "", "",
    "psych", "do not have a correlation matrix, correlations found", "the matrix is taken for data", "", "",
    "psych", "matrix is not invertible, image not found", "the correlations are taken for their inverse", "", "",
    "psych", "complex eigen values detected by", "a matrix is taken for a function of itself", "", "",
    "psych", "do not allow for SMC's to be found", "correlations are left out", "", "",
    "psych", "something is seriously wrong the correlation matrix", "communalities are set to 1", "", "",
    "psych", "SMC(s) for variables", "communalities are found from other correlations", "", "",
    "psych", "were replaced by their maximum correlation", "largest correlations stand for communalities", "", "",
    # scores
    "psych", "the correlation matrix is singular, the pseudo inverse is used", "a pseudo inverse is used", "", "",
    "psych", "the correlation matrix is singular, an approximation is used", "an approximation is used", "", "",
    "psych", "we could not calculate the beta weights", "each item is its own weight", "", "",
    "psych", "regression scores found instead", "scores are found by regression", "", "",
    "psych", "factor loadings used instead", "loadings are used as weights", "", "2.4.12",
    "psych", "scores found from Structure loadings", "loadings are used as weights", "", "",
    # data
    "psych", "n not specified, 100 used", "n is taken to be 100", "", "",
    "psych", "arbitrarily set to", "n is taken to be a round number", "", "",
    "psych", "so sim is set to TRUE", "data are simulated, not resampled", "", "",
    "psych", "bootstrapped confidence intervals require raw data", "no interval is found", "", "",
    "psych", "had no variance and was deleted", "an item is left out", "", "",
    "psych", "were automatically reversed", "items are reversed", "", "",
    "psych", "global set to FALSE", "thresholds are found for each pair", "", "",
    "psych", "setting global to FALSE", "thresholds are found for each pair", "", "",
    "psych", "option has been removed from the polychoric function", "an option is ignored", "", "",
    "psych", "I will return just one correlation", "the data are taken for a table of counts", "", "",
    "psych", "Converted non-numeric input to numeric", "texts are replaced by numbers", "", "",
    # matching
    "MatchIt", "not used with `method =", "an argument is ignored", "", "",
    "MatchIt", "alipers are currently not compatible with", "the caliper is ignored", "", "",
    "MatchIt", "not in the variables supplied to", "a way to coarsen is ignored", "", "",
    "MatchIt", "in `cutpoints` will be ignored", "cut points are ignored", "", "",
    "MatchIt", "cutpoints will not be applied", "cut points are ignored", "", "",
    "MatchIt", "ewer subclasses were generated than were requested", "there are fewer subclasses", "", "",
    # variances
    "sandwich", "not implemented for 'mlm' objects, using vcov() instead", "the classical variance is used", "", ""
  )
  columns <- c("package", "text", "instead", "unless", "until")
  table <- matrix(cells, ncol = length(columns), byrow = TRUE, dimnames = list(NULL, columns))
  as.data.frame(table, stringsAsFactors = FALSE)
}

#' What was done in place of the request, according to a message
#'
#' @param text Text of the message on one line.
#' @param call Call that said it, or `NULL`.
#'
#' @return The column `instead` of the first row of `replacements()` that fits; `character(0)` for none.
#' @noRd
replaced_by <- function(text, call = NULL) {
  table <- replacements()
  text <- tolower(gsub("[[:space:]]+", " ", text))
  fits <- vapply(tolower(table$text), grepl, logical(1), x = text, fixed = TRUE)
  found <- table[fits, ]
  utils::head(found$instead[!nzchar(found$unless) | found$unless != call_text(call)], 1L)
}
