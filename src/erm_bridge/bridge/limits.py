"""How long R may take for a call and how much memory it may hold: from parameters or the environment."""

import os
import re
import sys
import threading

from erm_bridge.errors import InputError

TIMEOUT_VARIABLE = "ERM_BRIDGE_R_TIMEOUT"
MEMORY_VARIABLE = "ERM_BRIDGE_R_MEMORY"
DEFAULT_TIMEOUT = 3600.0

_UNITS = {"KB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40}
# R itself, psych and MatchIt hold about 120 MB.
_LEAST_MEMORY = 256 * 2**20


def time_limit(seconds: float | None = None) -> float:
    """Return the seconds that one call of R may take: those given, else ERM_BRIDGE_R_TIMEOUT, else an hour.

    Raises
    ------
    InputError
        The number is not greater than 0.
    """
    named = "timeout" if seconds is not None else TIMEOUT_VARIABLE
    found: object = seconds if seconds is not None else os.environ.get(TIMEOUT_VARIABLE, "")
    if found == "":
        return DEFAULT_TIMEOUT
    try:
        limit = float(found)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        limit = 0.0
    if not 0 < limit <= threading.TIMEOUT_MAX:
        raise InputError(f"{named}: must be a number of seconds greater than 0, found {found!r}")
    return limit


def memory_limit(size: str | None = None) -> int | None:
    """Return the bytes that R may hold: the size given, else ERM_BRIDGE_R_MEMORY, else None, no limit.

    Parameters
    ----------
    size : str, optional
        Such as `4GB`; KB, MB, GB and TB are powers of 1,024.

    Raises
    ------
    InputError
        The text is not a size of at least 256MB.
    """
    named = "memory" if size is not None else MEMORY_VARIABLE
    text = size if size is not None else os.environ.get(MEMORY_VARIABLE, "")
    if text == "":
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?([KMGT]B)", str(text).strip(), re.IGNORECASE | re.ASCII)
    limit = float(found[1]) * _UNITS[found[2].upper()] if found else 0.0
    if not _LEAST_MEMORY <= limit <= sys.maxsize:
        raise InputError(f"{named}: must be a size of at least 256MB, such as 4GB, found {text!r}")
    return int(limit)


def size_text(size: int) -> str:
    """Write a number of bytes as `memory_limit` reads it, such as `4GB`."""
    unit = next(name for name in reversed(_UNITS) if size >= _UNITS[name])
    return f"{size / _UNITS[unit]:g}{unit}"
