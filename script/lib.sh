# Shared by the scripts in this folder: sourced, not run. Enters the project's root.
cd "$(dirname "${BASH_SOURCE[0]}")/.."

step() { printf '== %s\n' "$*"; }
die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

r_library=$PWD/.r-library # the project library: the R packages of renv.lock, and ermbridge

# What R needs when the scripts start it themselves; erm-bridge and its tests see to this on their own.
set_up_r() {
  # R looks in the project library, then in the site library, and nowhere else.
  export R_LIBS=$r_library R_LIBS_USER=NULL
  # Text is UTF-8; sorting is by code point, as in Python. LC_ALL would override both.
  unset LC_ALL
  export LANG=C.UTF-8 LC_COLLATE=C
  # rpy2 opens R's library when it is imported: nothing is linked, so no compiler or header is asked for.
  export RPY2_CFFI_MODE=ABI
}
