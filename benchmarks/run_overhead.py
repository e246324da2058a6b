"""The whole run of both engines, with hand-off and report, against an R script of the same methods.

Budget: twice the R script's time, plus the time that importing the libraries in use takes.
"""

import json
import sys
import tempfile
from pathlib import Path

import pandas as pd
from _measure import Row, medians, report, rscript, seconds

ROOT = Path(__file__).parents[1]
ROWS, ROUNDS = 3_333, 7
PYTHON = sys.executable
COMMAND = [PYTHON, "-m", "erm_bridge", "run"]
# What a run imports beside erm-bridge itself; rpy2 is imported by R's process, at the same time.
LIBRARIES = (
    "click, jinja2, matplotlib.backends.backend_svg, matplotlib.figure, pandas, pyarrow.csv, "
    "pyarrow.parquet, pydantic, ruamel.yaml, scipy.stats, statsmodels.genmod.generalized_linear_model"
)


def make_study(folder: Path) -> Path:
    """Write a study of 3,333 rows: complete rows of bfi, drawn with replacement."""
    items = pd.read_csv(ROOT / "studies/bfi/bfi.csv").dropna()
    items.sample(ROWS, replace=True, random_state=3).to_csv(folder / "bfi.csv", index=False)
    study = folder / "study.yml"
    study.write_text((ROOT / "studies/bfi/nearest4.yml").read_text())
    return study


def main() -> None:
    script, r_environment = rscript("same_methods.R")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        study, out = make_study(folder), folder / "out"
        run = [*COMMAND, str(study), "--overwrite", "--out", str(out), "--quiet"]
        took = medians(
            {
                "run": lambda: seconds(run),
                "script": lambda: seconds([*script, str(folder / "bfi.csv")], r_environment),
                "imports": lambda: seconds([PYTHON, "-c", f"import {LIBRARIES}"]),
                "python": lambda: seconds([PYTHON, "-c", "pass"]),
                "python engine alone": lambda: seconds([*run, "--engine", "python"]),
                "r engine alone": lambda: seconds([*run, "--engine", "r"]),
            },
            ROUNDS,
        )
        stages = json.loads(seconds_of(run, out))
    imports = took["imports"] - took["python"]
    budget = 2 * took["script"] + imports
    rows = [
        Row("whole run, both engines, 3,333 rows, cold", took["run"], "s", budget),
        Row("Rscript with the same methods, once", took["script"], "s"),
        Row("import of the libraries in use", imports, "s"),
        Row("whole run / Rscript", took["run"] / took["script"], "ratio"),
        Row("python engine alone", took["python engine alone"], "s"),
        Row("r engine alone", took["r engine alone"], "s"),
    ]
    rows += [Row(f"stages of {engine}, summed", sum(found.values()), "s") for engine, found in stages.items()]
    report(rows)


def seconds_of(run: list[str], out: Path) -> str:
    """Run once more and read what the stages took."""
    seconds(run)
    return json.dumps(json.loads((out / "run.json").read_text())["seconds"])


if __name__ == "__main__":
    main()
