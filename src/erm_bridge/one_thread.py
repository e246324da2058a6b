"""Linear algebra on one thread, so that sums are added up in the same order whatever the machine is set to.

A BLAS that shares a sum between threads rounds it differently for each number of them.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

# For a process that loads its libraries afterwards; they then hold no memory for more threads.
ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class _Limit:
    """Counts who is inside: the setting is the whole process's, and only the last one may lift it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._limiter: Any = None

    def enter(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._limiter = _libraries().limit(limits=1, user_api="blas")
            self._inside += 1

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._limiter.restore_original_limits()


_limit = _Limit()


@contextmanager
def one_thread() -> Iterator[None]:
    """Let numpy and scipy compute on one thread inside the block, or in a function that this decorates.

    May be nested, and used from several threads at once.
    """
    _limit.enter()
    try:
        yield
    finally:
        _limit.leave()


@cache
def _libraries() -> Any:
    """Find the BLAS of numpy and that of scipy, which are loaded first."""
    import scipy.linalg  # noqa: F401
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
