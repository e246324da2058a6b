#' Standard error of Abadie and Imbens (2006)
#'
#' Econometrica 74(1), 235-267; Abadie, Drukker, Herr and Imbens (2004), Stata Journal 4(3),
#' 290-311. What was matched on is taken as known. The variance of a partner's outcome given its score comes
#' from the partner and its `neighbours` nearest units of the same group.
#'
#' @param sample A list as from `matched_sample()`.
#' @return A number.
#' @noRd
error_abadie_imbens <- function(sample) {
  root_of_variance(variance_abadie_imbens(sample), sample$outcome)
}

#' @rdname error_abadie_imbens
#' @noRd
variance_abadie_imbens <- function(sample, places = sample$scores, call = rlang::caller_env()) {
  check_number(sample$neighbours, "effect.neighbours", above = 0, whole = TRUE, call = call)
  y <- sample$outcome
  served <- served_units(sample)
  # Partners of one set only have no part in the second sum.
  again <- which(abs(served$total^2 - served$squares) > 1e-12 * served$total^2)
  near <- nearest_of(places[!sample$focal])
  pool <- y[!sample$focal]
  spread <- vapply(again, function(i) stats::var(pool[near(places[i], sample$neighbours + 1)]), double(1))
  reuse <- sum((served$total^2 - served$squares)[again] * spread)
  gain <- set_differences(sample)
  (sum((gain - mean(gain))^2) + reuse) / length(gain)^2
}

#' Standard error of Abadie and Imbens (2016) for an estimated score
#'
#' Econometrica 84(2), 781-807, with the estimators that Stata's manual gives for `teffects psmatch,
#' atet`. The 2006 variance is corrected by two terms in the information of the propensity model.
#'
#' @param sample A list as from `matched_sample()`.
#' @return A number.
#' @noRd
error_abadie_imbens_score <- function(sample) {
  y <- sample$outcome
  focal <- sample$focal
  score <- sample$score()
  # The probability to be one of those whom the effect is about.
  p <- if (identical(focal, sample$treated == 1)) score$probability else 1 - score$probability
  design <- cbind(1, scale(score$design))
  gain <- set_differences(sample)
  effect <- mean(gain)
  with <- local_moments(focal, p, y, design, sample$neighbours + 1)
  without <- local_moments(!focal, p, y, design, sample$neighbours + 1)
  f <- score$density
  slope <- f * (design * (with$mean - without$mean - effect) + with$cov + p / (1 - p) * without$cov)
  imputed <- ifelse(focal, 1, -1) * (y - mean_across(score$design, y, focal, sample$ratio))
  moved <- f * design * (imputed - effect)
  root <- chol(crossprod(design * (f / sqrt(p * (1 - p)))))
  form <- function(terms) sum(backsolve(root, colSums(terms) / length(gain), transpose = TRUE)^2)
  variance <- variance_abadie_imbens(sample, score$probability) - form(slope) + form(moved)
  root_of_variance(variance, y)
}

#' Outcome of each unit that was given partners minus the mean of theirs
#'
#' @param sample A list as from `matched_sample()`.
#' @return A number for each matched set.
#' @noRd
set_differences <- function(sample) {
  partners <- sample$match_matrix
  own <- sample$outcome[sample$focal]
  theirs <- matrix(sample$outcome[partners], nrow(partners))
  gain <- own - rowMeans(theirs, na.rm = TRUE)
  gain[rowSums(!is.na(partners)) > 0]
}

#' How often each unit serves as a partner
#'
#' @param sample A list as from `matched_sample()`.
#' @return A list: sums over the sets that each unit (n) is a partner in of its share (`total`) and of the share
#'   squared (`squares`).
#' @noRd
served_units <- function(sample) {
  sets <- matched_sets(sample)
  partners <- sets[!sample$focal[sets$unit], ]
  serves <- factor(partners$unit, seq_along(sample$outcome))
  sum_of <- function(x) as.vector(tapply(x, serves, sum, default = 0))
  list(total = sum_of(partners$weight), squares = sum_of(partners$weight^2))
}

