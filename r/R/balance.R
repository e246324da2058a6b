#' Rows on the balance of the covariates, by MatchIt
#'
#' The numbers are those of MatchIt's `summary()`. Where it leaves the distance within pairs in units of the
#' column without saying so, which it does where the means do not differ, that is put right here.
#'
#' @param matched An object of class `matchit`.
#' @param covariates A list as from `balance_columns()`.
#' @param section Section `matching` of a study.
#' @return A data frame of rows.
#' @noRd
balance_rows <- function(matched, covariates, section) {
  asked <- asked_balance(section)
  sample <- list(treated = unname(matched$treat), weights = unname(matched$weights), sampling = unname(matched$s.weights))
  judged <- judged_columns(covariates, unname(matched$distance), sample)
  summary <- with_notes(matchit_summary(matched, judged, asked))
  sample$apart <- if (is.null(matched$match.matrix) && "pair_distance" %in% asked$statistics) {
    function(x) set_distance(x, sample$treated, matched$subclass)
  }
  numbers <- matchit_numbers(summary$value, judged, sample, asked)
  bind_rows(
    size_rows(summary$value$nn),
    statistic_rows(numbers, judged, sample, asked, summary$note)
  )
}

#' Rows on the balance of the covariates, from weights alone
#'
#' For matches that MatchIt does not know; by `weighted_numbers()`.
#'
#' @inheritParams balance_rows
#' @param treated 0/1 vector.
#' @param weights Matching weights, 0 for rows that are not matched.
#' @param distance Scores that were matched on, or `NULL`.
#' @param sampling Sampling weights, or `NULL`.
#' @param discarded Logical vector, or `NULL` for nobody.
#' @param apart Function of a column that returns the mean distance within pairs, or `NULL`.
#' @return A data frame of rows.
#' @noRd
weighted_balance_rows <- function(covariates, section, treated, weights, distance = NULL, sampling = NULL,
                                  discarded = NULL, apart = NULL) {
  asked <- asked_balance(section)
  sample <- list(treated = treated, weights = weights, sampling = sampling, apart = apart)
  judged <- judged_columns(covariates, distance, sample)
  numbers <- weighted_numbers(judged$columns, sample, asked$denominator)
  numbers <- lapply(numbers, function(table) off_centre(table, judged$centres))
  bind_rows(
    size_rows(weighted_sizes(treated, weights, sampling, discarded)),
    statistic_rows(numbers, judged, sample, asked, "")
  )
}

#' What a study asks of the table of balance
#'
#' @inheritParams balance_rows
#' @return A list of `statistics` and two `denominator`s: the one to use, and (`usual`) MatchIt's.
#' @noRd
asked_balance <- function(section) {
  asked <- section[["balance"]]
  usual <- c(ATT = "treated", ATC = "control", ATE = "pooled")[[section[["estimand"]]]]
  statistics <- c("smd", "variance_ratio", "ks", "ecdf_mean", "pair_distance")
  list(
    statistics = if (length(asked[["statistics"]])) unlist(asked[["statistics"]]) else statistics,
    denominator = if (is.null(asked[["denominator"]])) usual else asked[["denominator"]],
    usual = usual
  )
}

#' Columns of the table of balance, the distance last
#'
#' @inheritParams weighted_balance_rows
#' @param sample List of `treated`, `weights` and `sampling`.
#' @return A list of `columns`, `names` (in MatchIt's summary), `terms`, `centres` and `pooled` (whether the
#'   treated do not vary).
#' @noRd
judged_columns <- function(covariates, distance, sample) {
  scored <- !is.null(distance)
  columns <- c(unname(as.list(covariates$data)), if (scored) list(distance))
  list(
    columns = columns, names = c(names(covariates$data), if (scored) "distance"), data = covariates$data,
    terms = c(covariates$terms, if (scored) "(distance)"),
    centres = c(covariates$centres, if (scored) 0)
  )
}

#' MatchIt's summary of columns that it did not see when it matched
#'
#' @inheritParams balance_rows
#' @param judged A list as from `judged_columns()`.
#' @param asked A list as from `asked_balance()`.
#' @return A list with `sum.all`, `sum.matched` and `nn`.
#' @noRd
matchit_summary <- function(matched, judged, asked) {
  matched$X <- judged$data
  pairs <- "pair_distance" %in% asked$statistics && !is.null(matched$match.matrix)
  found <- summary(matched, pair.dist = pairs)
  # After subclassification MatchIt calls the table by another name.
  if (is.null(found$sum.matched)) found$sum.matched <- found$sum.across
  found
}

#' Take the numbers out of MatchIt's summary
#'
#' @param summary A list as from `matchit_summary()`.
#' @inheritParams matchit_summary
#' @param sample List of `treated`, `weights`, `sampling` and `apart`.
#' @return A list of two data frames as from `weighted_numbers()`: `before` and `after`.
#' @noRd
matchit_numbers <- function(summary, judged, sample, asked) {
  deviations <- function(denominator) {
    vapply(judged$columns, column_deviation, numeric(1), sample = sample, denominator = denominator)
  }
  usual <- deviations(asked$usual)
  wanted <- if (asked$denominator == asked$usual) usual else deviations(asked$denominator)
  tables <- lapply(list(before = summary$sum.all, after = summary$sum.matched), function(table) {
    table <- table[judged$names, , drop = FALSE]
    difference <- table[, "Means Treated"] - table[, "Means Control"]
    apart <- if (is.null(sample$apart)) {
      standardised <- abs(difference) > negligible() & table[, "Std. Pair Dist."] > 1e-8
      table[, "Std. Pair Dist."] * ifelse(standardised, usual, 1)
    } else {
      vapply(judged$columns, sample$apart, numeric(1))
    }
    off_centre(data.frame(
      mean_treated = table[, "Means Treated"], mean_control = table[, "Means Control"],
      smd = if (asked$denominator == asked$usual) table[, "Std. Mean Diff."] else standardise(difference, wanted),
      variance_ratio = table[, "Var. Ratio"], ecdf_mean = table[, "eCDF Mean"], ks = table[, "eCDF Max"],
      pair_distance = apart / wanted, row.names = NULL
    ), judged$centres)
  })
  tables
}

