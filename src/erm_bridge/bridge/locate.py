"""Find R, its libraries and the R code of erm-bridge, without starting R."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from erm_bridge import one_thread
from erm_bridge.errors import InputError

LIBRARY_VARIABLE = "ERM_BRIDGE_R_LIBRARY"

# R's start script takes some milliseconds; a file system that does not answer is not waited for.
_SECONDS_TO_START = 30.0

# Variables by which a user's own set-up of R would change results, or make R look elsewhere.
_USER_SETUP = (
    "R_ENVIRON",
    "R_ENVIRON_USER",
    "R_PROFILE",
    "R_PROFILE_USER",
    "R_DEFAULT_PACKAGES",
    "R_TESTS",
    "R_SESSION_INITIALIZED",
)


@dataclass(frozen=True)
class RInstallation:
    """An installed R.

    Attributes
    ----------
    home : Path
        R's home directory, as `R RHOME` prints it.
    version : str
        Such as `4.2.2`.
    environment : mapping
        The variables `R_*` that R's start script sets for R.
    """

    home: Path
    version: str
    environment: Mapping[str, str] = field(repr=False)


def find_r() -> RInstallation | None:
    """Find R by the variable R_HOME or on the PATH; None where there is none that runs."""
    program = r_program()
    if program is None:
        return None
    environment = {name: value for name, value in os.environ.items() if name not in (*_USER_SETUP, "R_HOME")}
    # `R CMD env` runs R's start script and then `env` in place of R: some milliseconds, no R.
    command = [program, "CMD", "env", "-0"]
    try:
        finished = subprocess.run(
            command, env=environment, capture_output=True, check=False, timeout=_SECONDS_TO_START
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    listed = finished.stdout.decode("utf-8", "surrogateescape").split("\0")
    shown = dict(entry.split("=", 1) for entry in listed if "=" in entry)
    if finished.returncode != 0 or not Path(shown.get("R_HOME", "")).is_dir() or "R_HOME" not in shown:
        return None
    home = Path(shown["R_HOME"])
    version = package_version(home / "library" / "base") or shown.get("R_VERSION", "")
    own = {name: value for name, value in shown.items() if name.startswith("R_") and name != "R_CMD"}
    return RInstallation(home, version, own)


def r_program() -> str | None:
    """Return the path of R's start script, by R_HOME or on the PATH, whether it runs or not."""
    home = os.environ.get("R_HOME")
    if home and os.access(Path(home, "bin", "R"), os.X_OK):
        return str(Path(home, "bin", "R"))
    return shutil.which("R")


def checkout() -> Path | None:
    """Return the folder of the repository when erm-bridge runs from one, else None."""
    root = Path(__file__).resolve().parents[3]
    return root if (root / "r" / "DESCRIPTION").is_file() else None


def shared_file(name: str) -> Path:
    """Return the path of something that lies in the repository and travels inside the wheel."""
    root = checkout()
    return root / name if root is not None else Path(str(files("erm_bridge") / "_share" / name))


def r_code() -> Path:
    """Return the folder of erm-bridge's own R code."""
    return shared_file("r") / "R"


def preferred_library() -> Path | None:
    """Return the R library that goes before R's own: ERM_BRIDGE_R_LIBRARY, else the project's, else None.

    Raises
    ------
    InputError
        ERM_BRIDGE_R_LIBRARY names a folder that does not exist.
    """
    named = os.environ.get(LIBRARY_VARIABLE)
    if named:
        if not Path(named).is_dir():
            raise InputError(f"{LIBRARY_VARIABLE}: there is no folder {named!r}")
        return Path(named).resolve()
    root = checkout()
    project = None if root is None else root / ".r-library"
    return project if project is not None and project.is_dir() else None


def r_libs() -> str:
    """Return the value of R_LIBS for R: the preferred library, then what R_LIBS holds already."""
    first = preferred_library()
    parts = ([] if first is None else [str(first)]) + _split(os.environ.get("R_LIBS", ""))
    return os.pathsep.join(dict.fromkeys(parts))


def library_paths(r: RInstallation) -> tuple[Path, ...]:
    """List the existing library folders in the order in which R will search them (`.libPaths()`)."""
    listed = [
        *_split(r_libs()),
        *_split(_expanded(r.environment.get("R_LIBS_USER", ""), r)),
        *_split(_expanded(r.environment.get("R_LIBS_SITE", ""), r)),
        str(r.home / "library"),
    ]
    existing = [Path(path).expanduser().resolve() for path in listed if Path(path).expanduser().is_dir()]
    return tuple(dict.fromkeys(existing))


def libraries_state(r: RInstallation) -> tuple[tuple[Path, int], ...]:
    """Return what changes when a package is installed, replaced or removed: the libraries and their times."""
    return tuple((path, path.stat().st_mtime_ns) for path in library_paths(r))


def user_library(r: RInstallation) -> Path | None:
    """Return the folder where R installs the user's own packages, which need not exist; None: R has none."""
    listed = _split(_expanded(r.environment.get("R_LIBS_USER", ""), r))
    # R's manual names `NULL` as the value by which a user switches this library off.
    return Path(listed[0]).expanduser() if listed and listed[0] != "NULL" else None


