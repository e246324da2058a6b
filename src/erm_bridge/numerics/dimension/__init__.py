"""How many factors to extract: eigenvalues, parallel analysis, average partials, very simple structure."""

from erm_bridge.numerics.dimension.null_correlations import null_correlations, numbers_needed
from erm_bridge.numerics.dimension.parallel import EIGENVALUES, Parallel, parallel
from erm_bridge.numerics.dimension.partial import AveragePartials, average_partials
from erm_bridge.numerics.dimension.rules import kaiser
from erm_bridge.numerics.dimension.simple_structure import SimpleStructure, very_simple_structure

__all__ = [
    "EIGENVALUES",
    "AveragePartials",
    "Parallel",
    "SimpleStructure",
    "average_partials",
    "kaiser",
    "null_correlations",
    "numbers_needed",
    "parallel",
    "very_simple_structure",
]
