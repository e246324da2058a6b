"""R in its worker: until it is ready, what a small call costs, restart after a crash, gain of the pool.

Ready means: the process is started, and R has loaded psych and MatchIt. Held against an Rscript that
loads the same, in turn. Hidden behind the reading of data: seconds that the first call of a run of
`studies/bfi` still waits, when R is started first. Budgets: 3 times the Rscript; 1 ms a call.
"""

import os
import signal
import statistics
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from time import perf_counter

from _measure import Row, medians, report, seconds

from erm_bridge.bridge import locate
from erm_bridge.bridge.client import RWorker
from erm_bridge.bridge.pool import process_pool
from erm_bridge.errors import EngineError

ROOT = Path(__file__).parents[1]
ROUNDS, CALLS = 7, 1000
TIMES_RSCRIPT, MILLISECONDS = 3.0, 1.0
PLAIN = 'loadNamespace("psych"); loadNamespace("MatchIt")'
# As `eb.run` does: R first, then libraries and data; what R has not done by then is waited for.
HIDDEN = """
import sys
from time import perf_counter
from erm_bridge.bridge.client import RWorker
started = perf_counter()
worker = RWorker()
worker.start()
from pathlib import Path
from erm_bridge.study.cohort import make_cohort
from erm_bridge.study.reader import read_study
make_cohort(read_study(Path(sys.argv[1])), None, None)
waiting = perf_counter()
worker.call("warm_up")
print(waiting - started, perf_counter() - waiting)
worker.close()
"""


def main() -> None:
    environment = {**os.environ, "R_LIBS": locate.r_libs()}
    ready = medians(
        {"worker": time_to_ready, "rscript": lambda: seconds(["Rscript", "-e", PLAIN], environment)}, ROUNDS
    )
    reading, waiting = hidden()
    calls = sorted(small_calls())
    runs = medians({"fresh": lambda: timed_run(fresh=True), "pool": lambda: timed_run(fresh=False)}, ROUNDS)
    report(
        [
            Row("worker ready with psych and MatchIt", ready["worker"], "s"),
            Row("Rscript that loads them", ready["rscript"], "s"),
            Row("worker ready / Rscript", ready["worker"] / ready["rscript"], "ratio", TIMES_RSCRIPT),
            Row("libraries and data of bfi, while R starts", reading, "s"),
            Row("wait for R after that", waiting, "s"),
            Row(f"small call, median of {CALLS}", 1e3 * statistics.median(calls), "ms", MILLISECONDS),
            Row(f"small call, 99th percentile of {CALLS}", 1e3 * calls[CALLS * 99 // 100], "ms"),
            Row("first answer after a crash", statistics.median(after_a_crash() for _ in range(ROUNDS)), "s"),
            Row("eb.run of lalonde, R started for it", runs["fresh"], "s"),
            Row("eb.run of lalonde, R from the pool", runs["pool"], "s"),
        ]
    )


def time_to_ready() -> float:
    worker = RWorker()
    started = perf_counter()
    worker.call("warm_up")
    taken = perf_counter() - started
    worker.close()
    return taken


def hidden() -> tuple[float, float]:
    """Return the seconds of libraries and data, and of the wait for R after them."""
    pairs = []
    for _ in range(ROUNDS):
        command = [sys.executable, "-c", HIDDEN, str(ROOT / "studies/bfi")]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        pairs.append([float(number) for number in done.stdout.split()])
    reading, waiting = (statistics.median(column) for column in zip(*pairs, strict=True))
    return reading, waiting


def small_calls() -> list[float]:
    """Time calls that do nothing in R."""
    worker = RWorker()
    worker.call("warm_up")
    taken = []
    for _ in range(CALLS):
        started = perf_counter()
        worker.call("warm_up")
        taken.append(perf_counter() - started)
    worker.close()
    return taken


def after_a_crash() -> float:
    worker = RWorker()
    worker.call("warm_up")
    assert worker.pid is not None
    started = perf_counter()
    os.kill(worker.pid, signal.SIGKILL)
    with suppress(EngineError):
        worker.call("warm_up")
    worker.call("warm_up")
    taken = perf_counter() - started
    worker.close()
    return taken


def timed_run(*, fresh: bool) -> float:
    import erm_bridge as eb

    if fresh:
        process_pool().close()
    started = perf_counter()
    eb.run(ROOT / "studies/lalonde")
    return perf_counter() - started


if __name__ == "__main__":
    main()
