"""Parallel analysis of 20 items and 3,333 rows, 100 replicates, against `psych::fa.parallel`, same data.

Seconds of the call alone, in a process of its own, without start and reading. psych shares the replicates
between two cores; given rows it resamples them beside drawing normal ones, given correlations it does not.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from _measure import Row, medians, report, rscript

ROOT = Path(__file__).parents[1]
ITEMS, ROWS, REPLICATES, ROUNDS = 20, 3_333, 100, 5
OURS = """
import sys, time
import pandas as pd
import erm_bridge as eb
items = pd.read_csv(sys.argv[1])
eb.number_of_factors(items.iloc[:100], "parallel", replicates=2)
start = time.perf_counter()
eb.number_of_factors(items, "parallel", replicates=int(sys.argv[2]), of=sys.argv[3].split())
print(time.perf_counter() - start)
"""


def make_items(path: Path) -> None:
    """Write answers of five grades to items that measure four factors."""
    rng = np.random.default_rng(3)
    loadings = np.zeros((ITEMS, 4))
    loadings[np.arange(ITEMS), np.arange(ITEMS) % 4] = 0.65
    values = rng.normal(size=(ROWS, 4)) @ loadings.T + 0.76 * rng.normal(size=(ROWS, ITEMS))
    pd.DataFrame(np.clip(np.round(3 + values), 1, 5)).add_prefix("x").to_csv(path, index=False)


def printed(command: list[str], env: dict[str, str] | None = None) -> float:
    """Run a command that prints its own seconds."""
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    return float(done.stdout.split()[-1])


def main() -> None:
    command, environment = rscript("fa_parallel.R")
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "items.csv"
        make_items(data)
        given = [str(data), str(REPLICATES)]
        took = medians(
            {
                "ours": lambda: printed([sys.executable, "-c", OURS, *given, "components factors"]),
                "ours pc": lambda: printed([sys.executable, "-c", OURS, *given, "components"]),
                "psych": lambda: printed([*command, *given, "both", "rows"], environment),
                "psych pc": lambda: printed([*command, *given, "pc", "rows"], environment),
                "psych matrix": lambda: printed([*command, *given, "both", "matrix"], environment),
            },
            ROUNDS,
        )
    report(
        [
            Row("components and factors: erm-bridge", took["ours"], "s"),
            Row("components and factors: fa.parallel, rows", took["psych"], "s"),
            Row("components and factors: fa.parallel, correlations", took["psych matrix"], "s"),
            Row("components: erm-bridge", took["ours pc"], "s"),
            Row("components: fa.parallel, rows", took["psych pc"], "s"),
            Row("components and factors / fa.parallel", took["ours"] / took["psych"], "ratio", 0.1),
            Row("components / fa.parallel", took["ours pc"] / took["psych pc"], "ratio", 0.1),
            Row(
                "components and factors / fa.parallel, correlations",
                took["ours"] / took["psych matrix"],
                "ratio",
            ),
        ]
    )


if __name__ == "__main__":
    main()
