"""Every end of R is an exception that tells the cause, and the next call gets an R that is sound."""

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from erm_bridge.bridge.client import RWorker
from erm_bridge.bridge.output import KEPT
from erm_bridge.errors import EngineError

pytestmark = pytest.mark.r


def fresh(worker: RWorker, before: int) -> bool:
    """Tell whether the next call is answered, by another R."""
    return bool(worker.call("own_pid")[0] != before)


def pid_of(worker: RWorker) -> int:
    """Number of R's process, as R says."""
    return int(worker.call("own_pid")[0])


@pytest.mark.parametrize("name", ["SIGABRT", "SIGSEGV", "SIGBUS", "SIGTERM", "SIGKILL", "SIGFPE"])
def test_a_signal_that_ends_r_is_named(worker: RWorker, name: str) -> None:
    before = pid_of(worker)
    with pytest.raises(EngineError, match=f"during the call signal: signal {name}") as caught:
        worker.call("signal", {"number": int(signal.Signals[name])})
    assert ("may have run out of memory" in str(caught.value)) == (name == "SIGKILL")
    assert fresh(worker, before)


def test_the_number_of_the_process_is_that_of_r(worker: RWorker) -> None:
    assert pid_of(worker) == worker.pid


def test_r_that_ended_between_calls_is_told_at_the_next(worker: RWorker) -> None:
    before = pid_of(worker)
    os.kill(before, signal.SIGTERM)
    with pytest.raises(EngineError, match="signal SIGTERM"):
        worker.call("own_pid")
    assert fresh(worker, before)


@pytest.mark.parametrize("call", ["loop", "sleep"])
def test_a_hang_ends_at_the_workers_own_limit(limited: Callable[..., RWorker], call: str) -> None:
    worker = limited(timeout=5)
    before = pid_of(worker)
    worker._timeout = 0.3
    with pytest.raises(EngineError, match=rf"{call} within 0\.3 seconds"):
        worker.call(call, {"seconds": 60} if call == "sleep" else {})
    worker._timeout = 30
    assert fresh(worker, before)


def test_r_that_is_stopped_ends_at_the_time_limit(limited: Callable[..., RWorker]) -> None:
    worker = limited()
    before = pid_of(worker)
    os.kill(before, signal.SIGSTOP)
    worker._timeout = 0.3
    with pytest.raises(EngineError, match=r"own_pid within 0\.3 seconds"):
        worker.call("own_pid")
    worker._timeout = 30
    assert fresh(worker, before)


@pytest.mark.parametrize(
    ("call", "arguments"), [("allocate", {"length": 1e9}), ("grow", {})], ids=["at once", "bit by bit"]
)
def test_out_of_memory_is_rs_own_error_with_a_cure(
    limited: Callable[..., RWorker], call: str, arguments: dict[str, object]
) -> None:
    worker = limited(memory="400MB")
    before = pid_of(worker)
    with pytest.raises(
        EngineError,
        match=rf"out of memory during the call {call}: cannot allocate vector of size .* \(in .*"
        r"R may hold 400MB: raise ERM_BRIDGE_R_MEMORY, or use fewer rows",
    ):
        worker.call(call, arguments)
    assert worker.pid is None
    assert "cannot allocate vector" in worker.log()
    assert fresh(worker, before)


def test_out_of_memory_without_a_limit_of_ours(worker: RWorker) -> None:
    with pytest.raises(EngineError, match=r"out of memory .*cannot allocate vector.*give R's machine more"):
        worker.call("allocate", {"length": 1e15})
    assert worker.call("echo", {"x": "fresh"}) == ["fresh"]


def test_the_limit_of_memory_may_come_from_the_environment(
    limited: Callable[..., RWorker], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERM_BRIDGE_R_MEMORY", "0.5GB")
    with pytest.raises(EngineError, match="R may hold 512MB"):
        limited().call("allocate", {"length": 1e8})
    assert limited(memory="2GB").call("allocate", {"length": 1e8})[0] == 1e8


def test_endless_recursion_is_an_error_of_r_which_goes_on(worker: RWorker) -> None:
    before = pid_of(worker)
    with pytest.raises(EngineError, match=r"nested too deeply|C stack usage"):
        worker.call("recurse")
    assert not fresh(worker, before)


@pytest.mark.parametrize("call", ["fail", "date"])
def test_r_stays_after_an_ordinary_error(worker: RWorker, call: str) -> None:
    before = pid_of(worker)
    with pytest.raises(EngineError):
        worker.call(call, {"kind": "simpleError", "message": "m"} if call == "fail" else {})
    assert not fresh(worker, before)


def test_r_that_closes_its_connection_is_an_end(worker: RWorker) -> None:
    before = pid_of(worker)
    with pytest.raises(EngineError, match=r"(?s)close_descriptors: exit code 1.*Bad file descriptor"):
        worker.call("close_descriptors")
    assert fresh(worker, before)


@pytest.mark.parametrize("call", ["close_connections", "close_output"])
def test_r_that_closes_what_it_prints_to_can_still_answer(worker: RWorker, call: str) -> None:
    before = pid_of(worker)
    worker.call(call)
    assert not fresh(worker, before)
    worker.close()


def test_a_fork_of_r_does_not_answer(worker: RWorker) -> None:
    before = pid_of(worker)
    for _ in range(5):
        assert worker.call("fork_and_forget") == ["parent"]
        assert worker.call("echo", {"x": "mine"}) == ["mine"]
    assert not fresh(worker, before)


def test_what_r_prints_is_kept_up_to_a_bound(worker: RWorker) -> None:
    worker.close()
    worker.call("print_much", {"megabytes": 300})
    log = worker.log()
    assert log.endswith("the end\n")
    assert log.startswith("[earlier output left out]\nxxx")
    assert KEPT <= len(log) <= KEPT + 100


def test_the_log_holds_what_r_said_and_how_it_failed(worker: RWorker) -> None:
    worker.close()
    worker.call("say", {"text": "a word"})
    with pytest.raises(EngineError):
        worker.call("fail", {"kind": "simpleError", "message": "the matrix is singular"})
    log = worker.log()
    assert log.count("a word") == 2
    assert "Error in the call fail: R: the matrix is singular (in f(x))" in log
    assert "R's calls:\nouter()\ninner()" in log
    worker.close()
    assert worker.log() == log
    worker.call("own_pid")
    assert "a word" not in worker.log()


def test_nothing_temporary_is_left(worker: RWorker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worker.close()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    file = Path(worker.call("temporary")[0])
    assert file.is_relative_to(tmp_path)
    assert file.is_file()
    with pytest.raises(EngineError):
        worker.call("signal", {"number": int(signal.SIGKILL)})
    assert list(tmp_path.iterdir()) == []
    worker.call("temporary")
    worker.close()
    assert list(tmp_path.iterdir()) == []


def test_calls_of_several_threads_wait_for_each_other(worker: RWorker) -> None:
    wrong: list[object] = []

    def call(number: int) -> None:
        for i in range(20):
            found = worker.call("echo", {"x": f"{number} {i}"})
            if found != [f"{number} {i}"]:
                wrong.append(found)

    threads = [threading.Thread(target=call, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []
