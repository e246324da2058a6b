# The texts that the functions of a package can say, read from their code.

# Functions that are called at a node of code, however they are named: f(), p::f().
called_at <- function(node) {
  head <- node[[1]]
  if (is.call(head) && length(head) == 3L && is.name(head[[3]])) head <- head[[3]]
  if (is.name(head)) as.character(head) else ""
}

# Apply a function to each call in the code of a function.
each_call <- function(fun, visit) {
  walk <- function(node) {
    if (is.call(node)) visit(node)
    if (is.call(node) || is.pairlist(node)) {
      lapply(as.list(node), function(part) if (!missing(part)) walk(part))
    }
  }
  walk(formals(fun))
  walk(body(fun))
}

# Names of the functions of a package that some of them call, directly or not; methods count as called.
reached <- function(package, entries) {
  code <- Filter(is.function, as.list(asNamespace(package), all.names = TRUE))
  seen <- character()
  todo <- intersect(entries, names(code))
  while (length(todo)) {
    seen <- c(seen, todo[1])
    called <- character()
    each_call(code[[todo[1]]], function(node) called <<- c(called, called_at(node)))
    methods <- if ("UseMethod" %in% called) names(code)[startsWith(names(code), paste0(todo[1], "."))]
    todo <- setdiff(c(todo[-1], intersect(called, names(code)), methods), seen)
  }
  sort(seen, method = "radix")
}

literals <- function(node) {
  if (is.character(node)) node else if (is.call(node) || is.list(node)) unlist(lapply(as.list(node), literals))
}

one_blank <- function(text) trimws(gsub("[[:space:]]+", " ", text))

# Data frame of what functions of a package say: `fun` and `text`, the literals of one call after one another.
said_by <- function(package, functions) {
  speakers <- c("warning", "message", "packageStartupMessage", "cat", "print", "warn", "inform", ".wrn", ".msg")
  found <- list(fun = character(), text = character())
  for (name in functions) {
    each_call(get(name, asNamespace(package)), function(node) {
      if (called_at(node) %in% speakers) {
        text <- one_blank(paste(literals(as.list(node)[-1]), collapse = " "))
        found <<- Map(c, found, list(name, text))
      }
    })
  }
  table <- unique(as.data.frame(found, stringsAsFactors = FALSE))
  table[grepl("[[:alpha:]]{2}", table$text), ]
}
