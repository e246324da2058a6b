"""R processes that stay warm between runs, lent to one user at a time."""

import atexit
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from erm_bridge.bridge import limits, locate
from erm_bridge.bridge.client import RWorker
from erm_bridge.errors import EngineError, ErmBridgeError

# A change of these needs another R: where it is, where its packages are, what it may hold.
_VARIABLES = (
    *("PATH", "R_HOME", "R_LIBS", "R_LIBS_USER", "R_LIBS_SITE"),
    *(locate.LIBRARY_VARIABLE, limits.MEMORY_VARIABLE),
)
_SECONDS_BETWEEN_LOOKS = 0.1


class WorkerPool:
    """Lends R workers to threads; starts none before it is needed, and no more than `size`.

    Parameters
    ----------
    size : int, optional
        Most workers at a time; by default the number of processors that this process may use.
    make : callable
        Makes a worker.
    """

    def __init__(self, size: int | None = None, make: Callable[[], RWorker] = RWorker) -> None:
        self.size = size or _processors()
        self._make = make
        self._changed = threading.Condition()
        self._idle: list[RWorker] = []
        self._lent: set[RWorker] = set()
        self._settings: dict[RWorker, tuple[str | None, ...]] = {}

    def take(self, given_up: Callable[[], bool] = lambda: False) -> RWorker:
        """Take a worker, for `give_back`; waits while all are lent.

        Parameters
        ----------
        given_up : callable
            Asked while waiting; True ends it.

        Raises
        ------
        EngineError
            No worker came back within the time that a call of R may take, or the caller has given up.
        """
        seconds = limits.time_limit()
        deadline = time.monotonic() + seconds
        with self._changed:
            while (worker := self._available()) is None:
                if given_up():
                    raise EngineError("R was not waited for any longer")
                if time.monotonic() > deadline:
                    raise EngineError(
                        f"all {self.size} R processes were in use for {seconds:g} seconds; "
                        f"{limits.TIMEOUT_VARIABLE} sets another limit in seconds"
                    )
                self._changed.wait(_SECONDS_BETWEEN_LOOKS)
            return worker

    def take_at_once(self) -> RWorker | None:
        """Take a worker where one can be had without waiting."""
        with self._changed:
            return self._available()

    def give_back(self, worker: RWorker) -> None:
        """Take a worker back; one that ended, still computes, or was started for other settings is ended."""
        with self._changed:
            if worker not in self._lent:
                return
        # Whoever holds the lock waits for an answer that nobody wants any more.
        sound = worker.alive() and worker.lock.acquire(blocking=False)
        if sound:
            # What it holds may be large.
            if worker.holds is not None:
                with suppress(ErmBridgeError):
                    worker.call("unload")
            worker.holds = None
            worker.lock.release()
        with self._changed:
            if worker not in self._lent:
                return
            self._lent.remove(worker)
            keep = sound and self._settings[worker] == _settings()
            if keep:
                self._idle.append(worker)
            else:
                del self._settings[worker]
            self._changed.notify()
        if not keep:
            worker.close()

    @contextmanager
    def lend(self) -> Iterator[RWorker]:
        """Lend a worker for the time of the block."""
        worker = self.take()
        try:
            yield worker
        finally:
            self.give_back(worker)

    def close(self) -> None:
        """End all workers, lent ones as well; later ones are fresh."""
        with self._changed:
            workers = [*self._idle, *self._lent]
            self._idle.clear()
            self._lent.clear()
            self._settings.clear()
            self._changed.notify_all()
        for worker in workers:
            worker.close()

    def _available(self) -> RWorker | None:
        """Lend the worker that was used last, else a new one, else None; the condition is held."""
        wanted = _settings()
        while self._idle:
            worker = self._idle.pop()
            if worker.alive() and self._settings[worker] == wanted and worker.current():
                break
            del self._settings[worker]
            worker.close()
        else:
            if len(self._lent) >= self.size:
                return None
            worker = self._make()
            self._settings[worker] = wanted
        worker.clear_log()
        self._lent.add(worker)
        return worker


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _settings() -> tuple[str | None, ...]:
    return tuple(os.environ.get(name) for name in _VARIABLES)


_pool = WorkerPool()


def process_pool() -> WorkerPool:
    """Return the pool of this process; its workers end with Python. A fork has a pool of its own."""
    return _pool


def _renew() -> None:
    global _pool, _parents
    # Kept, so that nothing of the parent's workers is finalised here.
    _parents = _pool
    _pool = WorkerPool()


_parents: WorkerPool | None = None
os.register_at_fork(after_in_child=_renew)
atexit.register(lambda: _pool.close())