#' Find the nearest of sorted places
#'
#' @param places Double vector.
#' @return A function of a place and a count: positions in `places` of that many nearest, with all that are as
#'   far as the last.
#' @noRd
nearest_of <- function(places) {
  order <- order(places)
  sorted <- places[order]
  n <- length(sorted)
  function(place, count) {
    at <- findInterval(place, sorted)
    window <- seq(max(1, at - count), min(n, at + count + 1))
    far <- sort(abs(sorted[window] - place))[min(count, length(window))]
    slack <- far * (1 + 1e-9)
    first <- findInterval(place - slack, sorted, left.open = TRUE) + 1
    inside <- seq.int(first, length.out = findInterval(place + slack, sorted) - first + 1)
    order[inside[abs(sorted[inside] - place) <= far]]
  }
}

#' What a group has near every unit on the score
#'
#' @param group Logical vector, n.
#' @param p Scores, n.
#' @param y Outcome, n.
#' @param design Matrix, n rows.
#' @param count How many units are looked at: in its own group, with the unit itself for the covariances and
#'   beside it for the mean.
#' @return A list: `mean` of the outcome (n), `cov` of the columns with the outcome (n x columns).
#' @noRd
local_moments <- function(group, p, y, design, count) {
  members <- which(group)
  near <- nearest_of(p[group])
  found <- vapply(seq_along(y), function(i) {
    set <- members[near(p[i], count)]
    others <- if (group[i]) setdiff(members[near(p[i], count + 1)], i) else set
    c(mean(y[others]), covariances(design[set, , drop = FALSE], y[set]))
  }, double(1 + ncol(design)))
  list(mean = found[1, ], cov = t(found[-1, , drop = FALSE]))
}

#' Covariances of columns with a vector
#'
#' @param x Matrix.
#' @param y Vector.
#' @return A number for each column.
#' @noRd
covariances <- function(x, y) drop(crossprod(x, y - mean(y))) / (length(y) - 1)

#' Mean outcome of the nearest units of the other group on the covariates
#'
#' @param x Matrix of columns as they are, n rows; the distance is Euclidean.
#' @param y Outcome, n.
#' @param focal Logical vector, n.
#' @param count How many; with all that are as far as the last.
#' @return A number for each unit.
#' @noRd
mean_across <- function(x, y, focal, count) {
  columns <- t(x)
  vapply(seq_along(y), function(i) {
    other <- focal != focal[i]
    far <- sqrt(colSums((columns[, other, drop = FALSE] - columns[, i])^2))
    limit <- sort(far, partial = min(count, length(far)))[min(count, length(far))]
    mean(y[other][far <= limit * (1 + 1e-9)])
  }, double(1))
}

#' The propensity model behind scores
#'
#' @param study A list as from `read_study()`.
#' @param frame A data frame as from `prepare_frame()`.
#' @param artefacts List of artefacts with `propensity`: probabilities, or linear predictors where the study says
#'   `distance.linear`.
#' @param call Frame of the function to name in an error.
#' @return A list, n rows each: `probability`; `density`, its derivative by the linear predictor; `design`, matrix
#'   of the columns without the intercept.
#' @noRd
score_model <- function(study, frame, artefacts, call = rlang::caller_env()) {
  section <- study_section(study, "matching")
  link <- stats::make.link(section[["distance"]][["link"]])
  scores <- needed_artefact(artefacts, "propensity", "effect", nrow(frame), call)
  probability <- if (isTRUE(section[["distance"]][["linear"]])) link$linkinv(scores) else scores
  # Rounding to few decimals can make a score 0 or 1.
  probability <- pmin(pmax(probability, 1e-15), 1 - 1e-15)
  design <- model_design(rep(0, nrow(frame)), frame, section[["covariates"]], study[["variables"]], call)
  list(
    probability = probability, density = link$mu.eta(link$linkfun(probability)),
    design = stats::model.matrix(design$formula, design$data)[, -1, drop = FALSE]
  )
}
