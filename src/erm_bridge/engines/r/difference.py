"""Stage `difference`: group means and the one-way analysis of variance, by stats."""

from erm_bridge.engines.base import Artefacts, StageResult
from erm_bridge.engines.r.session import Session


def run(session: Session, given: Artefacts) -> StageResult:
    """Let R compare the outcome between groups; the index is taken where it is the outcome."""
    return StageResult(session.ask("difference", given.only("index")).rows)
