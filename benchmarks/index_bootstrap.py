"""Bootstrap intervals against `psych::fa(n.iter = )`: 3,333 rows x 20 items, 5 factors, 1,000 replicates.

Python: the whole call of `eb.factor_analysis(bootstrap=1000)`. psych draws fewer replicates, its seconds for
them are scaled to 1,000; on one process and on as many as there are processors (`mc.cores`). Budget: a
tenth of psych's seconds on one.
"""

import os
import subprocess
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
from _measure import Row, medians, report, rscript

ROOT = Path(__file__).parents[1]
ROWS, ITEMS, FACTORS, ROUNDS = 3_333, 20, 5, 3
REPLICATES, OF_PSYCH = 1_000, 100
ROTATIONS = ("varimax", "oblimin")


def items() -> pd.DataFrame:
    """Answers of six grades to four items a factor."""
    rng = np.random.default_rng(20171)
    loadings = np.zeros((ITEMS, FACTORS))
    loadings[np.arange(ITEMS), np.arange(ITEMS) % FACTORS] = rng.uniform(0.5, 0.8, ITEMS)
    values = rng.normal(size=(ROWS, FACTORS)) @ loadings.T
    values += rng.normal(size=(ROWS, ITEMS)) * np.sqrt(1 - np.square(loadings).sum(axis=1))
    return pd.DataFrame(np.clip(np.round(3.5 + 1.3 * values), 1, 6)).add_prefix("x")


def by_python(frame: pd.DataFrame, rotation: str) -> float:
    import erm_bridge as eb

    started = perf_counter()
    eb.factor_analysis(frame, FACTORS, rotation=rotation, bootstrap=REPLICATES, seed=1)
    return perf_counter() - started


def by_psych(file: Path, rotation: str, cores: int) -> float:
    """Return psych's seconds, scaled from the replicates that it has drawn to those of Python."""
    script, environment = rscript("index_bootstrap.R")
    arguments = [file, FACTORS, OF_PSYCH, rotation, cores]
    done = subprocess.run(
        [*script, *map(str, arguments)], env=environment, capture_output=True, text=True, check=True
    )
    return float(done.stdout) * REPLICATES / OF_PSYCH


def main() -> None:
    frame, rows = items(), []
    cores = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "items.csv"
        frame.to_csv(file, index=False)
        for rotation in ROTATIONS:
            took = medians(
                {
                    "python": lambda rotation=rotation: by_python(frame, rotation),
                    "psych": lambda rotation=rotation: by_psych(file, rotation, 1),
                    "psych on all": lambda rotation=rotation: by_psych(file, rotation, cores),
                },
                ROUNDS,
            )
            rows += [
                Row(f"{rotation}: {REPLICATES} replicates", took["python"], "s"),
                Row(f"{rotation}: psych, scaled from {OF_PSYCH}", took["psych"], "s"),
                Row(f"{rotation}: psych on {cores} processors", took["psych on all"], "s"),
                Row(f"{rotation}: python / psych", took["python"] / took["psych"], "ratio", 0.1),
                Row(f"{rotation}: python / psych on {cores}", took["python"] / took["psych on all"], "ratio"),
            ]
    report(rows)


if __name__ == "__main__":
    main()
