# Writes the data sets of the example studies as CSV files, from the R packages that carry them.
# Run it with the R library of renv.lock: Rscript studies/export-from-r.R

#' Write each number with the fewest digits, 15 to 17, that read back equal.
number_text <- function(x) {
  if (is.integer(x) || all(x == round(x), na.rm = TRUE)) {
    return(sprintf("%.0f", x))
  }
  text <- sprintf("%.15g", x)
  for (digits in 16:17) {
    off <- !is.na(x) & as.numeric(text) != x
    text[off] <- sprintf(paste0("%.", digits, "g"), x[off])
  }
  text
}

#' Write a data frame as UTF-8 CSV: no row names, `NA` for missing values, line feeds.
export <- function(data, path) {
  columns <- lapply(data, function(x) {
    text <- if (is.numeric(x)) number_text(x) else as.character(x)
    text[is.na(x)] <- "NA"
    text
  })
  stopifnot(!any(grepl("[\",\n\r]", c(names(data), unlist(columns)))))
  lines <- c(paste(names(data), collapse = ","), do.call(paste, c(unname(columns), sep = ",")))
  file <- file(path, open = "wb")
  on.exit(close(file))
  writeLines(enc2utf8(lines), file, sep = "\n", useBytes = TRUE)
  message(path, ": ", nrow(data), " rows, ", ncol(data), " columns")
}

script <- sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))
studies <- dirname(normalizePath(script))
export(MatchIt::lalonde, file.path(studies, "lalonde", "lalonde.csv"))
export(psych::bfi, file.path(studies, "bfi", "bfi.csv"))
