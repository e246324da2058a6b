#' Run all stages of a study from R alone
#'
#' Each stage works on what earlier stages of this engine handed on. The rows equal those of the R engine
#' in a run of erm-bridge with `input` `own`.
#'
#' @param study_json Path of a `study.json` as erm-bridge writes it, its text, or a list as in
#'   [run_stage()].
#' @param frame Data frame as in [run_stage()]; best the `analysis_frame` that [read_run()] reads. A
#'   column that is not among the study's `variables`, such as the unit id, is left out.
#'
#' @return Data frame with the columns `engine` (`"r"`), `input` (`"own"`), `stage`, `quantity`, `term`,
#'   `component`, `value` and `note`: a row for each number of all the stages that the study asks for.
#'
#' @inheritSection run_stage Errors
#'
#' @examples
#' \dontrun{
#' run <- read_run("runs/lalonde")
#' run_study(run$study, run$analysis_frame)
#' }
#' @export
run_study <- function(study_json, frame) {
  study <- read_study(study_json)
  frame <- prepare_frame(frame, study)
  asked <- Filter(function(stage) !is.null(study[[stage]]), stage_names())
  artefacts <- list()
  tables <- list()
  for (stage in asked) {
    lacking <- artefacts[["unavailable"]]
    result <- if (stage == "effect" && !is.null(lacking)) {
      list(rows = absent_row(paste("no match:", lacking)))
    } else {
      run_prepared_stage(stage, study, frame, artefacts)
    }
    artefacts[names(result$artefacts)] <- result$artefacts
    tables[[stage]] <- cbind(engine = "r", input = "own", stage = stage, result$rows)
  }
  do.call(bind_rows, unname(tables))
}
