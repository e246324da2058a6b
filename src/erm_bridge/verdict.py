"""What a finished run tells the shell: the one place in which its exit code is made."""

from collections.abc import Mapping

from erm_bridge.crosscheck.summary import FAILING
from erm_bridge.errors import EngineError

OK = "ok"
NOT_INSTALLED = "not installed"


def failed(status: str) -> bool:
    """Tell whether an engine could not run although it was to; one that is not installed was not to."""
    return status != OK and not status.startswith(NOT_INSTALLED)


def exit_code(verdict: str, status: Mapping[str, str]) -> int:
    """Give the exit code of a run.

    Parameters
    ----------
    verdict : str
        Verdict of the crosscheck, `not crosschecked` where one engine ran.
    status : mapping
        For each engine `ok`, `not installed: ...` or `failed: ...`.

    Returns
    -------
    int
        3 an engine could not run, 1 a row fails, 0 otherwise.
    """
    if any(failed(text) for text in status.values()):
        return EngineError.exit_code
    return 1 if verdict in FAILING else 0
