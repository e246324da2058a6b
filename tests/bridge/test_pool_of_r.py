"""The pool with R: forks, threads, and what one user leaves to the next."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest

import erm_bridge as eb
from erm_bridge.bridge import pool as pools
from erm_bridge.bridge.client import RWorker
from erm_bridge.bridge.pool import WorkerPool, process_pool
from erm_bridge.pipeline import Run

pytestmark = pytest.mark.r

STAND_IN = Path(__file__).parent / "stand_in"

FORK = """
import os, sys
from pathlib import Path
from erm_bridge.bridge import pool as pools
from erm_bridge.bridge.client import RWorker
from erm_bridge.bridge.pool import process_pool

code = Path(sys.argv[1])
pools._pool = pools.WorkerPool(2, lambda: RWorker(code))
held = RWorker(code)
held.call("own_pid")
with process_pool().lend() as worker:
    first = worker.call("own_pid")[0]
child = os.fork()
if child == 0:
    own = held.call("own_pid")[0]
    # The pool of a fork is new, with erm-bridge's own code.
    with process_pool().lend() as worker:
        worker.call("versions")
        other = worker.pid
    held.close()
    process_pool().close()
    print("child", int(first), int(own), int(other), flush=True)
    os._exit(0)
os.waitpid(child, 0)
with process_pool().lend() as worker:
    print("parent", int(first), int(worker.call("own_pid")[0]), int(held.call("own_pid")[0]), flush=True)
"""


def test_a_fork_uses_r_of_its_own_and_leaves_the_parents() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORK, str(STAND_IN)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    (_, first, own, other), (_, before, after, held) = (line.split() for line in done.stdout.splitlines())
    assert first == before == after
    assert len({first, own, other, held}) == 4


def test_a_worker_that_died_idle_is_not_lent() -> None:
    pool = WorkerPool(1, lambda: RWorker(STAND_IN))
    with pool.lend() as worker:
        pid = int(worker.call("own_pid")[0])
    os.kill(pid, 9)
    while worker.alive():
        pass
    with pool.lend() as fresh:
        assert fresh.call("own_pid")[0] != pid
    pool.close()


def test_r_does_not_outlast_the_installation_of_a_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("R_LIBS", os.pathsep.join([str(tmp_path), os.environ.get("R_LIBS", "")]))
    pool = WorkerPool(1, lambda: RWorker(STAND_IN))
    with pool.lend() as worker:
        pid = int(worker.call("own_pid")[0])
    with pool.lend() as worker:
        assert worker.call("own_pid")[0] == pid
    (tmp_path / "MatchIt").mkdir()
    with pool.lend() as worker:
        assert worker.call("own_pid")[0] != pid
    pool.close()


def test_runs_take_the_same_r_one_after_the_other() -> None:
    eb.run("studies/lalonde", engines="r")
    with process_pool().lend() as worker:
        pid = worker.pid
    eb.run("studies/bfi", engines="r")
    with process_pool().lend() as worker:
        assert worker.pid == pid


def test_runs_of_several_threads_give_the_numbers_of_single_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = WorkerPool(2)
    monkeypatch.setattr(pools, "_pool", pool)
    # Each with its own number of neighbours, so that a mix-up would show.
    settings = [{"matching.ratio": 1 + i % 4, "matching.replace": i % 2 == 0} for i in range(4)]

    def run(i: int) -> Run:
        return eb.run("studies/lalonde", settings=settings[i])

    alone = [run(i) for i in range(4)]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(run, [i for _ in range(3) for i in range(4)]))
    for i, found in enumerate(together):
        assert set(found.status.values()) == {"ok"}
        pd.testing.assert_frame_equal(found.estimates, alone[i % 4].estimates, check_exact=True)
    assert len({run.estimates["value"].sum() for run in alone}) == 4
    pool.close()
