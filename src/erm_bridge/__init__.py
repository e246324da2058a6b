"""Run an observational study in R and in Python and compare the two number by number.

The public names are loaded when they are first used, so that `import erm_bridge` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from erm_bridge.api import run
    from erm_bridge.effect_calls import effect_sensitivity, estimate_effect
    from erm_bridge.errors import ContractError, DefectError, EngineError, ErmBridgeError, InputError
    from erm_bridge.factor_calls import factor_analysis, number_of_factors
    from erm_bridge.index_calls import composite_index, index_sensitivity
    from erm_bridge.match_calls import match
    from erm_bridge.pipeline import Run
    from erm_bridge.results import (
        Adequacy,
        CompositeIndex,
        Dimension,
        Effect,
        EffectSensitivity,
        FactorBootstrap,
        FactorFit,
        FactorSolution,
        IndexSensitivity,
        Match,
        Omega,
        Reliability,
    )
    from erm_bridge.scales import congruence, reliability

_HOME = {
    **dict.fromkeys(("effect_sensitivity", "estimate_effect"), "effect_calls"),
    **dict.fromkeys(("factor_analysis", "number_of_factors"), "factor_calls"),
    **dict.fromkeys(
        ("ContractError", "DefectError", "EngineError", "ErmBridgeError", "InputError"), "errors"
    ),
    **dict.fromkeys(("composite_index", "index_sensitivity"), "index_calls"),
    **dict.fromkeys(
        (
            "Adequacy",
            "CompositeIndex",
            "Dimension",
            "Effect",
            "EffectSensitivity",
            "FactorBootstrap",
            "FactorFit",
            "FactorSolution",
            "IndexSensitivity",
            "Match",
            "Omega",
            "Reliability",
        ),
        "results",
    ),
    **dict.fromkeys(("congruence", "reliability"), "scales"),
    "Run": "pipeline",
    "match": "match_calls",
    "run": "api",
}

__all__ = [
    "Adequacy",
    "CompositeIndex",
    "ContractError",
    "DefectError",
    "Dimension",
    "Effect",
    "EffectSensitivity",
    "EngineError",
    "ErmBridgeError",
    "FactorBootstrap",
    "FactorFit",
    "FactorSolution",
    "IndexSensitivity",
    "InputError",
    "Match",
    "Omega",
    "Reliability",
    "Run",
    "composite_index",
    "congruence",
    "effect_sensitivity",
    "estimate_effect",
    "factor_analysis",
    "index_sensitivity",
    "match",
    "number_of_factors",
    "reliability",
    "run",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
