"""Stand between Python and R, so that nothing R has started outlives either of them.

The process splits in two before R is loaded. The child becomes R. The parent, the guard, has one
thread and does nothing but wait: when Python is gone or asks for an end, it ends R and everything R
has started; when R ends by itself, it ends the rest and then itself in the same way as R did, so that
Python sees how. Whatever happens to the guard ends R too (Linux).
"""

import os
import resource
import select
import shutil
import signal
import socket
import sys
from contextlib import suppress
from types import FrameType
from typing import NoReturn

SECONDS_BETWEEN_LOOKS = 0.5

# linux/prctl.h
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def split(connection: socket.socket, parent: int, folder: str) -> None:
    """Return in a child process, which is to become R; the calling process stays behind as its guard.

    To be called while there is one thread.

    Parameters
    ----------
    connection : socket.socket
        Its other end is Python's.
    parent : int
        Python's process.
    folder : str
        Folder for everything temporary; the guard removes it.
    """
    # Processes that leave R's group lose their parent one day and become the guard's children.
    _control(_PR_SET_CHILD_SUBREAPER, 1)
    guard = os.getpid()
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        _control(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != guard:
            os._exit(1)
        return
    with suppress(OSError):
        os.setpgid(child, child)
    _watch(child, connection, parent, folder)


def _control(option: int, value: int) -> None:
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _watch(child: int, connection: socket.socket, parent: int, folder: str) -> NoReturn:
    """Wait until R has ended or must end, end what is left, and end like R."""
    wake, asked = _wake_on_signals()
    poll = select.poll()
    poll.register(wake, select.POLLIN)
    # Asks for nothing: a closed other end is told all the same.
    poll.register(connection, 0)
    status = None
    while status is None and not asked and os.getppid() == parent:
        events = dict(poll.poll(SECONDS_BETWEEN_LOOKS * 1000))
        status = _reap(child)
        if connection.fileno() in events:
            break
        if wake in events:
            os.read(wake, 512)
    status = _end_all(child, status)
    shutil.rmtree(folder, ignore_errors=True)
    _end_like(status)


def _wake_on_signals() -> tuple[int, list[int]]:
    """Return a descriptor that can be read after a signal, and a list that fills when an end is asked for."""
    asked: list[int] = []

    def ask(number: int, frame: FrameType | None) -> None:
        asked.append(number)

    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    return reading, asked


def _reap(child: int) -> int | None:
    """Take note of children that have ended; return how R ended, None if it has not."""
    with suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == child:
                return status
            if pid == 0:
                break
    return None


def _end_all(child: int, status: int | None) -> int:
    """Kill R, its group and all that descends from it, and wait for them; return how R ended."""
    with suppress(OSError):
        os.killpg(child, signal.SIGKILL)
    with suppress(ChildProcessError):
        while True:
            # The children of one that is killed become the guard's: ask again each time.
            for pid in _children():
                with suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            pid, ended = os.waitpid(-1, 0)
            if pid == child:
                status = ended
    return signal.SIGKILL if status is None else status


def _children() -> list[int]:
    """List the children of this process, where the system tells."""
    own, found = str(os.getpid()), []
    with suppress(OSError):
        for name in filter(str.isdecimal, os.listdir("/proc")):
            with suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:
                # After the name in brackets: state, parent.
                if file.read().rpartition(b")")[2].split()[1].decode() == own:
                    found.append(int(name))
    return found


def _end_like(status: int) -> NoReturn:
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        # R has left its memory to the system's care already, if it was to be left.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with suppress(OSError):
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code if code >= 0 else 128 - code)
