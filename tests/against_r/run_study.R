# The R half of a run, by the installed package alone: all stages from study.json and the analysis frame.
source("tables.R")
folder <- arguments()[1]
frame <- ermbridge::read_run(folder)$analysis_frame
write_table(ermbridge::run_study(file.path(folder, "study.json"), frame), "rows")
