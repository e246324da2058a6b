"""What the benchmarks share: medians of whole processes, and the rows that are printed."""

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

from erm_bridge.bridge import locate

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Row:
    """One figure; `met` is true where there is no budget."""

    measure: str
    value: float
    unit: str
    budget: float | None = None

    @property
    def met(self) -> bool:
        return self.budget is None or self.value <= self.budget

    def to_dict(self) -> dict[str, object]:
        return {**asdict(self), "met": self.met}


def seconds(command: Sequence[str], env: Mapping[str, str] | None = None, cwd: Path | None = None) -> float:
    """Run a command once, as a process of its own."""
    started = perf_counter()
    done = subprocess.run(command, env=env, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return perf_counter() - started


def rscript(name: str) -> tuple[list[str], dict[str, str]]:
    """Return the command of an R script of this folder, and the environment in which the project's R runs."""
    installation = locate.find_r()
    if installation is None:
        raise SystemExit("R is not installed")
    command = [str(Path(installation.home) / "bin/Rscript"), "--vanilla", str(Path(__file__).with_name(name))]
    return command, {**os.environ, **locate.worker_environment(installation)}


def medians(work: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Take turns, so that a drift of the machine's speed meets all; the first round does not count."""
    taken: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds + 1):
        for name, once in work.items():
            taken[name].append(once())
    return {name: statistics.median(values[1:]) for name, values in taken.items()}


def report(rows: Sequence[Row]) -> None:
    """Print the rows (`--json`: one array) and keep them in `results/<benchmark>.csv`."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--json", action="store_true")
    as_json = arguments.parse_args().json
    RESULTS.mkdir(exist_ok=True)
    with (RESULTS / f"{Path(sys.argv[0]).stem}.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["measure", "value", "unit", "budget", "met"])
        writer.writerows([r.measure, f"{r.value:.4g}", r.unit, r.budget, r.met] for r in rows)
    if as_json:
        print(json.dumps([row.to_dict() for row in rows], indent=2))
        return
    for row in rows:
        budget = "" if row.budget is None else f"  budget {row.budget:.4g}  {'met' if row.met else 'MISSED'}"
        print(f"{row.measure:<58} {row.value:10.4g} {row.unit}{budget}")
