"""Whether the engine r can run, judged without starting R."""

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from erm_bridge.bridge import locate
from erm_bridge.bridge.defects import known_defects, version_key
from erm_bridge.errors import InputError

# rpy2-rinterface 3.6.6 and later look up R_getVar, which R has only since 4.5.
_FIRST_RPY2_WITH_GETVAR = (3, 6, 6)
_FIRST_R_WITH_GETVAR = (4, 5)

INSTALL_RPY2 = 'pip install "erm-bridge[r]"'
PIN_RPY2 = 'pip install "rpy2-rinterface<=3.6.5"'
# R packages that MatchIt only suggests, and what they let the engine r do.
OPTIONAL = {
    "optmatch": "optimal and full matching",
    "quickmatch": "generalised full matching",
    "highs": "cardinality matching",
    "Rglpk": "cardinality matching",
}
_INSTALL_R = "install R (Debian: apt install r-base-core)"


@dataclass(frozen=True)
class Availability:
    """What there is of R.

    Attributes
    ----------
    installed : bool
        R and rpy2 are both installed; otherwise Python runs alone.
    usable : bool
        Nothing that shows from outside keeps R from computing. Known defects are judged apart
        (`erm_bridge.bridge.defects`), since they depend on the study.
    reason : str
        Why not, in one sentence with its cure; empty if usable.
    r : RInstallation or None
    rpy2 : str or None
        Version of rpy2-rinterface.
    library : Path or None
        One existing library, usable as R_LIBS: the preferred one, else the first of R's own that
        holds a needed package.
    packages : mapping
        Versions of the installed ones among the packages that erm-bridge needs or knows defects of, or
        that are `OPTIONAL`.
    """

    installed: bool
    usable: bool
    reason: str
    r: locate.RInstallation | None = None
    rpy2: str | None = None
    library: Path | None = None
    packages: Mapping[str, str] | None = None


def availability() -> Availability:
    """Look for R, rpy2 and the R packages; some milliseconds."""
    r, rpy2 = locate.find_r(), rpy2_version()
    if r is None:
        return Availability(locate.r_program() is not None and rpy2 is not None, False, without_r(), r, rpy2)
    try:
        libraries = locate.library_paths(r)
    except InputError as error:
        return Availability(rpy2 is not None, False, str(error), r, rpy2)
    names = tuple(dict.fromkeys([*locate.needed_packages(), *locate.locked_packages()]))
    defective = [defect.package for defect in known_defects()]
    packages = locate.installed_packages(dict.fromkeys([*names, *defective, *OPTIONAL]), libraries)
    if rpy2 is None:
        reason = f"rpy2, through which Python talks to R, is not installed: {INSTALL_RPY2}"
    else:
        reason = old_r(r) or _mismatch(r, rpy2) or _missing(libraries)
    return Availability(rpy2 is not None, not reason, reason, r, rpy2, _library(libraries, names), packages)


def without_r() -> str:
    """Say why `locate.find_r` finds no R."""
    program = locate.r_program()
    if program is None:
        return f"R is not installed: there is no `R` on the PATH; {_INSTALL_R}"
    return f"{program} does not run as R does (`{program} CMD env` fails); mend it, or {_INSTALL_R}"


def rpy2_version() -> str | None:
    """Return the version of rpy2-rinterface, None where it is not installed."""
    try:
        if importlib.util.find_spec("rpy2.rinterface") is None:
            return None
        return metadata.version("rpy2-rinterface")
    except (ModuleNotFoundError, metadata.PackageNotFoundError):
        return None


def install_command() -> str:
    """Return the command that installs the R packages that erm-bridge needs."""
    return "erm-bridge doctor --install" if locate.checkout() is None else "script/bootstrap"


def old_r(r: locate.RInstallation) -> str:
    """Say that R is older than erm-bridge needs; empty if it is not."""
    oldest = locate.oldest_r()
    if version_key(r.version) >= version_key(oldest):
        return ""
    return f"R {r.version} ({r.home}) is too old; install R {oldest} or later"


def _mismatch(r: locate.RInstallation, rpy2: str) -> str:
    if version_key(rpy2) < _FIRST_RPY2_WITH_GETVAR or version_key(r.version) >= _FIRST_R_WITH_GETVAR:
        return ""
    return f"rpy2-rinterface {rpy2} does not load with R {r.version} (it needs R 4.5 or later): {PIN_RPY2}"


def _missing(libraries: tuple[Path, ...]) -> str:
    missing = locate.missing_packages(libraries)
    if not missing:
        return ""
    names = [f"{name} (which {by} needs)" if by else name for name, by in missing.items()]
    folders = ", ".join(str(folder) for folder in libraries)
    return f"R has no package {' and no '.join(names)} in {folders}; install with {install_command()}"


def _library(libraries: tuple[Path, ...], names: tuple[str, ...]) -> Path:
    preferred = locate.preferred_library()
    if preferred is not None:
        return preferred
    holding = [folder for folder in libraries if locate.installed_packages(names, [folder])]
    return (holding or list(libraries))[0]
