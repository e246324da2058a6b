#' Rotate loadings as a study asks
#'
#' By the functions of stats, psych and GPArotation that [psych::fa()] calls for its argument `rotate`, with their
#' settings, on loadings normalised or not as the study says. GPArotation stops at a gradient of 1e-6 here (1e-7 for
#' Bentler's criterion and bi-factor rotations, which are flatter), at 1e-5 by default, which leaves loadings up to 1e-3 from the minimum.
#'
#' @param loadings Unrotated loadings, p x k.
#' @param settings Key `rotation` of the section `index`, all defaults filled in, and the study's `seed`.
#' @param items Names of the items, for the rows of a target.
#' @param call Frame of the function to name in an error.
#'
#' @return A list of `loadings`, `phi` (`NULL` if the factors are uncorrelated), `criterion` (a number, or `NULL`
#'   where nothing is minimised) and `start_criteria` (the criterion each start led to, or `NULL`).
#' @noRd
rotate_loadings <- function(loadings, settings, items = NULL, call = rlang::caller_env()) {
  loadings <- matrix(loadings, nrow(loadings), ncol(loadings))
  method <- settings[["method"]]
  if (ncol(loadings) < 2 || method == "none") {
    return(list(loadings = loadings))
  }
  settings[["target"]] <- target_matrix(settings[["target"]], items)
  lengths <- if (isTRUE(settings[["normalize"]])) sqrt(rowSums(loadings^2)) else rep(1, nrow(loadings))
  lengths[lengths == 0] <- 1
  x <- loadings / lengths
  closed <- closed_rotations()[[method]]
  if (!is.null(closed)) {
    found <- closed(x, settings)
    return(list(loadings = unclass(found$loadings) * lengths, phi = found$Phi))
  }
  eps <- if (grepl("^bentler|^bifactor|^biquartimin", method)) 1e-7 else 1e-6
  rotate <- function(start) {
    tryCatch(
      rotations()[[method]](x, start, settings, eps = eps, maxit = 5000),
      # GPArotation inverts its transformation, which is singular once factors have collapsed.
      error = function(condition) {
        refuse("input", c(
          "Rotation {.val {method}}: the criterion has no minimum for these loadings, factors collapse into one another.",
          i = "Try fewer factors, a smaller gamma or power, or another rotation."
        ), call = call)
      }
    )
  }
  usual <- usual_starts(x, settings)
  rotated <- lapply(c(usual, random_starts(ncol(x), settings)), rotate)
  criteria <- vapply(rotated, function(one) rotation_criterion(unclass(one$loadings), settings), 0)
  best <- rotated[[best_start(criteria)]]
  usual <- seq_along(usual)
  list(
    loadings = unclass(best$loadings) * lengths, phi = best$Phi, criterion = min(criteria),
    start_criteria = if (length(rotated) > length(usual)) c(min(criteria[usual]), criteria[-usual])
  )
}

#' Rotations that minimise a criterion
#'
#' Each takes loadings, an orthogonal matrix to start from, the settings and arguments of GPArotation (`eps`, `maxit`),
#' and returns a list of `loadings`, `Phi` and, but for `varimax`, `Table` as GPArotation does.
#'
#' @return A named list of functions.
#' @noRd
rotations <- function() {
  gpa <- function(rotate, ...) {
    own <- list(...)
    function(x, start, settings, ...) {
      from_settings <- lapply(own, function(argument) argument(x, settings))
      do.call(rotate, c(list(x, Tmat = start), from_settings, list(...)))
    }
  }
  delta <- function(x, settings) settings[["delta"]]
  target <- function(x, settings) settings[["target"]]
  list(
    varimax = function(x, start, settings, ...) stats::varimax(x %*% start, normalize = FALSE),
    Varimax = gpa(GPArotation::Varimax),
    quartimax = gpa(GPArotation::quartimax),
    equamax = gpa(GPArotation::cfT, kappa = function(x, settings) ncol(x) / (2 * nrow(x))),
    parsimax = gpa(GPArotation::cfT, kappa = function(x, settings) (ncol(x) - 1) / (nrow(x) + ncol(x) - 2)),
    bentlerT = gpa(GPArotation::bentlerT),
    geominT = gpa(GPArotation::geominT, delta = delta),
    bifactor = gpa(GPArotation::bifactorT),
    targetT = gpa(GPArotation::targetT, Target = target),
    oblimin = gpa(GPArotation::oblimin, gam = function(x, settings) settings[["gamma"]]),
    quartimin = gpa(GPArotation::quartimin),
    simplimax = gpa(GPArotation::simplimax, k = function(x, settings) rlang::`%||%`(settings[["zeros"]], nrow(x))),
    bentlerQ = gpa(GPArotation::bentlerQ),
    geominQ = gpa(GPArotation::geominQ, delta = delta),
    biquartimin = gpa(GPArotation::bifactorQ),
    targetQ = gpa(GPArotation::targetQ, Target = target)
  )
}

