"""R's process as Python sees it: how it is started, what it printed, how it ended."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from erm_bridge.bridge.limits import MEMORY_VARIABLE, size_text
from erm_bridge.bridge.output import Output
from erm_bridge.bridge.wire import Channel

_LOG_LINES = 12
_SECONDS_TO_END = 2.0


class RProcess:
    """A process that holds R, started here; it belongs to the process that made it.

    Parameters
    ----------
    code : Path
        Folder of the R files to read.
    environment : mapping
        All variables of the new process.
    memory : int or None
        Bytes that R may hold.

    Attributes
    ----------
    channel : Channel
        Our end of the connection.
    output : Output
        What R and its children printed.
    owner : int
        Process that started it. A fork of that has the object too, but must not use it.
    r : int or None
        Number of R's own process, once R has told it.
    """

    def __init__(self, code: Path, environment: Mapping[str, str], memory: int | None) -> None:
        self.owner, self.memory = os.getpid(), memory
        self.r: int | None = None
        self._stopped = False
        # R's own temporary folder will lie in it.
        self._folder = tempfile.mkdtemp(prefix="erm-bridge-")
        ours, theirs = socket.socketpair()
        reading, writing = os.pipe()
        module = [sys.executable, "-P", "-m", "erm_bridge.bridge.worker"]
        arguments = [str(theirs.fileno()), str(os.getpid()), str(code), self._folder, str(memory or 0)]
        try:
            self._popen = subprocess.Popen(
                [*module, *arguments],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
                env={**environment, "TMPDIR": self._folder},
                # Ctrl-C is Python's to handle.
                process_group=0,
            )
        except BaseException:
            os.close(reading)
            ours.close()
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        finally:
            os.close(writing)
            theirs.close()
        self.channel = Channel(ours)
        self.output = Output(reading)
        self._end = threading.Thread(target=self._await_end, daemon=True, name="end of R")
        self._end.start()

    @property
    def pid(self) -> int:
        """Number of R's process; until R has told it, of the one that starts R."""
        return self._popen.pid if self.r is None else self.r

    def alive(self) -> bool:
        """Tell whether the process is there and is this process's own."""
        return self.owner == os.getpid() and self._popen.poll() is None

    def stop(self) -> None:
        """End R at once, with all that R has started; may be called from any thread, and again."""
        if self.owner != os.getpid():
            return
        self._stopped = True
        with suppress(ProcessLookupError):
            self._popen.terminate()
        self._wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def discard(self) -> None:
        """Stop, and let go of the connection; nobody may be waiting for an answer."""
        self.stop()
        # In a fork this closes the copy.
        self.channel.close()

    def epitaph(self) -> str:
        """Say how the process ended, what may have ended it, and its last lines."""
        code = self._wait()
        names = {known.value: known.name for known in signal.Signals}
        how = f"signal {names.get(-code, -code)}" if code < 0 else f"exit code {code}"
        return how + self._hint(code) + self.last_lines()

    def last_lines(self) -> str:
        """Quote the end of what R and its process printed."""
        lines = self.output.text().splitlines()
        quoted = [f"  {line.rstrip()}" for line in lines if line.strip()][-_LOG_LINES:]
        return "\nIts last lines:\n" + "\n".join(quoted) if quoted else ""

    def _hint(self, code: int) -> str:
        if self._stopped:
            return " (erm-bridge stopped it)"
        if code == -signal.SIGKILL:
            return (
                "; nothing in erm-bridge sent it: the system may have run out of memory (use fewer rows, "
                f"free memory, or let R refuse in time by {MEMORY_VARIABLE}, such as 4GB)"
            )
        return "" if self.memory is None else f" (R may hold {size_text(self.memory)}, by {MEMORY_VARIABLE})"

    def _wait(self) -> int:
        """Wait for the end, which has begun, and return the exit code; force it where it does not come."""
        self._end.join(_SECONDS_TO_END)
        if self._end.is_alive():
            self._popen.kill()
            self._end.join()
        return int(self._popen.returncode)

    def _await_end(self) -> None:
        """Do the guard's work where it could not: a killed one leaves what R has started."""
        if self._popen.wait() == -signal.SIGKILL and self.r is not None:
            with suppress(OSError):
                os.killpg(self.r, signal.SIGKILL)
