"""The worker as Python sees it: start R in a process of its own, call it, survive its end."""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from erm_bridge.bridge import locate
from erm_bridge.bridge.availability import INSTALL_RPY2, PIN_RPY2, availability
from erm_bridge.bridge.wire import Block, Channel, Node
from erm_bridge.errors import EngineError, ErmBridgeError, InputError

TIMEOUT_VARIABLE = "ERM_BRIDGE_R_TIMEOUT"
DEFAULT_TIMEOUT = 3600.0

# Conditions of R that tell of the user's input; every other one is a failure of the engine.
_INPUT_CONDITIONS = {"ermbridge_error_input", "ermbridge_error_separation"}
_LOG_LINES = 12
_SECONDS_TO_END = 2.0


class RWorker:
    """R in a process of its own.

    A crash, a hang or an error of R is an exception here; after a crash or a hang the next call
    starts a fresh R. Calls from several threads wait for each other.

    Parameters
    ----------
    code : Path, optional
        Folder of the R files to read; by default erm-bridge's own.

    Attributes
    ----------
    lock : threading.RLock
        To be held around calls that belong together.
    holds : object or None
        What the caller has loaded into R, as the caller notes it; None again once R is gone.
    """

    def __init__(self, code: Path | None = None) -> None:
        self.lock = threading.RLock()
        self.holds: object | None = None
        self._code = code
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: Channel | None = None
        self._log: IO[bytes] | None = None
        self._folder: str | None = None

    @property
    def pid(self) -> int | None:
        """Number of the process, None where there is none."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the process; returns at once, R and its packages load meanwhile.

        Raises
        ------
        EngineError
            R or rpy2 is not installed, or unusable.
        """
        with self.lock:
            if self._process is not None:
                return
            found = availability()
            if found.r is None or not found.usable:
                raise EngineError(found.reason)
            ours, theirs = socket.socketpair()
            self._log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
            code = self._code or locate.r_code()
            command = [sys.executable, "-P", "-m", "erm_bridge.bridge.worker"]
            with theirs:
                self._process = subprocess.Popen(
                    [*command, str(theirs.fileno()), str(os.getpid()), str(code)],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=self._log,
                    stderr=self._log,
                    env=locate.worker_environment(found.r),
                    process_group=0,
                )
            self._channel = Channel(ours)

    def call(self, name: str, arguments: Mapping[str, Any] | None = None) -> Any:
        """Call one of the functions that R's `worker_call` knows; returns its value.

        Values cross as `erm_bridge.bridge.transfer` describes.

        Raises
        ------
        InputError
            An argument does not cross, or R says that the input is wrong.
        EngineError
            R failed, ended, or did not answer in time.
        """
        from erm_bridge.bridge.rebuild import rebuild
        from erm_bridge.bridge.transfer import describe

        limit = time_limit()
        blocks: list[Block] = []
        header = {"call": name, "arguments": describe(dict(arguments or {}), blocks)}
        with self.lock:
            self.start()
            answer, memory = self._exchange(name, header, blocks, limit)
            if "failure" in answer:
                raise EngineError(
                    f"R could not answer the call {name}: {answer['failure']}{self._last_lines()}"
                )
        result = rebuild(answer["value"], memory)
        if result["ok"] != [True]:
            raise _error_of(result)
        return result["value"]

    def close(self) -> None:
        """End R at once, also while another thread waits for an answer; a later call starts a fresh one."""
        process = self._process
        if process is not None:
            process.kill()
        with self.lock:
            if self._process is not None:
                self._process.kill()
                self._process.wait()
            self._forget()

    def _exchange(self, name: str, header: Node, blocks: list[Block], limit: float) -> tuple[Node, list[Any]]:
        from erm_bridge.bridge.rebuild import allocate

        channel = self._channel
        assert channel is not None
        deadline = time.monotonic() + limit
        try:
            self._await_ready(channel, deadline)
            channel.send(header, blocks, deadline)
            return channel.receive(deadline, allocate)
        except TimeoutError:
            self.close()
            raise EngineError(
                f"R did not answer the call {name} within {limit:g} seconds and was stopped; "
                f"{TIMEOUT_VARIABLE} sets another limit in seconds"
            ) from None
        except (EOFError, OSError):
            raise EngineError(f"R's process ended during the call {name}: {self._bury()}") from None
        except ErmBridgeError:
            raise
        except BaseException:
            # An answer that nobody waits for would be taken for the next one.
            self.close()
            raise

    def _await_ready(self, channel: Channel, deadline: float) -> None:
        if self._folder is not None:
            return
        message, _ = channel.receive(deadline)
        if "failure" in message:
            self.close()
            raise EngineError(_explain_start(message["failure"]))
        self._folder = message["folder"]

    def _bury(self) -> str:
        """Say how the process ended, with the last lines of its log, and forget it."""
        assert self._process is not None
        try:
            code = self._process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        names = {known.value: known.name for known in signal.Signals}
        how = f"signal {names.get(-code, -code)}" if code < 0 else f"exit code {code}"
        lines = self._last_lines()
        self._forget()
        return how + lines

    def _forget(self) -> None:
        if self._channel is not None:
            self._channel.close()
        if self._log is not None:
            self._log.close()
        if self._folder is not None:
            # A killed R leaves its temporary folder behind.
            shutil.rmtree(self._folder, ignore_errors=True)
        self._process = self._channel = self._log = self._folder = self.holds = None

    def _last_lines(self) -> str:
        """Quote the end of what R and its process printed."""
        if self._log is None:
            return ""
        size = os.fstat(self._log.fileno()).st_size
        text = os.pread(self._log.fileno(), 8192, max(0, size - 8192)).decode("utf-8", "replace")
        lines = text.replace("R callback write-console: ", "").split("\n")
        quoted = [f"  {line.rstrip()}" for line in lines if line.strip()][-_LOG_LINES:]
        return "\nIts last lines:\n" + "\n".join(quoted) if quoted else ""


