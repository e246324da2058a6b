"""Extraction of factors from a correlation matrix; `EXTRACTIONS` names the methods.

========================  ==============================================================================
`searched`                minres, ols, uls, wls, gls, ml: searches for uniquenesses, also of whole stacks
`iterated`                pa, alpha: passes that end by a rule
`minchi`                  minchi: residuals weighted by counts
`components`              pca
`objective`               what each of them minimises
========================  ==============================================================================
"""

from collections.abc import Callable
from dataclasses import dataclass

from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.extraction import searched
from erm_bridge.numerics.extraction.components import principal_components
from erm_bridge.numerics.extraction.iterated import alpha_factors, principal_axis
from erm_bridge.numerics.extraction.minchi import minimum_chi
from erm_bridge.numerics.extraction.objective import OBJECTIVES, squared_residuals
from erm_bridge.numerics.extraction.searched import CRITERIA, ExtractionStack, extract_stack, minres
from erm_bridge.numerics.extraction.solution import (
    DEFAULTS,
    ITERATIONS,
    TOLERANCE,
    UNIQUENESS_BOUNDS,
    Extraction,
    Settings,
    most_factors,
    principal_loadings,
)


@dataclass(frozen=True, slots=True)
class ExtractionMethod:
    """A way to extract k factors, and the largest k that p items allow."""

    of: Callable[[FloatArray, int, Settings], Extraction]
    most_factors: Callable[[int], int] = most_factors

    def extract(self, correlation: FloatArray, factors: int, settings: Settings = DEFAULTS) -> Extraction:
        """Extract factors from a correlation matrix (p x p)."""
        return self.of(correlation, factors, settings)


def _searched(name: str) -> ExtractionMethod:
    return ExtractionMethod(lambda correlation, factors, _: searched.extract(name, correlation, factors))


# Methods that end by a rule of their own, which `Settings` hold.
ITERATED = ("pa", "alpha")

EXTRACTIONS: dict[str, ExtractionMethod] = {
    **{name: _searched(name) for name in CRITERIA},
    "pa": ExtractionMethod(principal_axis),
    "alpha": ExtractionMethod(alpha_factors),
    "minchi": ExtractionMethod(lambda correlation, factors, s: minimum_chi(correlation, factors, s.counts)),
    "pca": ExtractionMethod(
        lambda correlation, factors, _: principal_components(correlation, factors), lambda items: items
    ),
}

__all__ = [
    "CRITERIA",
    "DEFAULTS",
    "EXTRACTIONS",
    "ITERATED",
    "ITERATIONS",
    "OBJECTIVES",
    "TOLERANCE",
    "UNIQUENESS_BOUNDS",
    "Extraction",
    "ExtractionMethod",
    "ExtractionStack",
    "Settings",
    "alpha_factors",
    "extract_stack",
    "minimum_chi",
    "minres",
    "most_factors",
    "principal_axis",
    "principal_components",
    "principal_loadings",
    "squared_residuals",
]
