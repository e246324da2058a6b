"""Solutions of a stack of correlation matrices: what the bootstrap asks of extraction and rotation."""

from collections.abc import Callable

import numpy as np

from erm_bridge.errors import EngineError, InputError
from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.bootstrap import Solutions
from erm_bridge.numerics.extraction import EXTRACTIONS, UNIQUENESS_BOUNDS, Extraction
from erm_bridge.numerics.factoring import Factoring
from erm_bridge.numerics.varimax_stack import varimax_stack


def stack_solver(factors: int, method: Factoring) -> Callable[[FloatArray], Solutions]:
    """Return a function that extracts and rotates the factors of each matrix of a stack (b x p x p).

    A matrix on which the extraction or the rotation fails has no solution; the others do not notice.
    """

    def solve(correlations: FloatArray) -> Solutions:
        extracted = _extracted(correlations, factors, method.extraction)
        loadings = extracted.loadings
        return Solutions(_rotated(loadings, method.rotation), None, extracted.solved, extracted.improper)

    return solve


def _extracted(correlations: FloatArray, factors: int, extraction: str) -> Solutions:
    count, p, _ = correlations.shape
    loadings = np.zeros((count, p, factors))
    solved, improper = np.zeros((2, count), dtype=bool)
    for b, correlation in enumerate(correlations):
        try:
            found = EXTRACTIONS[extraction].extract(correlation, factors)
        except (EngineError, InputError, np.linalg.LinAlgError):
            continue
        loadings[b], solved[b], improper[b] = found.loadings, True, is_heywood(found, extraction)
    return Solutions(loadings, None, solved, improper)


def is_heywood(found: Extraction, extraction: str) -> bool:
    """Tell whether a uniqueness was held at its lower bound; components have no such bound."""
    return extraction != "pca" and bool((found.uniquenesses <= UNIQUENESS_BOUNDS[0] * (1 + 1e-6)).any())


def _rotated(loadings: FloatArray, rotation: str) -> FloatArray:
    return varimax_stack(loadings) if rotation == "varimax" else loadings