#' Rotations with a closed form
#'
#' psych's `promax` differs from its `Promax` by normalised loadings alone; [psych::principal()] knows the second
#' one only, by both names.
#'
#' @return A named list of functions of loadings and settings; each returns a list of `loadings` and `Phi`.
#' @noRd
closed_rotations <- function() {
  promax <- function(x, settings) psych::Promax(x, m = settings[["power"]])
  list(
    promax = promax,
    Promax = promax,
    procrustes = function(x, settings) psych::Procrustes(x, settings[["target"]])
  )
}

#' What a rotation minimises, at loadings as they were rotated
#'
#' The value that GPArotation finds before its first step.
#'
#' @param rotated Loadings, normalised if they were rotated so.
#' @param settings As `rotate_loadings()` takes it, the target a matrix.
#' @return A number.
#' @noRd
rotation_criterion <- function(rotated, settings) {
  method <- sub("^varimax$", "Varimax", settings[["method"]])
  # It tells that no step was taken.
  first <- suppressWarnings(rotations()[[method]](rotated, diag(ncol(rotated)), settings, maxit = 0))
  unname(first$Table[1, 2])
}

#' Where rotations start that have no random start
#'
#' From the loadings as they are; those to a target also from the orthogonal rotation nearest to it, free
#' loadings taken for zero; simplimax, which has many local minima, also from varimax, promax and quartimin; bi-factor
#' rotations from each factor in turn as the general one.
#'
#' @param x Loadings to rotate.
#' @param settings As `rotate_loadings()` takes it, the target a matrix.
#' @return A list of k x k matrices.
#' @noRd
usual_starts <- function(x, settings) {
  target <- settings[["target"]]
  if (settings[["method"]] == "simplimax") {
    varimax <- stats::varimax(x)$rotmat
    quartimin <- GPArotation::quartimin(x, Tmat = varimax, eps = 1e-6, maxit = 5000)
    return(list(diag(ncol(x)), varimax, t(solve(psych::Promax(x)$rotmat)), quartimin$Th))
  }
  if (has_general(settings)) {
    k <- seq_len(ncol(x))
    return(lapply(k, function(j) diag(length(k))[, c(j, k[-j])]))
  }
  if (is.null(target)) {
    return(list(diag(ncol(x))))
  }
  target[is.na(target)] <- 0
  list(diag(ncol(x)), psych::Procrustes(x, target)$rotation)
}

#' Random orthogonal matrices, which Python draws as well
#'
#' Q of the QR decomposition of normal deviates, with a positive diagonal of R.
#'
#' @param k Number of factors.
#' @param settings As `rotate_loadings()` takes it.
#' @return A list of k x k matrices, as many as `settings` has `starts`.
#' @noRd
random_starts <- function(k, settings) {
  count <- if (is.null(settings[["starts"]])) 0 else settings[["starts"]]
  with_draws(settings[["seed"]], "rotation", count, k^2, function(uniform) {
    decomposed <- qr(matrix(stats::qnorm(uniform), k))
    qr.Q(decomposed) %*% diag(sign(diag(qr.R(decomposed))), k)
  })
}

#' Which start led to the smallest criterion
#'
#' @param criteria The criterion each start led to.
#' @return Position of the first one within rounding of the smallest.
#' @noRd
best_start <- function(criteria) {
  which(criteria <= min(criteria) + 1e-9 * (1 + abs(min(criteria))))[1]
}

#' How many optima the starts led to
#'
#' @param criteria The criterion each start led to.
#' @return Number of values that differ by more than 1e-6.
#' @noRd
different_optima <- function(criteria) {
  sorted <- sort(criteria)
  1 + sum(diff(sorted) > 1e-6 * (1 + abs(sorted[-1])))
}