def time_limit() -> float:
    """Return the seconds that one call of R may take.

    Raises
    ------
    InputError
        ERM_BRIDGE_R_TIMEOUT is not a number greater than 0.
    """
    text = os.environ.get(TIMEOUT_VARIABLE, "")
    try:
        seconds = float(text) if text else DEFAULT_TIMEOUT
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= threading.TIMEOUT_MAX:
        raise InputError(f"{TIMEOUT_VARIABLE}: must be a number of seconds greater than 0, found {text!r}")
    return seconds


def _error_of(result: Mapping[str, Any]) -> ErmBridgeError:
    """Turn a condition of R, as `worker_call` reports it, into the matching exception."""
    message = "\n".join(line for line in result.get("message") or [] if line) or "R stopped without a message"
    if _INPUT_CONDITIONS & set(result.get("class") or []):
        return InputError(message)
    call = " ".join(line for line in result.get("call") or [] if line)
    error = EngineError(f"R: {message}" + (f" (in {call})" if call else ""))
    trace = [line for line in result.get("trace") or [] if line]
    if trace:
        error.add_note("R's calls:\n" + "\n".join(trace))
    said = [line for line in result.get("said") or [] if line]
    if said:
        error.add_note("R had said before:\n" + "\n".join(said))
    return error


def _explain_start(failure: str) -> str:
    """Explain in one sentence why R did not start."""
    if "R_getVar" in failure:
        return f"the installed rpy2-rinterface needs R 4.5 or later: {PIN_RPY2} ({failure})"
    if failure.startswith("ModuleNotFoundError") and "rpy2" in failure:
        return f"rpy2, through which Python talks to R, is not installed: {INSTALL_RPY2}"
    if "libR.so" in failure or "libR.dylib" in failure:
        return f"R's shared library could not be loaded; R must be built with --enable-R-shlib ({failure})"
    return f"R did not start: {failure}"


_shared: dict[tuple[object, ...], RWorker] = {}


def shared_worker() -> RWorker:
    """Return the one worker of this process; not started yet, closed when Python ends.

    A change of the variables that name R or its libraries gives a new one.
    """
    names = ("PATH", "R_HOME", "R_LIBS", locate.LIBRARY_VARIABLE)
    key = (os.getpid(), *(os.environ.get(name) for name in names))
    if key not in _shared:
        close_shared_worker()
        _shared[key] = RWorker()
    return _shared[key]


@atexit.register
def close_shared_worker() -> None:
    """End the shared worker, if there is one in this process."""
    for key, worker in list(_shared.items()):
        del _shared[key]
        if key[0] == os.getpid():
            worker.close()
