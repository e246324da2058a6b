"""Say what is installed, whether it fits together, which known defects apply, and what helps."""

import json
import platform
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from erm_bridge.bridge import locate
from erm_bridge.bridge.availability import Availability, availability
from erm_bridge.bridge.client import RWorker
from erm_bridge.bridge.defects import Defect, applying
from erm_bridge.errors import ErmBridgeError
from erm_bridge.installed import package_versions


@dataclass(frozen=True)
class Report:
    """What was found.

    Attributes
    ----------
    python : mapping
        `version`, `executable` and `packages` (name to version).
    r : mapping
        `version`, `home`, `library` (one path usable as R_LIBS) and `packages` (name to version);
        None and no packages where R is not installed.
    rpy2 : mapping
        `version` of rpy2-rinterface or None; `loads`: whether R was started through it.
    lock : str
        Path of the lock of R packages, for `renv::restore(lockfile = ...)`.
    defects : tuple of mappings
        Known defects that the installed versions have, with the `version`; `reachable` tells whether
        any study can meet it.
    problems : tuple of str
        What keeps the two engines from running side by side, a sentence each, with its cure.
    notes : tuple of str
        What differs from the versions that erm-bridge was tested with.
    """

    python: Mapping[str, Any]
    r: Mapping[str, Any]
    rpy2: Mapping[str, Any]
    lock: str
    defects: tuple[Mapping[str, Any], ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    ok: bool = field(init=False)

    def __post_init__(self) -> None:
        """Judge: both engines can run, and nothing a study can ask for meets a known defect."""
        object.__setattr__(self, "ok", not self.problems)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data, for `doctor --json`."""
        return json.loads(json.dumps(asdict(self)))  # type: ignore[no-any-return]

    def lines(self) -> list[str]:
        """Return everything as lines for people."""
        shown = [f"Python {self.python['version']}: {_listed(self.python['packages'])}"]
        if self.r["version"] is not None:
            shown.append(f"R {self.r['version']} ({self.r['home']}): {_listed(self.r['packages'])}")
            shown.append(f"R library: {self.r['library']}")
        shown.append(f"rpy2-rinterface: {_rpy2_line(self.rpy2)}")
        shown.append(f"lock of the R packages, for renv::restore(lockfile = ...): {self.lock}")
        shown += [f"problem: {problem}" for problem in self.problems]
        shown += [_out_of_reach(defect) for defect in self.defects if not defect["reachable"]]
        shown += [f"note: {note}" for note in self.notes]
        return [*shown, "all is well" if self.ok else "not ready to run both engines"]


def examine() -> Report:
    """Look at Python, R, their packages and the bridge between them; starts R once if it can."""
    found = availability()
    versions = found.packages or {}
    defects = applying(versions)
    problems = [] if found.usable else [found.reason]
    problems += [defect.sentence(versions[defect.package]) for defect in defects if defect.reachable]
    failure = _start_failure() if found.usable else None
    if failure is not None:
        problems.append(failure)
    return Report(
        python=_python(),
        r=_r(found),
        rpy2={"version": found.rpy2, "loads": found.usable and failure is None},
        lock=str(locate.shared_file("renv.lock")),
        defects=tuple(_described(defect, versions[defect.package]) for defect in defects),
        problems=tuple(problems),
        notes=tuple(_differences(versions)),
    )


def _python() -> dict[str, Any]:
    return {
        "version": platform.python_version(),
        "executable": sys.executable,
        "packages": package_versions(),
    }


def _r(found: Availability) -> dict[str, Any]:
    return {
        "version": None if found.r is None else found.r.version,
        "home": None if found.r is None else str(found.r.home),
        "library": None if found.library is None else str(found.library),
        "packages": dict(found.packages or {}),
    }


def _start_failure() -> str | None:
    """Start R through rpy2 and say in one sentence what went wrong, None if nothing did."""
    worker = RWorker()
    try:
        worker.call("versions")
    except ErmBridgeError as error:
        return str(error)
    finally:
        worker.close()
    return None


def _described(defect: Defect, version: str) -> dict[str, Any]:
    return {**asdict(defect), "version": version, "reachable": defect.reachable}


def _differences(versions: Mapping[str, str]) -> list[str]:
    """Name packages whose version is not the one of `renv.lock`, with which erm-bridge is tested."""
    tested = locate.locked_packages()
    return [
        f"{name} {version} is installed, {tested[name]} is the version tested"
        for name, version in versions.items()
        if tested.get(name, version) != version
    ]


def _listed(packages: Mapping[str, str]) -> str:
    return (
        ", ".join(f"{name} {version}" for name, version in packages.items()) or "none of the packages needed"
    )


def _out_of_reach(defect: Mapping[str, Any]) -> str:
    what = f"{defect['package']} {defect['version']}: {defect['consequence']} ({defect['id']})"
    return f"known defect: {what}; no study can meet it"


def _rpy2_line(rpy2: Mapping[str, Any]) -> str:
    if rpy2["version"] is None:
        return "not installed"
    return f"{rpy2['version']}, {'loads' if rpy2['loads'] else 'not tried or does not load'}"