def _expanded(text: str, r: RInstallation) -> str:
    """Fill in R's placeholders of library paths (R: `?libPaths`)."""
    platform = r.environment.get("R_PLATFORM", "")
    values = {
        "U": str(Path.home() / "R" / f"{platform}-library" / r.version.rpartition(".")[0]),
        "S": str(r.home / "site-library"),
        "V": r.version,
        "v": r.version.rpartition(".")[0],
        "p": platform,
        "a": platform.partition("-")[0],
        "o": platform.split("-", 2)[-1],
    }
    return re.sub(r"%([USVvpao])", lambda found: values[found[1]], text)


def _split(paths: str) -> list[str]:
    return [path for path in paths.split(os.pathsep) if path]


def package_version(folder: Path) -> str | None:
    """Read the version of an installed package from its DESCRIPTION; None where there is none."""
    try:
        text = (folder / "DESCRIPTION").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return _field(text, "Version") or None


def installed_packages(names: Iterable[str], libraries: Iterable[Path]) -> dict[str, str]:
    """Return the versions of those packages that are installed, each from the first library that has it."""
    folders = tuple(libraries)
    found = {name: [package_version(folder / name) for folder in folders] for name in names}
    return {name: next(filter(None, versions)) for name, versions in found.items() if any(versions)}


def missing_packages(libraries: Iterable[Path]) -> dict[str, str]:
    """Map each package that is not installed to the one that needs it, erm-bridge's own to an empty text.

    What an installed package imports is needed as well, since it does not load without.
    """
    folders = tuple(libraries)
    found: dict[str, str] = {}
    queue = [(name, "") for name in needed_packages()]
    seen = {"R"}
    while queue:
        name, needed_by = queue.pop(0)
        if name in seen:
            continue
        seen.add(name)
        texts = [path for folder in folders if (path := folder / name / "DESCRIPTION").is_file()]
        if not texts:
            found[name] = needed_by
            continue
        text = texts[0].read_text(encoding="utf-8", errors="replace")
        queue += [(child, name) for part in ("Depends", "Imports") for child, _ in _packages(text, part)]
    return found


def needed_packages() -> tuple[str, ...]:
    """List the packages that erm-bridge's R code imports, as `r/DESCRIPTION` names them."""
    return tuple(name for name, _ in _packages(_own_description(), "Imports"))


def oldest_r() -> str:
    """Return the oldest version of R that erm-bridge runs with, as `r/DESCRIPTION` names it."""
    return dict(_packages(_own_description(), "Depends"))["R"]


def _own_description() -> str:
    return (shared_file("r") / "DESCRIPTION").read_text(encoding="utf-8")


def _field(description: str, name: str) -> str:
    """Take a field of a DESCRIPTION with its continuation lines; empty where there is none."""
    found = re.search(rf"^{name}:((?:.*\n?)(?:[ \t]+.*\n?)*)", description, re.MULTILINE)
    return found[1].strip() if found else ""


def _packages(description: str, field: str) -> list[tuple[str, str]]:
    """List the packages of a field of a DESCRIPTION, each with its oldest version or an empty text."""
    entries = re.finditer(r"([A-Za-z][\w.]*)\s*(?:\(\s*>=\s*([^)\s]+)\s*\))?", _field(description, field))
    return [(entry[1], entry[2] or "") for entry in entries]


def locked_packages() -> dict[str, str]:
    """Return the versions in `renv.lock`: those that erm-bridge is tested with."""
    lock = json.loads(shared_file("renv.lock").read_text(encoding="utf-8"))
    return {name: entry["Version"] for name, entry in lock["Packages"].items()}


def worker_environment(r: RInstallation) -> dict[str, str]:
    """Return the environment of the process that will hold R.

    Text is UTF-8, sorting is by code point, messages are English, times are UTC, linear algebra is on
    one thread, and nothing of the user's own set-up of R takes part except the libraries.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("LC_") and name not in (*_USER_SETUP, "LANGUAGE")
    }
    libraries = [str(r.home / "lib"), *_split(kept.get("LD_LIBRARY_PATH", ""))]
    package_root = str(Path(__file__).resolve().parents[2])
    return {
        **kept,
        **r.environment,
        **one_thread.ENVIRONMENT,
        "OMP_NUM_THREADS": "1",
        "R_HOME": str(r.home),
        "R_LIBS": r_libs(),
        "LD_LIBRARY_PATH": os.pathsep.join(dict.fromkeys(libraries)),
        "LANG": "C.UTF-8",
        "LC_COLLATE": "C",
        "LANGUAGE": "en",
        # Times cross as seconds of UTC; R would show and take them apart in the machine's zone.
        "TZ": "UTC",
        "RPY2_CFFI_MODE": "ABI",
        "PYTHONPATH": os.pathsep.join([package_root, *_split(kept.get("PYTHONPATH", ""))]),
    }