#' The target of a rotation as a matrix
#'
#' @param target A list of loadings by item, `NULL` where one is free.
#' @param items Names of the items.
#' @return Matrix, p x k, NA where a loading is free; `NULL` for no target.
#' @noRd
target_matrix <- function(target, items) {
  if (is.null(target)) {
    return(NULL)
  }
  rows <- lapply(target[items], function(row) vapply(row, function(x) if (is.null(x)) NA_real_ else x, 0))
  unname(do.call(rbind, rows))
}

#' Rows on correlated factors and on how the rotation ended
#'
#' @param solution A list as from `turned_factors()`.
#' @param at A list with the `rotated` whose criterion is told: `solution`, or as from `criterion_again()`.
#' @param items Names of the items.
#' @return A data frame of rows.
#' @noRd
rotation_rows <- function(solution, at, items) {
  note <- if (is.null(solution$note)) "" else solution$note
  criteria <- solution$rotated$start_criteria
  criterion <- at$rotated$criterion
  bind_rows(
    make_rows(character(), double()),
    if (!is.null(solution$phi)) make_matrix_rows("structure", solution$structure, items, note = note),
    if (!is.null(solution$phi)) phi_rows(solution$phi, note),
    if (!is.null(criterion)) make_rows("rotation_criterion", criterion, "all", note = note),
    if (!is.null(criteria)) make_rows("start_criterion", criteria, "all", seq_along(criteria) - 1),
    if (!is.null(criteria)) make_rows("rotation_optima", different_optima(criteria), "all")
  )
}

#' The criterion of the rotation at loadings that were handed on
#'
#' @param solution A list with `loadings` and `communality`.
#' @param section Section `index` of a study.
#' @return A list of `rotated`, a list of `criterion`: `NULL` where nothing is minimised.
#' @noRd
criterion_again <- function(solution, section) {
  settings <- section[["rotation"]]
  if (ncol(solution$loadings) < 2 || !settings[["method"]] %in% names(rotations())) {
    return(list())
  }
  settings[["target"]] <- target_matrix(settings[["target"]], section[["items"]])
  lengths <- if (isTRUE(settings[["normalize"]])) sqrt(solution$communality) else rep(1, nrow(solution$loadings))
  lengths[lengths == 0] <- 1
  list(rotated = list(criterion = rotation_criterion(unname(solution$loadings) / lengths, settings)))
}

#' Which factors a rotation names itself
#'
#' @param settings Key `rotation` of the section `index`.
#' @param items Names of the items.
#' @return `NULL`, or by factor whether its sign is told as well: a target tells both.
#' @noRd
named_by_rotation <- function(settings, items) {
  target <- target_matrix(settings[["target"]], items)
  if (!is.null(target)) {
    colSums(target != 0, na.rm = TRUE) > 0
  }
}

#' Whether the first factor is the general one of a bi-factor rotation
#'
#' @param settings Key `rotation` of the section `index`.
#' @return `TRUE` or `FALSE`.
#' @noRd
has_general <- function(settings) settings[["method"]] %in% c("bifactor", "biquartimin")

#' Rows of the correlations of factors
#'
#' @param phi Matrix, k x k, with names.
#' @param note Note of the rows.
#' @return A data frame of rows: below the diagonal.
#' @noRd
phi_rows <- function(phi, note) {
  below <- which(lower.tri(phi), arr.ind = TRUE)
  names <- colnames(phi)
  make_rows("phi", phi[below], names[below[, 1]], names[below[, 2]], note = note)
}

#' Refuse settings of the rotation that are not available
#'
#' @param section Section `index` of a study.
#' @param call Frame of the function to name in an error.
#' @return Nothing.
#' @noRd
check_rotation <- function(section, call = rlang::caller_env()) {
  settings <- section[["rotation"]]
  method <- settings[["method"]]
  check_choice(method, c("none", names(rotations()), names(closed_rotations())), "index.rotation.method", call)
  normalize <- settings[["normalize"]]
  if (!method %in% c("none", "procrustes") && !isTRUE(normalize) && !isFALSE(normalize)) {
    refuse("input", "{.field index.rotation.normalize} must be true or false for {.val {method}}.", call = call)
  }
  key <- c(oblimin = "gamma", promax = "power", Promax = "power", geominT = "delta", geominQ = "delta")[method]
  if (!is.na(key)) {
    check_number(settings[[key]], paste0("index.rotation.", key), call = call)
  }
  absent <- setdiff(section[["items"]], names(settings[["target"]]))
  if (method %in% c("targetT", "targetQ", "procrustes") && length(absent)) {
    refuse("input", "{.field index.rotation.target}: {.val {absent}} has no row.", call = call)
  }
}
