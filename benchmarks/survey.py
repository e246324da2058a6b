"""Reading and wrangling a survey file of 169,989 rows: the columns of a study, derived ones, the cohort.

Judged is reading and wrangling in a process that has imported its libraries; the same as a whole process
of its own, and the memory it takes, stand beside it. Budgets: 3 s; 4 times the bytes of the columns used.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import pandas as pd
from _measure import Row, medians, report, seconds

from erm_bridge.simulate import SimulatedSurvey, simulate, write
from erm_bridge.study.cohort import make_cohort
from erm_bridge.study.reader import read_study

ROOT = Path(__file__).parents[1]
ROWS, ROUNDS = 169_989, 5
SECONDS, TIMES_THE_BYTES = 3.0, 4.0
FORMATS = ("csv", "parquet", "dta", "sav")
STAGES = """
study: survey
data: {source: survey.csv}
index:
  items: [Q501A, Q501B, Q501C, Q501D, Q501E, Q501F, Q502A, Q502B, Q502C, Q502D, Q502E,
          Q503A, Q503B, Q503C, Q503D, Q503E, Q503F, Q503G, Q503H]
  factors: 4
matching:
  treatment: {column: host_insurance}
  covariates: [age_group, female, education, married, migration_range, stay_group, income_group,
               own_home, unhealthy]
"""
ALONE = """
import sys
from pathlib import Path
from erm_bridge.study.cohort import make_cohort
from erm_bridge.study.reader import read_study
make_cohort(read_study(Path(sys.argv[1])), None, sys.argv[2])
"""
# What /proc says of the process at its highest, less what it held before it read anything.
MEASURE = """
import gc, json, sys
from pathlib import Path
from erm_bridge.study.cohort import make_cohort
from erm_bridge.study.reader import read_study
def status(key):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key + ":"))
file = read_study(Path(sys.argv[1]))
# A small survey first: what libraries load when they are first used is not the data's.
make_cohort(file, None, sys.argv[3])
gc.collect()
before = status("VmRSS")
Path("/proc/self/clear_refs").write_text("5")
cohort = make_cohort(file, None, sys.argv[2])
print(json.dumps({"peak": status("VmHWM") - before, "rows": len(cohort.frame)}))
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        survey = simulate(ROWS)
        write_all(survey, folder, "survey")
        write_all(simulate(), folder, "small")
        (folder / "study.yml").write_text(study_text(), encoding="utf-8")
        file = read_study(folder)
        paths = {ending: str(folder / f"survey.{ending}") for ending in FORMATS}
        used = bytes_used(survey, list(make_cohort(file, no_dataset, paths["parquet"]).source.columns))
        warm = medians({e: lambda p=p: timed(file, p) for e, p in paths.items()}, ROUNDS)
        cold = medians(
            {e: lambda p=p: seconds([sys.executable, "-c", ALONE, str(folder), p]) for e, p in paths.items()},
            ROUNDS - 2,
        )
        peaks = {ending: peak(folder, ending) for ending in FORMATS}
    rows = [Row(f"read and wrangle, {e}", warm[e], "s", SECONDS) for e in FORMATS]
    rows += [Row(f"the same, as a process of its own, {e}", cold[e], "s") for e in FORMATS]
    rows += [Row("columns used, 8 bytes a number", used / 1e6, "MB")]
    rows += [
        Row(f"peak memory / bytes used, {e}", peaks[e] / used, "ratio", TIMES_THE_BYTES) for e in FORMATS
    ]
    report(rows)


def study_text() -> str:
    """Join the cohort that the guide shows and the stages."""
    guide = (ROOT / "docs/simulated-data.md").read_text(encoding="utf-8")
    return STAGES + guide.split("```yaml\n")[1].split("```")[0]


def write_all(survey: SimulatedSurvey, folder: Path, name: str) -> None:
    import pyreadstat

    for ending in ("csv", "parquet", "dta"):
        write(survey, folder / f"{name}.{ending}")
    numbers = {n: "float64" for n in survey.frame if pd.api.types.is_numeric_dtype(survey.frame[n])}
    pyreadstat.write_sav(
        survey.frame.astype(numbers),
        folder / f"{name}.sav",
        variable_value_labels=survey.labels,
        row_compress=True,
    )


def no_dataset(package: str, name: str) -> pd.DataFrame:
    raise AssertionError("no data set of R is needed here")


def timed(file, path: str) -> float:
    started = perf_counter()
    make_cohort(file, no_dataset, path)
    return perf_counter() - started


def peak(folder: Path, ending: str) -> float:
    paths = [str(folder / f"{name}.{ending}") for name in ("survey", "small")]
    command = [sys.executable, "-c", MEASURE, str(folder), *paths]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout)["peak"])


def bytes_used(survey: SimulatedSurvey, columns: list[str]) -> float:
    """Count 8 bytes for a number, and what a text is long."""
    texts = [n for n in columns if not pd.api.types.is_numeric_dtype(survey.frame[n])]
    length = sum(int(survey.frame[name].str.len().sum()) for name in texts)
    return float(8 * len(survey.frame) * (len(columns) - len(texts)) + length)


if __name__ == "__main__":
    main()
