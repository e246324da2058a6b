# Restore the packages of renv.lock into the project library. Usage: Rscript script/restore.R [SOURCES]
# SOURCES is a folder with source tarballs in src/contrib, used in place of the repositories that R is set up for.

sources <- commandArgs(trailingOnly = TRUE)
if (length(sources) == 1L) {
  tools::write_PACKAGES(file.path(sources, "src", "contrib"), type = "source")
  options(repos = c(CRAN = paste0("file://", normalizePath(sources))))
}
if (!requireNamespace("renv", quietly = TRUE)) {
  # renv runs once: compiling its R code to bytes would take longer than the run.
  install.packages("renv", lib = .libPaths()[1L], INSTALL_opts = c("--no-docs", "--no-test-load", "--no-byte-compile"))
}
# Every library counts, so that what the system's own packages provide in the locked version is not built again.
renv::restore(project = getwd(), library = .libPaths(), lockfile = "renv.lock", prompt = FALSE)