#' Put means back to where they were before columns were centred
#'
#' @param table A data frame with `mean_treated` and `mean_control`.
#' @param centres What was taken off.
#' @return The data frame.
#' @noRd
off_centre <- function(table, centres) {
  means <- c("mean_treated", "mean_control")
  table[means] <- table[means] + centres
  table
}

#' Write the numbers of the table of balance as rows
#'
#' What is not defined by `smd_defined()`, `ratio_defined()` and `ks_defined()` has no row, whatever MatchIt
#' puts there.
#'
#' @param numbers List of two data frames, `before` and `after`.
#' @inheritParams matchit_numbers
#' @param note What MatchIt said.
#' @return A data frame of rows.
#' @noRd
statistic_rows <- function(numbers, judged, sample, asked, note) {
  defined <- list(
    before = defined_numbers(judged$columns, sample$treated, own_weights(sample)),
    after = defined_numbers(judged$columns, sample$treated, sample$weights * own_weights(sample))
  )
  constant <- vapply(judged$columns, function(x) {
    stats::sd(x[sample$treated == 1]) < negligible()
  }, logical(1)) %in% TRUE
  said <- if (nzchar(note)) paste0(note, "; ", pooled_note()) else pooled_note()
  notes <- ifelse(constant & asked$denominator == "treated", said, note)
  rows <- lapply(asked$statistics, function(name) {
    if (name == "reduction") {
      return(reduction_rows(numbers, defined, judged$terms))
    }
    moments <- if (name == "pair_distance") "after" else c("before", "after")
    do.call(bind_rows, lapply(moments, function(moment) {
      keep <- defined[[moment]][[name]] & !is.na(numbers[[moment]][[name]])
      said <- if (name %in% c("smd", "pair_distance")) notes[keep] else note
      make_rows(name, numbers[[moment]][[name]][keep], judged$terms[keep], moment, said)
    }))
  })
  do.call(bind_rows, rows)
}

#' Rows on by how many percent matching made imbalances smaller
#'
#' MatchIt's `summary(improvement = TRUE)`, of variance ratios the logarithm; not defined where there was no
#' imbalance before or a variance is 0.
#'
#' @inheritParams statistic_rows
#' @param defined List of two data frames as from `defined_numbers()`.
#' @param terms Names of the columns.
#' @return A data frame of rows.
#' @noRd
reduction_rows <- function(numbers, defined, terms) {
  do.call(bind_rows, lapply(c("smd", "variance_ratio", "ecdf_mean", "ks"), function(name) {
    sizes <- lapply(numbers, function(table) {
      x <- table[[name]]
      # Of a ratio that is 0 to rounding there is no logarithm.
      abs(if (name == "variance_ratio") log(ifelse(x > negligible()^2, x, NA)) else x)
    })
    keep <- defined$before[[name]] & defined$after[[name]] & sizes$before > negligible()
    reduced <- 100 * (sizes$before - sizes$after) / sizes$before
    keep <- keep %in% TRUE & is.finite(reduced)
    make_rows("reduction", reduced[keep], terms[keep], name)
  }))
}

#' Rows on how many units the groups have
#'
#' @param sizes Matrix with the rows of MatchIt's `summary()$nn` and the columns `Treated` and `Control`.
#' @return A data frame of rows.
#' @noRd
size_rows <- function(sizes) {
  row <- function(quantity, term, name) {
    make_rows(quantity, sizes[name, c("Treated", "Control")], term, c("treated", "controls"))
  }
  bind_rows(
    row("n_units", "sample", "All"), row("ess", "sample", "All (ESS)"),
    row("n_units", "matched", "Matched"), row("ess", "matched", "Matched (ESS)"),
    row("n_units", "unmatched", "Unmatched"), row("n_units", "discarded", "Discarded")
  )
}

#' What is noted where the treated do not vary
#'
#' @return A string.
#' @noRd
pooled_note <- function() "the treated do not vary: divided by the pooled standard deviation"

#' Refuse options of the section `balance` that are not available
#'
#' @param asked Section `matching.balance` of a study, or `NULL`.
#' @param call Frame of the function to name in an error.
#' @return Nothing.
#' @noRd
check_balance <- function(asked, call = rlang::caller_env()) {
  statistics <- c(
    "smd", "variance_ratio", "ks", "ecdf_mean", "pair_distance", "mean_treated", "mean_control", "reduction"
  )
  if (!is.null(asked[["denominator"]])) {
    check_choice(
      asked[["denominator"]], c("treated", "control", "pooled", "all"), "matching.balance.denominator", call
    )
  }
  if (!is.null(asked[["interactions"]])) check_flag(asked[["interactions"]], "matching.balance.interactions", call)
  for (name in as.list(asked[["statistics"]])) check_choice(name, statistics, "matching.balance.statistics", call)
}
