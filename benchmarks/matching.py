"""Matching of 3,333, 100,000 and 1,000,000 units, 17 % treated, 8 covariates: erm-bridge, MatchIt and others.

All get the same numbers and are timed inside their process, libraries loaded. Given scores, the whole call
`eb.match` is held against one `numpy.argsort` of as many doubles; with its own scores and the table of
balance, against MatchIt's `matchit()` and `summary()`. Others run where `ERM_BRIDGE_BENCH_OTHERS` names a
Python that has pymatchit-causal and scikit-learn.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import pandas as pd
from _matching_data import COVARIATES, units
from _measure import Row, report, rscript

import erm_bridge as eb

HERE = Path(__file__).parent
# Rows and rounds.
SIZES = ((3_333, 9), (100_000, 7), (1_000_000, 5))
SOLVED_AT = 10_000
OTHERS = os.environ.get("ERM_BRIDGE_BENCH_OTHERS")
# pymatchit takes half a minute for the smaller number.
MOST_OF_OTHERS = {"pymatchit": 100_000, "scikit_learn": 1_000_000}


def calls(frame: pd.DataFrame) -> dict[str, Callable[[], object]]:
    """Name what is timed of erm-bridge."""
    score = frame["score"].to_numpy()
    usual = {"treatment": "t", "covariates": COVARIATES}
    near = {"ratio": 4, "replace": True, "caliper": 0.02}
    return {
        "argsort": lambda: np.argsort(score),
        "pairing, with replacement": lambda: eb.match(frame, distance=score, **usual, **near),
        "pairing, without replacement": lambda: eb.match(frame, distance=score, **usual),
        "scores, pairing, balance": lambda: eb.match(frame, **usual, **near).balance,
    }


def timed(call: Callable[[], object], rounds: int) -> float:
    """Return the median of some rounds; the first does not count."""
    taken = []
    for _ in range(rounds + 1):
        started = perf_counter()
        call()
        taken.append(perf_counter() - started)
    return median(taken[1:])


def of_size(size: int, rounds: int, folder: Path) -> Iterator[Row]:
    """Compare at one number of rows."""
    frame, file, at = units(size), folder / "units.bin", f"{size:,}"
    np.asfortranarray(frame.to_numpy()).T.tofile(file)
    took = {name: timed(call, rounds) for name, call in calls(frame).items()}
    large = size >= 100_000
    for name, seconds in took.items():
        yield Row(f"{name}, {at}", seconds, "s")
    for name, budget in (("with", 5.0), ("without", 20.0)):
        ratio = took[f"pairing, {name} replacement"] / took["argsort"]
        yield Row(f"pairing, {name} replacement, {at} / argsort", ratio, "ratio", budget if large else None)
    matchit = {what: _by_r(file, size, what) for what in ("replaced", "kept", "whole")}
    for what, name in (("replaced", "with"), ("kept", "without")):
        yield Row(f"MatchIt, {name} replacement, given scores, {at}", matchit[what], "s")
        ratio = took[f"pairing, {name} replacement"] / matchit[what]
        yield Row(f"pairing, {name} replacement, {at} / MatchIt", ratio, "ratio")
    yield Row(f"MatchIt's matchit and summary, {at}", matchit["whole"], "s")
    ratio = took["scores, pairing, balance"] / matchit["whole"]
    budget = 1 / 30 if size == 1_000_000 else None
    yield Row(f"scores, pairing, balance, {at} / MatchIt", ratio, "ratio", budget)
    if OTHERS is None:
        print("other packages: ERM_BRIDGE_BENCH_OTHERS names no Python that has them", file=sys.stderr)
        return
    for name, most in MOST_OF_OTHERS.items():
        if size <= most:
            command = [OTHERS, str(HERE / "_matching_others.py"), str(file), str(size), name]
            yield Row(f"{name}, {at}", _output(command, dict(os.environ)), "s")


def mahalanobis(size: int, folder: Path) -> Iterator[Row]:
    """Compare on Mahalanobis' distance, for which MatchIt looks at every pair."""
    frame, file = units(size), folder / "units.bin"
    np.asfortranarray(frame.to_numpy()).T.tofile(file)
    usual = {"treatment": "t", "covariates": COVARIATES, "distance": "mahalanobis", "order": "data"}
    ours = timed(lambda: eb.match(frame, **usual), 1)
    theirs = _by_r(file, size, "mahalanobis")
    yield Row(f"Mahalanobis, without replacement, {size:,}", ours, "s")
    yield Row(f"Mahalanobis, without replacement, {size:,}: MatchIt", theirs, "s")
    yield Row(f"Mahalanobis, without replacement, {size:,} / MatchIt", ours / theirs, "ratio", 0.1)


def solved() -> Iterator[Row]:
    """Time the methods that find an optimum."""
    for size in (3_333, SOLVED_AT):
        frame = units(size)
        for method in ("optimal", "full", "generalised_full"):
            usual = {"treatment": "t", "covariates": COVARIATES, "method": method}
            budget = 10.0 if size == SOLVED_AT else None
            seconds = timed(lambda frame=frame, usual=usual: eb.match(frame, **usual), 1)
            yield Row(f"{method}, {size:,}", seconds, "s", budget)


def _by_r(file: Path, size: int, what: str) -> float:
    command, environment = rscript("matching.R")
    return _output([*command, str(file), str(size), what], environment)


def _output(command: list[str], environment: dict[str, str]) -> float:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command[0]} ended with {done.returncode}:\n{done.stderr}")
    return float(done.stdout.splitlines()[-1])


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = [row for size in SIZES for row in of_size(*size, folder)]
        rows += [*mahalanobis(100_000, folder), *solved()]
    report(rows)


if __name__ == "__main__":
    main()
