"""Simulated surveys with a known effect; `SURVEYS` names them for `data: {source: simulate:<name>}`."""

from collections.abc import Callable

from erm_bridge.simulate.columns import COLUMNS, Column, codebook
from erm_bridge.simulate.constants import NAME
from erm_bridge.simulate.files import check_target, read_metadata, write
from erm_bridge.simulate.survey import SimulatedSurvey, simulate

SURVEYS: dict[str, Callable[..., SimulatedSurvey]] = {NAME: simulate}

__all__ = [
    "COLUMNS",
    "SURVEYS",
    "Column",
    "SimulatedSurvey",
    "check_target",
    "codebook",
    "read_metadata",
    "simulate",
    "write",
]
