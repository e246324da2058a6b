"""Reliability of 20 items against psych on the same data: alpha with all that belongs to it, and omega.

Seconds of processor time of the call alone, data in memory, one thread. Python's `alpha` is everything that
`psych::alpha` gives, from the rows: covariances, coefficients, those without each item, correlations with
the scale, intervals; once from an array (`numerics`), once from a frame with all checks (`eb.reliability`).
Budget at 1,000,000 rows: a hundredth of psych.
"""

import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import process_time

import numpy as np
import pandas as pd
from _measure import Row, medians, report, rscript
from threadpoolctl import threadpool_limits

import erm_bridge as eb
from erm_bridge.engines.python.factors.reliability import reliability_of
from erm_bridge.numerics.correlation import moments
from erm_bridge.study.index_section import Reliability

ITEMS, TIMES = 20, 100
ROUNDS = {3_333: 7, 1_000_000: 3}


def answers(rows: int) -> np.ndarray:
    """Make answers of six grades with a general and three group factors, column by column."""
    rng = np.random.default_rng(1)
    factors = 0.7 * rng.normal(size=(rows, 1)) + 0.7 * rng.normal(size=(rows, 3))
    values = factors[:, np.arange(ITEMS) % 3] + rng.normal(size=(rows, ITEMS))
    return np.asfortranarray(np.clip(np.round(3.5 + values), 1, 6))


def timed(work: Callable[[], object]) -> float:
    started = process_time()
    work()
    return process_time() - started


def main() -> None:
    command, environment = rscript("index_reliability.R")
    environment["OPENBLAS_NUM_THREADS"] = "1"
    rows = []
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(1):
        for n, rounds in ROUNDS.items():
            rows += compared(n, rounds, [*command, str(Path(folder) / "items")], environment)
    report(rows)


def compared(n: int, rounds: int, command: list[str], environment: dict[str, str]) -> list[Row]:
    """Time both languages in turn on the same data."""
    values = answers(n)
    values.T.tofile(command[-1])
    frame = pd.DataFrame(values, columns=[f"i{j + 1}" for j in range(ITEMS)], copy=False)

    def by_r(what: str) -> float:
        done = subprocess.run(
            [*command, str(n), str(ITEMS), what], env=environment, capture_output=True, text=True, check=True
        )
        return float(done.stdout)

    def from_array() -> None:
        of = moments(values)
        reliability_of(of, of.correlation, frame.columns, Reliability(omega_factors=None))

    took = medians(
        {
            "psych::alpha": lambda: by_r("alpha"),
            "psych::omega with cor": lambda: by_r("omega"),
            "alpha from an array": lambda: timed(from_array),
            "eb.reliability without omega": lambda: timed(lambda: eb.reliability(frame, omega_factors=None)),
            "eb.reliability with omega": lambda: timed(lambda: eb.reliability(frame)),
        },
        rounds,
    )
    psych, omega = took["psych::alpha"], took["psych::omega with cor"]
    array, call = took["alpha from an array"], took["eb.reliability without omega"]
    both = took["eb.reliability with omega"]
    size, budget = f"{n:,} x {ITEMS}", 1 / TIMES if n == max(ROUNDS) else None
    return [
        *(Row(f"{size}: {name}", seconds, "s") for name, seconds in took.items()),
        Row(f"{size}: alpha from an array, share of psych", array / psych, "ratio", budget),
        Row(f"{size}: psych::alpha / alpha from an array", psych / array, "times"),
        Row(f"{size}: psych::alpha / eb.reliability without omega", psych / call, "times"),
        Row(f"{size}: psych's alpha and omega / eb.reliability", (psych + omega) / both, "times"),
    ]


if __name__ == "__main__":
    main()
