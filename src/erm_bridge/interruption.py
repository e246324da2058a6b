"""End a command at once, and leave nothing half-made, when its user or the system asks for it.

Ctrl-C, `kill` and a closed terminal wake a thread of their own. The main thread is not asked: it may be
inside a library that looks at no signal for seconds, or in the middle of tidying up, where an exception
would do harm. Programs that call erm-bridge are left alone: there Ctrl-C is a KeyboardInterrupt as ever.
"""

import os
import select
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# Both processes are to be gone within a second.
_SECONDS_TO_TIDY = 0.4

_actions: list[Callable[[], object]] = []
_ending = threading.Event()


@contextmanager
def undone_by(action: Callable[[], object]) -> Iterator[None]:
    """Let a command that is interrupted inside the block call `action` before it ends.

    Parameters
    ----------
    action : callable
        Called from another thread, the innermost block's first; may be called although the block is about
        to do the same.
    """
    _actions.append(action)
    try:
        yield
    finally:
        _actions.remove(action)


def watch() -> None:
    """From now on an interruption ends this process: exit code 130, for SIGTERM 143, for SIGHUP 129."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    for number in SIGNALS:
        # What is ignored from the start, as under `nohup`, stays so.
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _leave_to_the_thread)
    threading.Thread(target=_watch, args=(reading,), daemon=True, name="interruption").start()


def wait_if_ending() -> None:
    """Keep a thread from saying or doing more when the process is being ended."""
    if _ending.is_set():
        threading.Event().wait()


def _leave_to_the_thread(number: int, frame: FrameType | None) -> None:
    """Do nothing: Python has sent the number to the thread that watches."""


def _watch(reading: int) -> None:
    while (number := os.read(reading, 1)[0]) not in SIGNALS:
        pass
    _ending.set()
    tidying = threading.Thread(target=_undo_all, daemon=True)
    tidying.start()
    tidying.join(_SECONDS_TO_TIDY)
    _say(number)
    os._exit(128 + number)


def _undo_all() -> None:
    for action in reversed(_actions):
        with suppress(Exception):
            action()


def _say(number: int) -> None:
    text = "interrupted" if number == signal.SIGINT else f"interrupted by {signal.Signals(number).name}"
    # Whoever was to read it may be gone, or not reading.
    with suppress(OSError, ValueError):
        if select.select([], [2], [], 0)[1]:
            os.write(2, f"{text}\n".encode())
