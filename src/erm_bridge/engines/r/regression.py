"""Stage `regression`: ordinary least squares, by `stats::lm`, all or selected candidates."""

from erm_bridge.engines.base import Artefacts, StageResult
from erm_bridge.engines.r.session import Session


def run(session: Session, given: Artefacts) -> StageResult:
    """Let R regress the outcome; the index is taken where it is the outcome."""
    return StageResult(session.ask("regression", given.only("index")).rows)
