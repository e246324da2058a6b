# Values of every kind that crosses, and of those that do not; read after worker.R.
commands <- c(commands, list(
  size = function(x) length(x),
  # The kernel's flag `hg`: large pages were asked for.
  large_pages = function(x) any(grepl("^VmFlags:.* hg", readLines("/proc/self/smaps"))),
  code = function() list(income = quote(quit(status = 7))),
  doubles = function(n) list(as.double(seq_len(n))),
  look = function(x) {
    x <- x[[1]]
    list(
      type = typeof(x), class = class(x), missing = is.na(x), nan = is.double(x) & !is.object(x) & is.nan(unclass(x)),
      attributes = names(attributes(x)), shown = if (is.factor(x) || !is.object(x)) as.character(x) else format(x),
      encoding = if (is.character(x)) Encoding(x)
    )
  },
  row_names = function(x) {
    list(type = typeof(attr(x, "row.names")), given = .row_names_info(x, 1L), names = row.names(x))
  },
  columns = function() {
    data.frame(
      day = as.Date(c("2024-02-29", NA)), whole_day = structure(c(1L, NA), class = "Date"),
      time = as.POSIXct(c("2024-01-02 03:04:05.25", NA), tz = "UTC"), here = .POSIXct(c(0L, NA)),
      hours = as.difftime(c(1.5, NA), units = "hours"), ordered = factor(c("b", NA), c("b", "a"), ordered = TRUE),
      na_and_nan = c(NA, NaN), latin = iconv(c("\u00e9", NA), "UTF-8", "latin1"), row.names = c("p", "q")
    )
  },
  without_first = function(x) x[-1, , drop = FALSE],
  refused = function(which) refused[[which]]
))

one <- data.frame(fine = 1:2)
as_column <- function(income) structure(list(income = income), class = "data.frame", row.names = 1:2)
refused <- list(
  own_class = within(one, income <- I(1:2)),
  list_column = as_column(list(1, 2)),
  matrix_column = as_column(diag(2)),
  text_matrix = as_column(matrix(letters[1:4], 2)),
  flag_matrix = as_column(matrix(TRUE, 2, 2)),
  long_column = as_column(1:3),
  frame_column = as_column(one),
  integer64 = as_column(structure(c(0, 1), class = "integer64")),
  local_time = as_column(as.POSIXlt(c("2024-01-02", NA), tz = "UTC")),
  complex = as_column(c(1i, 2)),
  raw = as_column(as.raw(1:2)),
  invalid = as_column(c("\xff", "a")),
  marked_bytes = as_column(`Encoding<-`(c("\xff", "a"), "bytes")),
  missing_level = as_column(addNA(factor(c("a", NA)))),
  part_of_a_day = as_column(structure(c(1, 1.5), class = "Date")),
  endless = as_column(.POSIXct(c(1, Inf), tz = "UTC")),
  no_zone = as_column(.POSIXct(1:2, tz = "Nowhere/City")),
  no_level = as_column(structure(c(1L, 7L), levels = "a", class = "factor")),
  no_name = structure(list(1), names = NA_character_, class = "data.frame", row.names = 1L)
)
