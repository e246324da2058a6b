"""One run of a study into which a fault is put, and what it left: folder, processes, exit code, message."""

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from erm_bridge import placing, report, run_folder
from erm_bridge.errors import ErmBridgeError

RUN = [sys.executable, "-m", "erm_bridge", "run"]
MARK = "ERM_BRIDGE_TRIAL"
SECONDS_TO_END = 1.0
_LINES_OF_LOG = 15


@dataclass
class Trial:
    """A run that is under way, or was.

    `base` is a folder of its own, which holds nothing but the run folder `out` afterwards; `env`,
    `settings` and `prepare` (called in the new process) reach the run.
    """

    base: Path
    study: Path
    env: Mapping[str, str] = field(default_factory=dict)
    settings: Sequence[str] = ()
    prepare: Callable[[], None] | None = None
    out: Path | None = None
    message: str = ""
    seconds_to_end: float = 0.0

    def __post_init__(self) -> None:
        self.out = self.out or self.base / "out"
        self.before = digest(self.out)

    @contextmanager
    def running(self) -> Iterator["Trial"]:
        """Start the run; after the block wait for its end and for that of all that it has started."""
        self.process = subprocess.Popen(
            [*RUN, str(self.study), *self.settings, "--out", str(self.out), "--overwrite", "--quiet"],
            env={**os.environ, **self.env, MARK: str(self.base)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
            preexec_fn=self.prepare,
        )
        try:
            yield self
            began = time.monotonic()
            self.message = self.process.communicate(timeout=120)[1]
            while self.processes() and time.monotonic() - began < 120:
                time.sleep(0.02)
            self.seconds_to_end = time.monotonic() - began
        finally:
            for pid in self.processes():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def processes(self) -> list[int]:
        """All processes of the run, its orphans too: they carry a mark in their environment."""
        mark = f"{MARK}={self.base}\0".encode()
        return [
            pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if mark in _environment(pid)
        ]

    def signal(self, number: int, group: bool = False) -> None:
        """Send a signal to Python, or to all of its process group, as a terminal does."""
        with suppress(ProcessLookupError):
            (os.killpg if group else os.kill)(self.process.pid, number)

    def signal_r(self, number: int) -> None:
        """Send a signal to R's process, if there is one by now."""
        for pid in self.processes():
            with suppress(OSError):
                if b"erm_bridge.bridge.worker" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    os.kill(pid, number)

    def verdict(self, allowed: Mapping[int, str], partial: bool = False) -> str:
        """Say what is not as it must be; empty if all is.

        Parameters
        ----------
        allowed : mapping
            Exit codes that the fault may have, and what the message must then match.
        partial : bool
            A partial folder may be left, if the next run removes it.
        """
        code = self.process.returncode
        if code not in allowed:
            return f"exit code {code}: {self.message[-300:]!r}"
        wrong = self._about_the_message(allowed[code]) or self._about_the_folder(code)
        if partial and not wrong:
            with placing.temporary(self.out, self.out):
                pass
        left = {path.name for path in self.base.iterdir()} - {"out"} if self.base.exists() else set()
        return wrong or (f"left behind: {left}" if left else "")

    def _about_the_message(self, expected: str) -> str:
        lines = self.message.splitlines()
        most = _LINES_OF_LOG if "Its last lines:" in self.message else 2
        if "Traceback" in self.message or len(lines) > most:
            return f"message of {len(lines)} lines: {self.message[-500:]!r}"
        return "" if re.search(expected, self.message, re.DOTALL) else f"message: {self.message!r}"

    def _about_the_folder(self, code: int) -> str:
        if digest(self.out) == self.before:
            finished = code in (0, 1) or self.message.startswith("r: ")
            return "no folder although the run finished" if finished else ""
        try:
            content = run_folder.read(self.out)
        except ErmBridgeError as error:
            return f"half-written: {error}"
        if (self.out / run_folder.MARKDOWN).read_text() != report.as_markdown(content.report):
            return "half-written: the report is not that of the tables"
        wrong = code in (0, 1, 2, 3) and content.exit_code != code
        return f"exit code {code}, by the folder {content.exit_code}" if wrong else ""


def digest(folder: Path) -> str:
    """Hash names and contents of all files in a folder; empty if there is none."""
    if not folder.exists():
        return ""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    texts = [f"{path.relative_to(folder)} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in found]
    return "\n".join(texts)


def fresh(base: Path, finished: Path | None) -> Path:
    """Make a folder for a trial; with a finished run in it, which is to be replaced."""
    shutil.rmtree(base, ignore_errors=True)
    base.mkdir(parents=True)
    if finished is not None:
        shutil.copytree(finished, base / "out")
    return base


def _environment(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""
