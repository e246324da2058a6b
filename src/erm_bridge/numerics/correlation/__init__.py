"""Correlations of items: Pearson, Spearman, polychoric, tetrachoric and mixed; complete or pairwise.

`methods.correlate` takes the kind by name; each kind has a file of its own.
"""

from erm_bridge.numerics.correlation.definite import (
    SMALLEST_EIGENVALUE,
    dependent_items,
    refuse_singular,
    smoothed,
)
from erm_bridge.numerics.correlation.sample_moments import BLOCK, Moments, constant_columns, moments

__all__ = [
    "BLOCK",
    "SMALLEST_EIGENVALUE",
    "Moments",
    "constant_columns",
    "dependent_items",
    "moments",
    "refuse_singular",
    "smoothed",
]
