"""The pool with workers that start nothing; with R itself in `test_pool_of_r`."""

import threading
import time
from pathlib import Path

import pytest

from erm_bridge.bridge import limits, locate
from erm_bridge.bridge.pool import WorkerPool
from erm_bridge.errors import EngineError


class Pretended:
    """What the pool asks of a worker."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.holds: object | None = None
        self.running, self.closed, self.outdated, self.logs = True, False, False, 0
        self.called: list[str] = []

    def alive(self) -> bool:
        return self.running

    def current(self) -> bool:
        return not self.outdated

    def call(self, name: str) -> None:
        self.called.append(name)

    def clear_log(self) -> None:
        self.logs += 1

    def close(self) -> None:
        self.running, self.closed = False, True


@pytest.fixture
def pool() -> WorkerPool:
    return WorkerPool(2, Pretended)  # type: ignore[arg-type]


def test_the_worker_used_last_is_lent_first(pool: WorkerPool) -> None:
    with pool.lend() as first, pool.lend() as second:
        assert first is not second
    with pool.lend() as again:
        assert again is first
        with pool.lend() as other:
            assert other is second


def test_what_a_worker_held_for_one_is_not_held_for_the_next(pool: WorkerPool) -> None:
    with pool.lend() as worker:
        worker.holds = "a study"
    with pool.lend() as again:
        assert again is worker
        assert again.holds is None
        assert again.called == ["unload"]  # type: ignore[attr-defined]
        assert again.logs == 2  # type: ignore[attr-defined]


def test_a_worker_that_ended_is_dropped(pool: WorkerPool) -> None:
    with pool.lend() as idle:
        pass
    idle.running = False  # type: ignore[attr-defined]
    with pool.lend() as worker:
        assert worker is not idle
        worker.running = False  # type: ignore[attr-defined]
    with pool.lend() as fresh:
        assert fresh is not worker


def test_a_worker_with_packages_since_replaced_is_not_lent(pool: WorkerPool) -> None:
    with pool.lend() as idle:
        idle.outdated = True  # type: ignore[attr-defined]
    with pool.lend() as fresh:
        assert fresh is not idle
        assert idle.closed  # type: ignore[attr-defined]


def test_a_worker_that_still_computes_is_ended(pool: WorkerPool) -> None:
    worker = pool.take()
    held, done = threading.Event(), threading.Event()

    def compute() -> None:
        with worker.lock:
            held.set()
            done.wait(10)

    thread = threading.Thread(target=compute)
    thread.start()
    held.wait(10)
    pool.give_back(worker)
    done.set()
    thread.join()
    assert worker.closed  # type: ignore[attr-defined]


def test_a_worker_given_back_twice_is_lent_once(pool: WorkerPool) -> None:
    worker = pool.take()
    pool.give_back(worker)
    worker.holds = "a study of another"
    pool.give_back(worker)
    assert worker.holds == "a study of another"
    assert pool.take() is not pool.take()


def test_no_more_than_the_size_are_lent(pool: WorkerPool) -> None:
    taken = [pool.take(), pool.take()]
    assert pool.take_at_once() is None
    threading.Timer(0.2, pool.give_back, taken[:1]).start()
    assert pool.take() is taken[0]


def test_waiting_ends_at_the_time_limit(pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(limits.TIMEOUT_VARIABLE, "0.2")
    pool.take(), pool.take()
    with pytest.raises(EngineError, match=r"all 2 R processes were in use for 0\.2 seconds.*_TIMEOUT"):
        pool.take()


def test_waiting_can_be_given_up(pool: WorkerPool) -> None:
    pool.take(), pool.take()
    end = time.monotonic() + 0.2
    with pytest.raises(EngineError, match="not waited for any longer"):
        pool.take(given_up=lambda: time.monotonic() > end)


@pytest.mark.parametrize(
    "name",
    [
        *("PATH", "R_HOME", "R_LIBS", "R_LIBS_USER", "R_LIBS_SITE"),
        *(locate.LIBRARY_VARIABLE, limits.MEMORY_VARIABLE),
    ],
)
def test_other_settings_are_another_worker(
    pool: WorkerPool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    with pool.lend() as idle:
        pass
    with pool.lend() as lent:
        assert lent is idle
        monkeypatch.setenv(name, str(tmp_path))
    assert lent.closed  # type: ignore[attr-defined]
    with pool.lend() as fresh:
        assert fresh is not idle


def test_closing_ends_all_and_later_ones_are_fresh(pool: WorkerPool) -> None:
    lent = pool.take()
    with pool.lend() as idle:
        pass
    pool.close()
    assert idle.closed  # type: ignore[attr-defined]
    assert lent.closed  # type: ignore[attr-defined]
    pool.give_back(lent)
    assert pool.take() not in (idle, lent)


def test_many_threads_never_share_a_worker(pool: WorkerPool) -> None:
    using: set[object] = set()
    clashes: list[object] = []

    def use() -> None:
        for _ in range(50):
            with pool.lend() as worker:
                if worker in using:
                    clashes.append(worker)
                using.add(worker)
                time.sleep(0.0005)
                using.discard(worker)

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert clashes == []
