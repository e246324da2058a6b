"""Frozen results that both engines return; the report and the table of estimates are made from them."""

from erm_bridge.results.bootstrap import FactorBootstrap, Limits
from erm_bridge.results.composite import CompositeIndex, IndexSensitivity
from erm_bridge.results.correlations import Correlations
from erm_bridge.results.dimension import Dimension
from erm_bridge.results.factors import (
    HEYWOOD,
    NOT_CONVERGED,
    Adequacy,
    FactorFit,
    FactorSolution,
    RotationEnd,
)
from erm_bridge.results.matching import Effect, Match
from erm_bridge.results.reliability import Omega, Reliability
from erm_bridge.results.sensitivity import EffectSensitivity

__all__ = [
    "HEYWOOD",
    "NOT_CONVERGED",
    "Adequacy",
    "CompositeIndex",
    "Correlations",
    "Dimension",
    "Effect",
    "EffectSensitivity",
    "FactorBootstrap",
    "FactorFit",
    "FactorSolution",
    "IndexSensitivity",
    "Limits",
    "Match",
    "Omega",
    "Reliability",
    "RotationEnd",
]
