"""The worker as Python sees it: start R in a process of its own, call it, survive its end."""

import os
import re
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from erm_bridge.bridge import limits, locate
from erm_bridge.bridge.availability import INSTALL_RPY2, PIN_RPY2, availability
from erm_bridge.bridge.process import RProcess
from erm_bridge.bridge.wire import Block, Node
from erm_bridge.errors import EngineError, ErmBridgeError, InputError

# Conditions of R that tell of the user's input; every other one is a failure of the engine.
_INPUT_CONDITIONS = {"ermbridge_error_input", "ermbridge_error_separation"}
# What R, C++ code in its packages and Python in R's process say when they get no memory.
_NO_MEMORY = re.compile("cannot allocate (vector|memory|buffer)|memory exhausted|std::bad_alloc|^MemoryError")


class RWorker:
    """R in a process of its own.

    A crash, a hang or an error of R is an exception here; after a crash, a hang or an end of memory
    the next call starts a fresh R. Calls from several threads wait for each other. In a fork of the
    process that started R, a call starts an R of its own.

    Parameters
    ----------
    code : Path, optional
        Folder of the R files to read; by default erm-bridge's own.
    timeout : float, optional
        Seconds that one call may take; by default what ERM_BRIDGE_R_TIMEOUT says, else an hour.
    memory : str, optional
        What R may hold, such as `4GB`; by default what ERM_BRIDGE_R_MEMORY says, else no limit. Read
        when R is started; only Linux enforces it.

    Attributes
    ----------
    lock : threading.RLock
        To be held around calls that belong together.
    holds : object or None
        What the caller has loaded into R, as the caller notes it; None again once R is gone.
    """

    def __init__(
        self, code: Path | None = None, timeout: float | None = None, memory: str | None = None
    ) -> None:
        self.lock = threading.RLock()
        self.holds: object | None = None
        self._code, self._timeout, self._memory = code, timeout, memory
        self._process: RProcess | None = None
        self._let_go: Callable[[], object] = lambda: None
        # The process whose output `log` tells: the present one or the last.
        self._last: RProcess | None = None
        self._libraries: tuple[locate.RInstallation, object] | None = None

    @property
    def pid(self) -> int | None:
        """Number of R's process (until R is ready, of the one that starts it); None where there is none."""
        return None if self._process is None else self._process.pid

    def alive(self) -> bool:
        """Tell whether there is a process and it runs."""
        process = self._process
        return process is not None and process.alive()

    def current(self) -> bool:
        """Tell whether R's libraries are still those it was started with.

        R goes on with the packages it has loaded when others are installed in their place.
        """
        if self._libraries is None:
            return True
        r, state = self._libraries
        try:
            return locate.libraries_state(r) == state
        except (OSError, InputError):
            # A library has gone.
            return False

    def log(self) -> str:
        """Return what R printed, with the errors of calls and R's traces, as text.

        It is that of the present process or, after its end, the last one: at most its last megabyte.
        """
        return "" if self._last is None else self._last.output.text()

    def clear_log(self) -> None:
        """Begin a new log."""
        if self._last is not None:
            self._last.output.clear()

    def start(self) -> None:
        """Start the process; returns at once, R and its packages load meanwhile.

        Raises
        ------
        EngineError
            R or rpy2 is not installed, or unusable.
        InputError
            The limit of memory is none.
        """
        with self.lock:
            if self._process is not None and self._process.owner != os.getpid():
                self._forget()
            if self._process is not None:
                return
            found = availability()
            if found.r is None or not found.usable:
                raise EngineError(found.reason)
            memory = limits.memory_limit(self._memory)
            environment = locate.worker_environment(found.r)
            self._libraries = found.r, locate.libraries_state(found.r)
            self._process = self._last = RProcess(self._code or locate.r_code(), environment, memory)
            # A worker that nobody closed ends its R when it is forgotten.
            self._let_go = weakref.finalize(self, self._process.discard)

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

        limit = limits.time_limit(self._timeout)
        blocks: list[Block] = []
        header = {"call": name, "arguments": describe(dict(arguments or {}), blocks)}
        with self.lock:
            self.start()
            answer, memory = self._exchange(name, header, blocks, limit)
            if "refused" in answer:
                raise self._told(name, EngineError(answer["refused"]))
            if "failure" in answer:
                raise self._failed(name, answer["failure"])
            result = rebuild(answer["value"], memory)
            if result["ok"] != [True]:
                raise self._told(name, _error_of(result))
        return result["value"]

    def close(self) -> None:
        """End R at once, also while another thread waits for an answer; a later call starts a fresh one."""
        process = self._process
        if process is not None:
            process.stop()
        with self.lock:
            self._forget()

    def _exchange(self, name: str, header: Node, blocks: list[Block], limit: float) -> tuple[Node, list[Any]]:
        from erm_bridge.bridge.rebuild import allocate

        process = self._process
        assert process is not None
        channel = process.channel
        deadline = time.monotonic() + limit
        try:
            self._await_ready(process, deadline)
            channel.send(header, blocks, deadline)
            return channel.receive(deadline, allocate)
        except TimeoutError:
            self.close()
            raise EngineError(
                f"R did not answer the call {name} within {limit:g} seconds and was stopped; "
                f"{limits.TIMEOUT_VARIABLE} sets another limit in seconds"
            ) from None
        except (EOFError, OSError):
            raise EngineError(f"R's process ended during the call {name}: {self._bury(process)}") from None
        except ErmBridgeError:
            raise
        except BaseException:
            # An answer that nobody waits for would be taken for the next one.
            self.close()
            raise

    def _await_ready(self, process: RProcess, deadline: float) -> None:
        if process.r is not None:
            return
        message, _ = process.channel.receive(deadline)
        if "failure" in message:
            self.close()
            raise EngineError(_explain_start(message["failure"]))
        process.r = message["ready"]

    def _bury(self, process: RProcess) -> str:
        """Say how the process ended, with the last lines of its log, and forget it."""
        epitaph = process.epitaph()
        self._forget()
        return epitaph

    def _forget(self) -> None:
        self._let_go()
        self._process = self.holds = None

    def _failed(self, name: str, failure: str) -> EngineError:
        """Make the error of a call that R's process could not answer."""
        assert self._process is not None
        if _NO_MEMORY.search(failure):
            return self._without_memory(name, failure)
        return EngineError(f"R could not answer the call {name}: {failure}{self._process.last_lines()}")

    def _told(self, name: str, error: ErmBridgeError) -> ErmBridgeError:
        """Note in the log an error that R told; R goes on, unless it had no memory left."""
        assert self._process is not None
        notes = getattr(error, "__notes__", [])
        self._process.output.add("\n".join([f"Error in the call {name}: {error}", *notes]))
        if isinstance(error, InputError) or not _NO_MEMORY.search(str(error)):
            return error
        found = self._without_memory(name, str(error).removeprefix("R: "))
        for note in notes:
            found.add_note(note)
        return found

    def _without_memory(self, name: str, failure: str) -> EngineError:
        """End R, which may be left with half of its data, and say what to do."""
        assert self._process is not None
        limit = self._process.memory
        self.close()
        cure = (
            "use fewer rows, or give R's machine more memory"
            if limit is None
            else f"R may hold {limits.size_text(limit)}: raise {limits.MEMORY_VARIABLE}, or use fewer rows"
        )
        return EngineError(f"R ran out of memory during the call {name}: {failure}; {cure}")


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
