# Install packages into a library, for `erm-bridge doctor --install`.
# Usage: Rscript install.R TARGET LIBRARIES MIRROR PACKAGE...
#   TARGET     library that takes the packages
#   LIBRARIES  all libraries that R will search, TARGET among them, as in R_LIBS
#   MIRROR     address of a CRAN mirror, or "" for those that R is set up for
#   PACKAGE    such as psych@2.4.12, or sandwich for the mirror's own version
# Lines that begin with "@" are for the caller: "@mirror ADDRESS", and "@failed CAUSE" before a failure ends R.

fail <- function(...) {
  cat("@failed ", ..., "\n", sep = "")
  quit(status = 1L)
}

# Look in the given libraries alone, also where R starts itself to build a package. The target goes first: renv
# installs there.
use_libraries <- function(target, libraries) {
  libraries <- union(target, libraries)
  .libPaths(libraries, include.site = FALSE)
  if (normalizePath(.libPaths()[1L]) != normalizePath(target)) {
    fail("R does not take ", target, " as a library")
  }
  Sys.setenv(R_LIBS = paste(libraries, collapse = .Platform$path.sep), R_LIBS_USER = target)
}

# The user's own repositories, or the mirror named; "@CRAN@" stands for one that R would ask for.
use_mirror <- function(mirror) {
  if (nzchar(mirror)) {
    options(repos = c(CRAN = mirror))
  }
  repos <- getOption("repos")
  if (!length(repos) || "@CRAN@" %in% repos) {
    fail("R is not set up for a CRAN mirror; name one with --mirror ADDRESS, or in options(repos = ) of ~/.Rprofile")
  }
  cat("@mirror ", paste(repos, collapse = ", "), "\n", sep = "")
  found <- tryCatch(nrow(utils::available.packages()), error = function(cnd) 0L)
  if (found == 0L) {
    fail("no R packages are found at ", paste(repos, collapse = ", "), ": wrong address, or no network")
  }
}

# renv fetches what a mirror keeps of older versions. Where it is missing it is installed for this run only.
load_renv <- function() {
  if (requireNamespace("renv", quietly = TRUE) && utils::packageVersion("renv") >= "1.0.0") {
    return(invisible())
  }
  library <- tempfile("library")
  dir.create(library)
  utils::install.packages("renv", lib = library, INSTALL_opts = c("--no-docs", "--no-byte-compile"))
  if (!requireNamespace("renv", lib.loc = library, quietly = TRUE)) {
    fail("renv, which installs the packages, cannot be installed itself")
  }
}

# Nothing is left in the user's cache, and the packages are files, not links into it.
install <- function(packages) {
  Sys.setenv(RENV_PATHS_ROOT = tempfile("renv"), RENV_CONFIG_CACHE_ENABLED = "FALSE", RENV_CONFIG_PAK_ENABLED = "FALSE")
  options(renv.consent = TRUE)
  project <- tempfile("project")
  dir.create(project)
  renv::install(packages, library = .libPaths(), project = project, prompt = FALSE)
}

arguments <- commandArgs(trailingOnly = TRUE)
use_libraries(arguments[1L], strsplit(arguments[2L], .Platform$path.sep, fixed = TRUE)[[1L]])
use_mirror(arguments[3L])
tryCatch(
  {
    load_renv()
    install(arguments[-(1:3)])
  },
  error = function(cnd) fail(gsub("[[:space:]]+", " ", conditionMessage(cnd)))
)
