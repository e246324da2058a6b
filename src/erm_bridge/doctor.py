"""Say what is installed, whether it fits together, which known defects apply, and what helps."""

import json
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from erm_bridge.bridge import locate
from erm_bridge.bridge.availability import OPTIONAL, Availability, availability, install_command
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
        Path of the lock of R packages.
    defects : tuple of mappings
        Known defects that the installed versions have, with the `version`; `reachable`: some study can
        meet it; `curable`: it can, and the version tested is free of it.
    problems : tuple of str
        What keeps the two engines from running side by side, a sentence each, with its cure.
    optional : tuple of mappings
        R packages that are not needed: `name`, `version` (None where it is not installed), `unlocks`.
    notes : tuple of str
        What differs from the versions that erm-bridge was tested with.
    """

    python: Mapping[str, Any]
    r: Mapping[str, Any]
    rpy2: Mapping[str, Any]
    lock: str
    defects: tuple[Mapping[str, Any], ...] = ()
    problems: tuple[str, ...] = ()
    optional: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    ok: bool = field(init=False)

    def __post_init__(self) -> None:
        """Judge: both engines can run, and no study meets a defect that the versions tested do not have."""
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
        shown.append(f"R packages as tested: {self.lock}; installed by: {install_command()}")
        shown += [f"problem: {problem}" for problem in self.problems]
        shown += _known(self.defects)
        shown += [_option(package) for package in self.optional]
        shown += [f"note: {note}" for note in self.notes]
        return [*shown, "all is well" if self.ok else "not ready to run both engines"]


def examine() -> Report:
    """Look at Python, R, their packages and the bridge between them; starts R once if it can."""
    found = availability()
    versions = found.packages or {}
    defects = applying(versions)
    problems = [] if found.usable else [found.reason]
    problems += [defect.sentence(versions[defect.package]) for defect in defects if _curable(defect)]
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
        optional=tuple(
            {"name": name, "version": versions.get(name), "unlocks": unlocks}
            for name, unlocks in OPTIONAL.items()
        ),
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
        worker.call("warm_up")
    except ErmBridgeError as error:
        return str(error)
    finally:
        worker.close()
    return None


def _described(defect: Defect, version: str) -> dict[str, Any]:
    return {
        **asdict(defect),
        "version": version,
        "reachable": defect.reachable,
        "curable": _curable(defect),
    }


def _option(package: Mapping[str, Any]) -> str:
    """Say what an optional package of R is for, and whether it is there."""
    there = package["version"] or "not installed"
    return f"optional: {package['name']} ({there}) lets R do {package['unlocks']}"


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


def _curable(defect: Defect) -> bool:
    """Tell whether a study can meet it, and the version of the lock is free of it."""
    return defect.reachable and not defect.has(locate.locked_packages().get(defect.package))


def _known(defects: Sequence[Mapping[str, Any]]) -> list[str]:
    """List defects that are no problem by themselves, those out of reach on one line for each package."""
    packages = dict.fromkeys(f"{defect['package']} {defect['version']}" for defect in defects)
    far: dict[str, list[str]] = {package: [] for package in packages}
    shown = []
    for defect in defects:
        package = f"{defect['package']} {defect['version']}"
        if not defect["reachable"]:
            far[package].append(defect["id"])
        elif not defect["curable"]:
            shown.append(
                f"known defect: {package}: {defect['consequence']} ({defect['id']}); met by a study with "
                f"{defect['stage']}: {defect['condition']}; {defect['cure']}"
            )
    listed = {package: ", ".join(ids) for package, ids in far.items() if ids}
    return shown + [
        f"known defects of {package} that no study can meet: {ids}" for package, ids in listed.items()
    ]


def _rpy2_line(rpy2: Mapping[str, Any]) -> str:
    if rpy2["version"] is None:
        return "not installed"
    return f"{rpy2['version']}, {'loads' if rpy2['loads'] else 'not tried or does not load'}"
