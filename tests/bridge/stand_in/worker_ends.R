# Every way in which R can end, hang or fail, and what it can start; read after worker.R.
start_child <- function(kind) {
  switch(kind,
    shell = system("sleep 1000", wait = FALSE),
    own_session = system("setsid sleep 1000", wait = FALSE),
    # A process whose parent ends at once.
    orphan = system("(setsid sleep 1000 &) ; true"),
    fork = if (inherits(parallel:::mcfork(), "masterProcess")) repeat Sys.sleep(1000)
  )
}

commands <- c(commands, list(
  own_pid = function() Sys.getpid(),
  signal = function(number) tools::pskill(Sys.getpid(), number),
  allocate = function(length) {
    x <- numeric(length)
    length(x)
  },
  grow = function() {
    held <- list()
    repeat held[[length(held) + 1L]] <- numeric(1e5)
  },
  recurse = function() {
    f <- function(n) f(n + 1)
    f(1)
  },
  loop = function() repeat NULL,
  sort = function() sort(runif(3e8)),
  solve = function() solve(matrix(runif(4e7), sqrt(4e7))),
  say = function(text) {
    message(text)
    cat(text, "\n")
  },
  print_much = function(megabytes) system(paste0("head -c ", megabytes, "M /dev/zero | tr '\\0' x; echo the end")),
  close_descriptors = function() parallel:::closeFD(3:60),
  close_output = function() parallel:::closeFD(1:2),
  close_connections = function() closeAllConnections(),
  start_children = function(kinds) {
    lapply(kinds, start_child)
    TRUE
  },
  fork_and_forget = function() if (inherits(parallel:::mcfork(), "masterProcess")) "child" else "parent",
  temporary = function() {
    writeLines("x", file <- tempfile())
    file
  }
))
