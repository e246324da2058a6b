"""Frames of a million rows into R, and doubles back.

A "memcpy" is numpy's copy of the same bytes into memory fresh from the system, taken in turn with the
transfer in the same run; R's vectors are made in fresh memory too, so that both pay for their pages (a
copy into warm memory stands beside it). Two processes need two idle cores: on a busy machine the transfer
waits where a copy does not. rpy2's pandas2ri, which takes half a minute, is run once, in a process of its
own.
"""

import gc
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
from _frames import FRAMES, codes
from _measure import Row, medians, report

from erm_bridge.bridge import locate
from erm_bridge.bridge.client import RWorker

HERE = Path(__file__).parent
ROUNDS = 21
# By this setting of the C library a large vector is never put where another one was.
FRESH_MEMORY = {"MALLOC_MMAP_THRESHOLD_": "131072"}
TIMES_A_MEMCPY = {"doubles": 3.0, "strings": 10.0, "categories": 3.0}
OF_PANDAS2RI = 0.01
# The frame in R once, and one of its ten columns.
IN_R, BESIDE_IT = 1.1, 0.1


def main() -> None:
    frames = {name: make() for name, make in FRAMES.items()}
    worker = RWorker(HERE / "echo")
    try:
        # First, before this process has memory to use again.
        peaks = memory(worker, frames["doubles"])
        taken = {name: into_r(worker, name, frame) for name, frame in frames.items()}
        back = from_r(worker)
    finally:
        worker.close()
    theirs = pandas2ri()
    rows = []
    for name in FRAMES:
        rows += rows_of(name, taken[name], theirs.get(name))
    rows += [
        Row("1e7 doubles back from R", back["transfer"] * 1e3, "ms"),
        Row("1e7 doubles back from R / memcpy", back["transfer"] / back["memcpy"], "ratio", 3.0),
        *peaks,
    ]
    report(rows)


def rows_of(name: str, taken: dict[str, float], theirs: float | None) -> list[Row]:
    what = f"1e6 {name} into R" if name != "doubles" else "1e6 x 10 doubles into R"
    bytes_of = "the same bytes" if name == "doubles" else "the codes"
    ratio = taken["transfer"] / taken["memcpy"]
    rows = [
        Row(what, taken["transfer"] * 1e3, "ms"),
        Row(f"memcpy of {bytes_of}, fresh memory", taken["memcpy"] * 1e3, "ms"),
        Row(f"memcpy of {bytes_of}, warm memory", taken["warm"] * 1e3, "ms"),
        Row(f"{what} / memcpy", ratio, "ratio", TIMES_A_MEMCPY[name]),
    ]
    if theirs is None:
        return rows
    budget = OF_PANDAS2RI if name == "doubles" else None
    return [
        *rows,
        Row("the same by pandas2ri", theirs, "s"),
        Row(f"{what} / pandas2ri", taken["transfer"] / theirs, "ratio", budget),
    ]


def into_r(worker: RWorker, name: str, frame: pd.DataFrame) -> dict[str, float]:
    """Take turns; the codes of text and categories are those that R holds, of 32 bits."""
    columns = [frame[x].to_numpy() for x in frame] if name == "doubles" else [codes().astype("int32")]
    warm = [np.empty_like(column) for column in columns]

    def transfer() -> float:
        worker.call("forget")
        return timed(lambda: worker.call("keep", {"x": frame}))

    return medians(
        {
            "transfer": transfer,
            "memcpy": lambda: timed(lambda: [column.copy() for column in columns]),
            "warm": lambda: timed(lambda: [np.copyto(*pair) for pair in zip(warm, columns, strict=True)]),
        },
        ROUNDS,
    )


def from_r(worker: RWorker) -> dict[str, float]:
    worker.call("make", {"n": 1e7})
    values = worker.call("give")
    return medians(
        {
            "transfer": lambda: timed(lambda: worker.call("give")),
            "memcpy": lambda: timed(lambda: values.copy()),
        },
        ROUNDS,
    )


def timed(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


def memory(worker: RWorker, frame: pd.DataFrame) -> list[Row]:
    """Measure the highest memory of both processes during one transfer each way, of a fresh R."""
    worker.call("keep", {"x": frame.iloc[:1000]})
    used = int(frame.memory_usage(index=False).sum())
    into = growth(worker, lambda: worker.call("keep", {"x": frame}))
    worker.call("forget")
    worker.call("make", {"n": used / 8})
    back = growth(worker, lambda: worker.call("give"))
    return [
        Row("memory of R at its highest, into R / the frame", into[0] / used, "ratio", IN_R),
        Row("memory of Python at its highest, into R / the frame", into[1] / used, "ratio", BESIDE_IT),
        Row("memory of R at its highest, back / the doubles", back[0] / used, "ratio", BESIDE_IT),
        Row("memory of Python at its highest, back / the doubles", back[1] / used, "ratio", IN_R),
    ]


def growth(worker: RWorker, work: Callable[[], object]) -> list[int]:
    """Return by how many bytes R and Python grew at their highest."""
    gc.collect()
    processes = (str(worker.pid), "self")
    before = [status(process, "VmRSS") for process in processes]
    for process in processes:
        Path(f"/proc/{process}/clear_refs").write_text("5")
    held = work()
    after = [status(process, "VmHWM") for process in processes]
    del held
    return [high - low for high, low in zip(after, before, strict=True)]


def status(process: str, key: str) -> int:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{key}:"))


def pandas2ri() -> dict[str, float]:
    r = locate.find_r()
    assert r is not None
    command = [sys.executable, str(HERE / "_pandas2ri.py")]
    done = subprocess.run(
        command, env=locate.worker_environment(r), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        reason = done.stderr.strip().splitlines()[-1:]
        print(f"pandas2ri was not measured: {' '.join(reason)}", file=sys.stderr)
        return {}
    return dict(json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    if not FRESH_MEMORY.items() <= os.environ.items():
        # The C library reads its settings when a process starts.
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **FRESH_MEMORY})
    main()
