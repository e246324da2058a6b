"""Nothing that R is or has started outlives Python, R or the engine, however each of them ends."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from erm_bridge.bridge.client import RWorker
from erm_bridge.errors import EngineError

pytestmark = pytest.mark.r

SECONDS = 2.0
CHILDREN = ["shell", "own_session", "orphan", "fork"]

PARENT = """
import sys, threading
from pathlib import Path
from erm_bridge.bridge.client import RWorker

worker = RWorker(Path(sys.argv[1]))
if sys.argv[2] != "starting":
    worker.call("start_children", {"kinds": sys.argv[3:]})
if sys.argv[2] == "forked":
    # The copy keeps its end of the connection open.
    import os, time
    if os.fork() == 0:
        os.setsid()
        time.sleep(10)
        os._exit(0)
worker.start()
print("ready", flush=True)
if sys.argv[2] in ("loop", "sort", "solve"):
    worker.call(sys.argv[2])
elif sys.argv[2] == "sleep":
    worker.call("sleep", {"seconds": 1000})
elif sys.argv[2] == "thread":
    threading.Thread(target=worker.call, args=("loop",), daemon=True).start()
sys.stdin.read()
"""


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A folder of R code of its own, by which the processes of this test are known."""
    return Path(shutil.copytree(Path(__file__).parent / "stand_in", tmp_path / "code"))


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[int]]:
    """List the processes that this test has started; all inherit a variable from R or from here."""
    monkeypatch.setenv("ERM_BRIDGE_TEST", str(tmp_path))
    mark = f"ERM_BRIDGE_TEST={tmp_path}\0".encode()

    def look() -> list[int]:
        return [
            pid for pid in map(int, filter(str.isdecimal, os.listdir("/proc"))) if mark in environment(pid)
        ]

    return look


def environment(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""


def all_gone(look: Callable[[], list[int]]) -> bool:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if not look():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def parent(code: Path, mine: Callable[[], list[int]]) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a Python that uses R; returns once R is as the test wants it."""
    started: list[subprocess.Popen[str]] = []

    def start(state: str, *children: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", PARENT, str(code), state, *children]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        if state in ("loop", "sort", "solve", "sleep", "thread"):
            time.sleep(0.5)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("state", ["idle", "sleep", "loop", "sort", "solve", "thread"])
def test_python_is_killed_whatever_r_does(parent, mine, state: str) -> None:  # type: ignore[no-untyped-def]
    process = parent(state)
    assert len(mine()) == 3  # Python, the guard and R
    process.kill()
    assert process.wait(5) == -signal.SIGKILL
    assert all_gone(mine)


@pytest.mark.parametrize("delay", [0.0, 0.02, 0.05, 0.1, 0.2, 0.4])
def test_python_is_killed_while_r_starts(parent, mine, delay: float) -> None:  # type: ignore[no-untyped-def]
    process = parent("starting")
    time.sleep(delay)
    process.kill()
    process.wait(5)
    assert all_gone(mine)


@pytest.mark.parametrize("state", ["idle", "loop"])
def test_children_of_r_end_when_python_is_killed(parent, mine, state: str) -> None:  # type: ignore[no-untyped-def]
    process = parent(state, *CHILDREN)
    assert len(mine()) >= 3 + len(CHILDREN)
    process.kill()
    process.wait(5)
    assert all_gone(mine)


def test_a_copy_of_python_does_not_keep_r(parent, mine) -> None:  # type: ignore[no-untyped-def]
    process = parent("forked")
    process.kill()
    process.wait(5)
    time.sleep(SECONDS)
    assert len(mine()) == 1  # the copy itself
    os.kill(mine()[0], signal.SIGKILL)


def test_children_of_r_end_with_the_worker(code: Path, mine: Callable[[], list[int]]) -> None:
    worker = RWorker(code)
    worker.call("start_children", {"kinds": CHILDREN})
    assert len(mine()) >= 2 + len(CHILDREN)
    worker.close()
    assert mine() == []


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL])
def test_children_of_r_end_when_r_crashes(
    code: Path, mine: Callable[[], list[int]], number: signal.Signals
) -> None:
    worker = RWorker(code)
    worker.call("start_children", {"kinds": CHILDREN})
    with pytest.raises(EngineError, match=number.name):
        worker.call("signal", {"number": int(number)})
    assert mine() == []


def test_r_ends_with_its_guard(code: Path, mine: Callable[[], list[int]]) -> None:
    worker = RWorker(code)
    worker.start()
    guard = worker.pid
    worker.call("start_children", {"kinds": ["shell", "fork"]})
    assert guard is not None
    assert worker.pid != guard
    os.kill(guard, signal.SIGKILL)
    end = time.monotonic() + SECONDS
    while worker.alive() and time.monotonic() < end:
        time.sleep(0.01)
    with pytest.raises(EngineError, match="SIGKILL"):
        worker.call("own_pid")
    assert all_gone(mine)
