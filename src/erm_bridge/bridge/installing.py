"""Install the R packages that erm-bridge needs into the user's library of R, from the user's CRAN mirror."""

import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten
from typing import IO

from erm_bridge.bridge import locate
from erm_bridge.bridge.availability import old_r, without_r
from erm_bridge.errors import EngineError
from erm_bridge.interruption import undone_by

# What the log of a failed installation tells, most telling first.
_CAUSES = (
    (r"No space left on device", "the disk is full"),
    (
        r"(?:\b(?:make|cc|gcc|g\+\+|gfortran): .*(?:not found|No such file)"
        r"|cannot find -l\w+|fatal error: .*: No such file)",
        "a compiler or a library to compile with is missing (Debian: apt install r-base-dev)",
    ),
    (r"failed to (?:find|retrieve|resolve)[^\n]*?['\"‘“](.+?)['\"’”]", "the mirror has no {0}"),
)

# How long R may take over an interruption, which may be ignored; the whole command has 0.4 s to tidy up.
_SECONDS_TO_TIDY = 0.2


@dataclass(frozen=True)
class Wanted:
    """A package to install.

    Attributes
    ----------
    version : str
        The version of `renv.lock`; empty: the one that the mirror has.
    found : str
        The version that R finds today, empty if none.
    folder : Path or None
        The library where R finds it.
    """

    name: str
    version: str
    found: str = ""
    folder: Path | None = None

    @property
    def request(self) -> str:
        """The package as renv takes it."""
        return f"{self.name}@{self.version}" if self.version else self.name

    def line(self) -> str:
        """Say what will be done."""
        instead = f", instead of {self.found} in {self.folder}" if self.found else ""
        return f"install {self.name} {self.version or 'in the version of the mirror'}{instead}"


def wanted(libraries: Sequence[Path]) -> list[Wanted]:
    """List what is missing or is not in the locked version; what is as it should be is not listed."""
    locked = locate.locked_packages()
    missing = locate.missing_packages(libraries)
    names = dict.fromkeys([*locked, *missing])
    found = locate.installed_packages(names, libraries)
    return [
        Wanted(name, locked.get(name, ""), found.get(name, ""), _holder(name, libraries))
        for name in names
        if name in missing or found.get(name) != locked[name]
    ]


def install(mirror: str, say: Callable[[str], None]) -> None:
    """Install what is missing or differs from `renv.lock`; progress goes to `say`, a line each.

    Parameters
    ----------
    mirror : str
        Address of a CRAN mirror; empty: what R is set up for.

    Raises
    ------
    EngineError
        With the cause and the place of the log.
    InputError
        ERM_BRIDGE_R_LIBRARY names a folder that does not exist.
    """
    r = locate.find_r()
    if r is None:
        raise EngineError(without_r())
    if too_old := old_r(r):
        raise EngineError(too_old)
    target = _writable_library(r)
    libraries = locate.library_paths(r)
    packages = wanted(libraries)
    if not packages:
        say("R packages: nothing to install")
        return
    _check_order(packages, target, libraries)
    for package in packages:
        say(package.line())
    say(f"into {target}, with what they need themselves")
    _run(r, target, libraries, mirror, packages, say)


def _writable_library(r: locate.RInstallation) -> Path:
    """Make the user's library where there is none."""
    target = locate.user_library(r)
    if target is None:
        raise EngineError("R has no user library: R_LIBS_USER is NULL; unset it, or let it name a folder")
    try:
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=target):
            return target.resolve()
    except OSError as error:
        raise EngineError(
            f"R's user library {target} cannot be written to ({error.strerror}); name another in R_LIBS_USER"
        ) from None


def _check_order(packages: Sequence[Wanted], target: Path, libraries: Sequence[Path]) -> None:
    """Refuse what R would not find because a library before the user's holds another version."""
    before = libraries[: libraries.index(target)]
    for package in packages:
        if package.folder in before:
            raise EngineError(
                f"R finds {package.name} {package.found} in {package.folder} before it looks in the user's "
                f"library {target}; remove it there, or take that folder out of "
                f"{locate.LIBRARY_VARIABLE} or R_LIBS"
            )


def _holder(name: str, libraries: Sequence[Path]) -> Path | None:
    return next((folder for folder in libraries if locate.package_version(folder / name)), None)


def _run(
    r: locate.RInstallation,
    target: Path,
    libraries: Sequence[Path],
    mirror: str,
    packages: Sequence[Wanted],
    say: Callable[[str], None],
) -> None:
    """Start R as the user has set it up, away from any project's own set-up; keep its log if it fails."""
    command = [str(r.home / "bin" / "Rscript"), str(locate.shared_file("r") / "inst" / "install.R")]
    arguments = [str(target), os.pathsep.join(map(str, libraries)), mirror]
    handle, log = tempfile.mkstemp(prefix="erm-bridge-install-", suffix=".log")
    with os.fdopen(handle, "w", encoding="utf-8") as copy:
        process = subprocess.Popen(
            [*command, *arguments, *(package.request for package in packages)],
            cwd=target,
            env={**os.environ, "LANGUAGE": "en"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            # With all that it starts, to be ended together.
            process_group=0,
        )
        with process, undone_by(lambda: _end(process, log)):
            failure = _listen(process.stdout or (), copy, say)
    if process.returncode != 0:
        failure = cause(Path(log).read_text(encoding="utf-8"), failure or f"status {process.returncode} of R")
        raise EngineError(f"the R packages are not installed: {failure}; the log is {log}")
    Path(log).unlink()


def _end(process: subprocess.Popen[str], log: str) -> None:
    """End R and what it has started: by an interruption, upon which R removes what is half installed."""
    Path(log).unlink(missing_ok=True)
    os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(_SECONDS_TO_TIDY)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGTERM)


def _listen(lines: Iterable[str], copy: IO[str], say: Callable[[str], None]) -> str:
    """Copy what R prints and pass on what it is doing; returns why it failed, in its own words."""
    failure = ""
    for line in lines:
        copy.write(line)
        tag, _, text = line.strip().partition(" ")
        if tag == "@failed":
            failure = text
        elif tag == "@mirror":
            say(f"from {text}")
        elif re.match(r"- (Installing|Downloading) ", line):
            say(f"  {text}")
    return failure


def cause(log: str, failure: str) -> str:
    """Name the cause that the log of an installation tells, else the beginning of R's own words."""
    for pattern, known in _CAUSES:
        if found := re.search(pattern, log):
            return known.format(*found.groups())
    return shorten(failure, 300, placeholder=" ...")
