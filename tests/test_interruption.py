"""An interrupted run is soon gone, says so in one line and leaves nothing half-made.

How soon (within a second) is measured by `benchmarks/faults.py`.
"""

import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from processes import is_running

import erm_bridge as eb
from erm_bridge.interruption import SIGNALS

STUDY = Path(__file__).parents[1] / "studies" / "lalonde"
RUN = [sys.executable, "-m", "erm_bridge", "run"]
SOON = 10.0  # seconds; machines that test are busy


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def descendants(pid: int) -> set[int]:
    """The processes that a process has started, and theirs."""
    found = {
        int(n) for task in Path(f"/proc/{pid}/task").glob("*/children") for n in task.read_text().split()
    }
    return found.union(*map(descendants, found))


@contextmanager
def run_until(moment: str, *arguments: str, cwd: Path) -> Iterator[tuple[subprocess.Popen[bytes], list[str]]]:
    """Run a command on a terminal of its own until it says what it does; gives it and what it says."""
    terminal, end = pty.openpty()
    said = [""]
    with subprocess.Popen(
        [*RUN, *arguments], stdout=subprocess.DEVNULL, stderr=end, cwd=cwd, process_group=0
    ) as process:
        os.close(end)
        try:
            while moment not in said[0]:
                said[0] += os.read(terminal, 1024).decode()
            yield process, said
            # A terminal at whose other end nobody is any more gives an error.
            with suppress(OSError):
                while True:
                    said[0] += os.read(terminal, 1024).decode()
        finally:
            process.kill()
            os.close(terminal)


@pytest.fixture(autouse=True)
def nothing_is_ignored() -> Iterator[None]:
    """Let processes that are started heed all signals, also where tests run as a background job."""
    former = {number: signal.getsignal(number) for number in SIGNALS}
    for number in (number for number, handler in former.items() if handler == signal.SIG_IGN):
        signal.signal(number, signal.SIG_DFL)
    yield
    for number, handler in former.items():
        signal.signal(number, handler)


@pytest.mark.r
@pytest.mark.parametrize(
    ("moment", "number", "whom"),
    [
        ("reading data", signal.SIGINT, "the process"),
        ("python: matching", signal.SIGTERM, "the process"),
        ("r: matching", signal.SIGINT, "the group"),
        ("on python's artefacts", signal.SIGHUP, "the group"),
        ("writing", signal.SIGINT, "the group"),
    ],
)
def test_an_interrupted_run_leaves_what_was_there(
    tmp_path: Path, moment: str, number: signal.Signals, whom: str, finished: Path
) -> None:
    out = shutil.copytree(finished, tmp_path / "out")
    before = contents(out)
    with run_until(moment, str(STUDY), "--out", "out", "--overwrite", cwd=tmp_path) as (process, said):
        # Or the run could be over before its processes are counted.
        process.send_signal(signal.SIGSTOP)
        theirs = descendants(process.pid)
        began = time.monotonic()
        (os.killpg if whom == "the group" else os.kill)(process.pid, number)
        process.send_signal(signal.SIGCONT)
        process.wait(SOON)
        while any(map(is_running, theirs)):
            assert time.monotonic() - began < SOON
            time.sleep(0.01)
    assert process.returncode == 128 + number
    by = "" if number == signal.SIGINT else f" by {number.name}"
    assert said[0].splitlines()[-1] == f"interrupted{by}"
    assert "Traceback" not in said[0]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert contents(out) == before


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("finished") / "out"
    eb.run(STUDY, engines=["python"], out=path)
    return path


HELD_BACK = """
import hashlib, sys
from pathlib import Path
from erm_bridge import __main__, api

def busy(*given, **named):
    print("busy", file=sys.stderr, flush=True)
    # One call of a library of C.
    hashlib.pbkdf2_hmac("sha256", b"", b"", 100_000_000)

def tidying(*given, **named):
    try:
        busy()
    finally:
        busy()

api.run_study = {what}
sys.argv = ["erm-bridge", "run", "nothing"]
{before}
__main__.main()
"""


def run_program(what: str, before: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HELD_BACK.format(what=what, before=before)], stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("what", ["busy", "tidying"])
def test_a_library_that_looks_at_no_signals_does_not_hold_it_back(what: str, times: int) -> None:
    with run_program(what) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "busy\n"
        began = time.monotonic()
        for _ in range(times):
            process.send_signal(signal.SIGINT)
        assert process.stderr.read() == "interrupted\n"
        assert process.wait() == 130
        assert time.monotonic() - began < SOON


def test_what_is_ignored_from_the_start_stays_so() -> None:
    ignore = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)"
    with run_program("busy", ignore) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "busy\n"
        process.send_signal(signal.SIGHUP)
        time.sleep(0.1)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.stderr.read() == "interrupted by SIGTERM\n"
    assert process.returncode == 143


UNDOING = """
import os, signal, sys, time
from erm_bridge import interruption

def say(text):
    print(text, flush=True)

def fail():
    raise OSError("gone")

interruption.watch()
with interruption.undone_by(lambda: say("over")):
    pass
with interruption.undone_by(lambda: say("outer")):
    with interruption.undone_by({action}), interruption.undone_by(lambda: say("inner")):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(20)
"""


@pytest.mark.parametrize(
    ("action", "said"), [("fail", "inner\nouter\n"), ("lambda: time.sleep(20)", "inner\n")]
)
def test_the_innermost_is_undone_first_and_nothing_holds_up_the_end(action: str, said: str) -> None:
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", UNDOING.format(action=action)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, said, "interrupted\n")
    assert time.monotonic() - began < SOON


def test_a_reader_of_errors_that_does_not_read_does_not_hold_it_up() -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writing, b"x" * 4096)
    os.set_blocking(writing, True)
    code = "import os, signal, time; from erm_bridge import interruption; interruption.watch(); "
    code += "os.kill(os.getpid(), signal.SIGINT); time.sleep(20)"
    with subprocess.Popen([sys.executable, "-c", code], stderr=writing) as process:
        assert process.wait(SOON) == 130
    os.close(reading)
    os.close(writing)


INTERRUPTED_CALL = """
import os, signal, sys, time
from pathlib import Path
from erm_bridge import api

def run(progress=lambda message: None):
    return api.run_study(
        Path(sys.argv[1]), data=None, engines=(), out=lambda name: Path("out"), overwrite=False, seed=None,
        settings={}, allow_known_defects=False, progress=progress,
    )

def progress(message):
    if message == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGINT)

def children():
    return [int(n) for path in Path("/proc/self/task").glob("*/children") for n in path.read_text().split()]

try:
    run(progress)
except KeyboardInterrupt:
    assert os.listdir() == []
    assert run()[0].exit_code == 0
    print(*children())
"""


@pytest.mark.r
@pytest.mark.parametrize("moment", ["r: matching", "writing"])
def test_a_program_that_calls_it_gets_its_interruption(tmp_path: Path, moment: str) -> None:
    command = [sys.executable, "-c", INTERRUPTED_CALL, str(STUDY), moment]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    # The R of the interrupted run was given back or ended: there is one, until Python ends.
    (r,) = map(int, done.stdout.split())
    began = time.monotonic()
    while is_running(r):
        assert time.monotonic() - began < SOON
        time.sleep(0.01)
