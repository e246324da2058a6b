# Match many designs on covariates, or on a matrix of distances, with MatchIt.
#
# In: units (design, treated, x1..x3, w, g, h, u, usable, score) and designs (design, distance, q, ratio,
# replace, reuse_max, order, seed, caliper_w, caliper_score, exact, antiexact, unit_id, discard, estimand,
# max_controls; missing: not asked for). Out: pairs (design, unit, column, partner: 1-based rows of the design), units
# (design, weight, subclass, discarded, z1..z3: the coordinates that MatchIt matched on) and failures (design,
# message).
source("tables.R")
source("../../r/R/draws.R")
source("../../r/R/settings.R")

arguments_of <- function(units, design) {
  given <- function(name) !is.na(design[[name]])
  own <- design$distance == "mahvars"
  calipers <- c(
    if (given("caliper_w")) c(w = design$caliper_w),
    if (given("caliper_score")) stats::setNames(design$caliper_score, "")
  )
  c(
    list(
      formula = covariates_of(design, "treated"), data = units, method = "nearest", ratio = design$ratio,
      replace = design$replace == 1, m.order = design$order, estimand = design$estimand,
      distance = switch(design$distance, mahvars = units$score, matrix = table_of(units, design), design$distance)
    ),
    if (own) list(mahvars = covariates_of(design)),
    if (given("reuse_max")) list(reuse.max = design$reuse_max),
    if (length(calipers)) list(caliper = calipers, std.caliper = FALSE),
    if (given("exact")) list(exact = ~g),
    if (given("antiexact")) list(antiexact = ~h),
    if (given("unit_id")) list(unit.id = ~u),
    if (design$discard == 1) list(discard = units$usable == 0),
    if (given("max_controls")) list(min.controls = 1, max.controls = design$max_controls)
  )
}

covariates_of <- function(design, response = NULL) {
  stats::reformulate(paste0("x", seq_len(design$q)), response)
}

# City-block distances, so that ties are exact where the columns are whole numbers.
table_of <- function(units, design) {
  columns <- as.matrix(units[paste0("x", seq_len(design$q))])
  treated <- units$treated == 1
  Reduce(`+`, lapply(seq_len(design$q), function(j) {
    abs(outer(columns[treated, j], columns[!treated, j], "-"))
  }))
}

coordinates_of <- function(units, design, discarded) {
  found <- matrix(NA_real_, nrow(units), 3L, dimnames = list(NULL, paste0("z", 1:3)))
  if (design$distance == "matrix") {
    return(found)
  }
  # Column by column as matchit() has them, to the last bit.
  made <- MatchIt:::transform_covariates(
    covariates_of(design),
    data = units,
    method = if (design$distance == "mahvars") "mahalanobis" else design$distance,
    treat = stats::setNames(as.integer(units$treated == (design$estimand == "ATT")), rownames(units)),
    discarded = discarded
  )
  found[, seq_len(ncol(made))] <- made
  found
}

match_design <- function(design, units) {
  rownames(units) <- seq_len(nrow(units))
  number <- design$design
  fit <- tryCatch(
    with_stream(design$seed, "matching", suppressWarnings(
      do.call(MatchIt::matchit, arguments_of(units, design), quote = TRUE)
    )),
    error = function(cnd) conditionMessage(cnd)
  )
  if (is.character(fit)) {
    return(list(failures = data.frame(design = number, message = fit)))
  }
  cells <- fit$match.matrix
  subclass <- if (is.null(fit$subclass)) NA else as.numeric(as.character(fit$subclass))
  discarded <- unname(fit$discarded)
  list(
    pairs = data.frame(
      design = number, unit = as.numeric(rownames(cells)[row(cells)]), column = as.numeric(col(cells)),
      partner = as.numeric(cells)
    ),
    units = data.frame(
      design = number, weight = unname(fit$weights), subclass = subclass, discarded = as.numeric(discarded),
      coordinates_of(units, design, discarded)
    )
  )
}

given <- read_tables()
by_design <- split(given$units, given$units$design)
results <- each(
  function(i) match_design(given$designs[i, ], by_design[[as.character(given$designs$design[i])]]),
  seq_len(nrow(given$designs))
)
none <- data.frame(design = numeric(), message = character())
write_table(do.call(rbind, lapply(results, `[[`, "pairs")), "pairs")
write_table(do.call(rbind, lapply(results, `[[`, "units")), "units")
write_table(do.call(rbind, c(list(none), lapply(results, `[[`, "failures"))), "failures")
write_table(data.frame(matchit = as.character(utils::packageVersion("MatchIt"))), "versions")
