"""Solutions of a stack of correlation matrices: what the bootstrap asks of extraction and rotation."""

from collections.abc import Callable
from contextlib import suppress

import numpy as np

from erm_bridge.errors import EngineError, InputError
from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.bootstrap import Solutions
from erm_bridge.numerics.extraction import CRITERIA, EXTRACTIONS, extract_stack
from erm_bridge.numerics.factoring import Factoring
from erm_bridge.numerics.rotation import rotate_stack


def stack_solver(factors: int, method: Factoring) -> Callable[[FloatArray], Solutions]:
    """Return a function that extracts and rotates the factors of each matrix of a stack (b x p x p).

    A matrix on which the extraction or the rotation fails has no solution; the others do not notice.
    """

    def solve(correlations: FloatArray) -> Solutions:
        extracted = _extracted(correlations, factors, method)
        # One start each: where it leads is part of what varies.
        rotated = rotate_stack(extracted.loadings, method.rotation)
        ended = rotated.converged
        loadings = np.where(ended[:, None, None], rotated.loadings, 0.0)
        return Solutions(loadings, rotated.phi, extracted.solved & ended, extracted.improper)

    return solve


def _extracted(correlations: FloatArray, factors: int, method: Factoring) -> Solutions:
    if method.extraction in CRITERIA:
        with suppress(InputError):
            found = extract_stack(correlations, factors, method.extraction)
            improper = np.asarray(found.heywood.any(axis=1))
            return Solutions(found.loadings, None, found.converged, improper)
    # Passes that end by a rule; or a matrix among them is singular, and is left out here.
    count, p, _ = correlations.shape
    loadings = np.zeros((count, p, factors))
    solved, improper = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    for b, correlation in enumerate(correlations):
        try:
            one = EXTRACTIONS[method.extraction].extract(correlation, factors, method.settings)
        except (EngineError, InputError, np.linalg.LinAlgError):
            continue
        loadings[b], solved[b], improper[b] = one.loadings, True, bool(one.heywood.any())
    return Solutions(loadings, None, solved, improper)
