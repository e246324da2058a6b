"""Factor analysis with scores, 20 items, 5 factors, varimax: erm-bridge, psych and other packages.

All get the same numbers and are timed inside their process, libraries loaded, linear algebra on one thread.
Others than psych run where `ERM_BRIDGE_BENCH_OTHERS` names a Python that has factor_analyzer, scikit-learn
below 1.8 and statsmodels.
"""

import json
import os
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
from _measure import Row, report, rscript
from scipy.optimize import linear_sum_assignment

HERE = Path(__file__).parent
ITEMS, FACTORS, SEED = 20, 5, 20171
# Rows, rounds, and how many times faster than psych it is to be.
SIZES = ((1_000_000, 3, 20), (3_333, 15, 5))
OTHERS = os.environ.get("ERM_BRIDGE_BENCH_OTHERS")
LIMITS = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}


def simulated(rows: int) -> np.ndarray:
    """Return answers from 1 to 5, four items to a factor."""
    random = np.random.default_rng(SEED)
    home = np.arange(ITEMS) // (ITEMS // FACTORS)
    loadings = np.where(home[:, None] == np.arange(FACTORS), random.uniform(0.4, 0.8, (ITEMS, 1)), 0.1)
    noise = random.normal(size=(rows, ITEMS)) * np.sqrt(1 - np.square(loadings).sum(axis=1))
    values = random.normal(size=(rows, FACTORS)) @ loadings.T + noise
    return np.clip(np.round(3 + values), 1, 5)


def ours(file: Path, rows: int, rounds: int) -> dict[str, Any]:
    """Time erm-bridge in a process of its own; `peak`: highest memory beyond the data, by their size."""
    command = [sys.executable, __file__, "ours", str(file), str(rows), str(rounds)]
    return json.loads(_output(command, {**os.environ, **LIMITS}))


def time_ours(file: str, rows: int, rounds: int) -> None:
    """Be that process."""
    import erm_bridge as eb

    frame = pd.DataFrame(np.ascontiguousarray(np.fromfile(file).reshape(ITEMS, rows).T))
    eb.factor_analysis(frame.head(500), FACTORS)
    calls = {
        "minres_varimax": lambda: eb.factor_analysis(frame, FACTORS),
        "pca_varimax": lambda: eb.factor_analysis(frame, FACTORS, extraction="pca"),
    }
    taken = {name: median(_seconds(call) for _ in range(rounds)) for name, call in calls.items()}
    tracemalloc.start()
    loadings = eb.factor_analysis(frame, FACTORS).loadings.to_numpy().tolist()
    peak = tracemalloc.get_traced_memory()[1] / frame.to_numpy().nbytes
    print(json.dumps({"seconds": taken, "peak": peak, "loadings": loadings}))


def rows_of(size: int, rounds: int, budget: float, folder: Path) -> Iterator[Row]:
    file = folder / "x.bin"
    simulated(size).T.tofile(file)
    arguments = [str(file), str(size), str(ITEMS), str(FACTORS)]
    script, environment = rscript("index_same.R")
    found = ours(file, size, rounds)
    command = [*script, *arguments, str(min(rounds, 3))]
    psych = json.loads(_output(command, {**environment, **LIMITS}))
    at = f"{size:,} x {ITEMS}"
    for call, seconds in found["seconds"].items():
        yield Row(f"{call}, {at}: erm-bridge", seconds, "s")
        yield Row(f"{call}, {at}: psych", psych["seconds"][call], "s")
        bound = 1 / budget if call == "minres_varimax" else None
        yield Row(f"{call}, {at}: erm-bridge / psych", seconds / psych["seconds"][call], "ratio", bound)
    # Of few rows the data are smaller than what any call needs.
    bound = 1.0 if size > 100_000 else None
    yield Row(f"memory beyond the data, {at}", found["peak"], "times the data", bound)
    yield Row(f"largest loading error, {at}: erm-bridge", _error(found, psych), "")
    if OTHERS is None:
        print("other packages: ERM_BRIDGE_BENCH_OTHERS names no Python that has them", file=sys.stderr)
        return
    # One of them takes minutes for a million rows.
    once = str(1 if size > 100_000 else rounds)
    others = json.loads(_output([OTHERS, str(HERE / "_index_others.py"), *arguments, once], LIMITS))
    for name, other in others.items():
        yield Row(f"minres_varimax, {at}: {name}", other["seconds"], "s")
        yield Row(f"largest loading error, {at}: {name}", _error(other, psych), "")


def _error(found: dict[str, Any], psych: dict[str, Any]) -> float:
    """Return the largest difference from psych's loadings run to convergence, factors in best order."""
    a, b = np.array(found["loadings"]), np.array(psych["loadings"])
    congruence = a.T @ b
    _, partner = linear_sum_assignment(-np.abs(congruence))
    signs = np.sign(congruence[np.arange(FACTORS), partner])
    return float(np.abs(a * signs - b[:, partner]).max())


def _seconds(call: Any) -> float:
    started = perf_counter()
    call()
    return perf_counter() - started


def _output(command: list[str], env: dict[str, str]) -> str:
    whole = {"PATH": os.environ["PATH"], **env}
    done = subprocess.run(command, env=whole, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command[0]} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout.splitlines()[-1]


def main() -> None:
    if sys.argv[1:2] == ["ours"]:
        time_ours(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
        return
    with tempfile.TemporaryDirectory() as folder:
        report([row for size in SIZES for row in rows_of(*size, Path(folder))])


if __name__ == "__main__":
    main()
