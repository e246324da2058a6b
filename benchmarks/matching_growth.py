"""How the time of matching grows with the number of units, from 1,000 to 10,000,000, given scores.

Each size in a process of its own: the whole call `eb.match`, with replacement (ratio 4, caliper .02) and
without (ratio 1), and the highest memory of the process. The slope is that of log time on log n from 100,000
on. Draws `docs/matching-growth.svg`.
"""

import json
import resource
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
from _matching_data import COVARIATES, units
from _measure import Row, report

SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
SLOPE_FROM = 100_000
GIGABYTES = 8.0
PLOT = Path(__file__).parents[1] / "docs" / "matching-growth.svg"


def measure(size: int) -> None:
    """Be the process of one size."""
    import erm_bridge as eb

    frame = units(size)
    usual = {"treatment": "t", "covariates": COVARIATES, "distance": frame["score"].to_numpy()}
    calls = {
        "with replacement": {"ratio": 4, "replace": True, "caliper": 0.02},
        "without replacement": {},
    }
    eb.match(units(20_000), **{**usual, "distance": units(20_000)["score"].to_numpy()})
    taken = {}
    for name, options in calls.items():
        seconds = []
        for _ in range(1 if size > 1_000_000 else 5):
            started = perf_counter()
            eb.match(frame, **usual, **options)
            seconds.append(perf_counter() - started)
        taken[name] = median(seconds)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    print(json.dumps({"seconds": taken, "memory": memory}))


def draw(taken: dict[str, list[float]]) -> None:
    """Draw time against n, both logarithmic."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot as plt

    plt.rcParams["svg.hashsalt"] = "erm-bridge"
    figure, axes = plt.subplots(figsize=(5, 3.5), layout="constrained")
    for (name, seconds), marker in zip(taken.items(), "os", strict=True):
        axes.loglog(SIZES, seconds, marker=marker, label=name)
    axes.set(xlabel="units", ylabel="seconds of the whole call")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    figure.savefig(PLOT, metadata={"Date": None})


def main() -> None:
    if len(sys.argv) > 2 and sys.argv[1] == "measure":
        measure(int(sys.argv[2]))
        return
    rows, taken = [], {"with replacement": [], "without replacement": []}
    for size in SIZES:
        command = [sys.executable, __file__, "measure", str(size)]
        found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        for name, seconds in found["seconds"].items():
            taken[name].append(seconds)
            rows.append(Row(f"{name}, {size:,}", seconds, "s"))
        budget = GIGABYTES if size == max(SIZES) else None
        rows.append(Row(f"highest memory, {size:,}", found["memory"], "GB", budget))
    large = np.array(SIZES) >= SLOPE_FROM
    for name, seconds in taken.items():
        slope = np.polyfit(np.log(np.array(SIZES)[large]), np.log(np.array(seconds)[large]), 1)[0]
        rows.append(Row(f"{name}, slope from {SLOPE_FROM:,}", float(slope), ""))
    draw(taken)
    report(rows)


if __name__ == "__main__":
    main()
