"""Correlations of 20 items beside psych and stats: seconds for the call alone, same data, in turn.

psych has all cores of the machine (`mc.cores`), Python's linear algebra one thread.
"""

import subprocess
import tempfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np
from _measure import Row, medians, report, rscript

from erm_bridge.numerics.correlation import moments
from erm_bridge.numerics.correlation.methods import correlate
from erm_bridge.one_thread import one_thread

ITEMS = 20
CASES = {
    ("pearson", 1_000_000): None,
    ("spearman", 100_000): None,
    ("polychoric", 3_333): 1 / 20,
    ("polychoric", 100_000): 1 / 20,
    ("tetrachoric", 3_333): 1 / 20,
}
ROUNDS = 3


def items(rows: int) -> np.ndarray:
    """Answers of six grades to 20 items of four factors."""
    rng = np.random.default_rng(rows)
    pattern = np.where(np.arange(4) == np.arange(ITEMS)[:, None] % 4, 0.65, 0.1)
    values = rng.normal(size=(rows, 4)) @ pattern.T + rng.normal(size=(rows, ITEMS)) * 0.73
    return np.asfortranarray(np.clip(np.round(3.5 + 1.3 * values), 1, 6))


def by_python(values: np.ndarray, method: str) -> float:
    started = perf_counter()
    with one_thread():
        if method == "pearson":
            moments(values)
        else:
            correlate(values, method, correct=0.5 if method == "tetrachoric" else 0.0)
    return perf_counter() - started


def by_r(script: list[str], environment: dict[str, str], file: Path, rows: int, method: str) -> float:
    command = [*script, str(file), str(rows), str(ITEMS), method]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout.rsplit("seconds", 1)[1])


def peak(work: Callable[[], object]) -> float:
    """Largest memory in bytes that the work allocates."""
    tracemalloc.start()
    work()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def main() -> None:
    script, environment = rscript("correlations.R")
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for (method, rows), budget in CASES.items():
            values = items(rows)
            file = Path(folder) / "items"
            values.T.tofile(file)
            given = (values > 3).astype(float) if method == "tetrachoric" else values
            took = medians(
                {
                    "python": lambda given=given, method=method: by_python(given, method),
                    "r": lambda file=file, rows=rows, method=method: by_r(
                        script, environment, file, rows, method
                    ),
                },
                ROUNDS,
            )
            case = f"{method}, {rows:,} x {ITEMS}"
            found.append(Row(f"{case}: Python", took["python"], "s"))
            found.append(Row(f"{case}: R", took["r"], "s"))
            found.append(Row(f"{case}: Python by R", took["python"] / took["r"], "share", budget))
    values = items(1_000_000)
    beside = peak(lambda: moments(values)) / values.nbytes
    found.append(Row("pearson, 1,000,000 x 20: memory beside the data", beside, "of the data", 0.1))
    report(found)


if __name__ == "__main__":
    main()
