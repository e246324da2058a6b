"""One factor of each of many correlation matrices at once, by minimum residuals."""

import numpy as np

from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.extraction import EXTRACTIONS, UNIQUENESS_BOUNDS

STEPS, HALVINGS = 100, 30
CONVERGED = 1e-12


def one_factor_loadings(correlations: FloatArray) -> FloatArray:
    """Return the loadings of one minres factor of each matrix.

    Minimises the squared residuals below the diagonal by Newton steps in the loadings, for all matrices at
    once; the few in which a communality passes its bound (Heywood cases) go through the bounded search of
    `numerics.extraction`. Matching R call, for each matrix: `psych::fa(R, 1)$loadings`, up to sign.

    Parameters
    ----------
    correlations : array, replicates x p x p

    Returns
    -------
    array, replicates x p
    """
    inverses = np.linalg.inv(correlations)
    diagonals = np.diagonal(inverses, axis1=1, axis2=2)
    loadings = _first_components(with_diagonals(correlations, 1 - 1 / diagonals))
    loadings, reached = _newton(correlations, loadings)
    improper = (np.square(loadings).max(axis=1) > 1 - UNIQUENESS_BOUNDS[0]) | ~(reached <= CONVERGED * 10)
    for position in np.flatnonzero(improper):
        loadings[position] = EXTRACTIONS["minres"].extract(correlations[position], 1).loadings[:, 0]
    return loadings


def with_diagonals(matrices: FloatArray, diagonals: FloatArray) -> FloatArray:
    """Return copies (replicates x p x p) with other diagonals (replicates x p)."""
    copies = matrices.copy()
    positions = np.arange(matrices.shape[-1])
    copies[..., positions, positions] = diagonals
    return copies


def _first_components(reduced: FloatArray) -> FloatArray:
    values, vectors = np.linalg.eigh(reduced)
    roots: FloatArray = vectors[:, :, -1] * np.sqrt(np.maximum(values[:, -1:], 0.0))
    return roots


def _newton(correlations: FloatArray, loadings: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Move loadings to the minimum of their matrix; also return the largest element of each gradient."""
    loadings = loadings.copy()
    reached = np.full(len(loadings), np.inf)
    active = np.arange(len(loadings))
    for _ in range(STEPS):
        at = loadings[active]
        residuals = _residuals(correlations[active], at)
        gradients = -np.einsum("bij,bj->bi", residuals, at)
        reached[active] = np.abs(gradients).max(axis=1)
        going = reached[active] > CONVERGED
        if not going.any():
            break
        active, at, residuals, gradients = active[going], at[going], residuals[going], gradients[going]
        step = _steps(at, residuals, gradients)
        moved, progressed = _line_search(correlations[active], at, residuals, gradients, step)
        loadings[active] = moved
        active = active[progressed]
        if not len(active):
            break
    return loadings, reached


def _residuals(correlations: FloatArray, loadings: FloatArray) -> FloatArray:
    """Residual correlations with zeros on the diagonal."""
    return with_diagonals(correlations - loadings[:, :, None] * loadings[:, None, :], np.zeros_like(loadings))


def _steps(loadings: FloatArray, residuals: FloatArray, gradients: FloatArray) -> FloatArray:
    """Newton's directions; negative curvatures count as positive ones."""
    products = loadings[:, :, None] * loadings[:, None, :]
    squared = np.square(loadings)
    hessians = with_diagonals(products - residuals, squared.sum(axis=1, keepdims=True) - squared)
    curvatures, directions = np.linalg.eigh(hessians)
    curvatures = np.abs(curvatures)
    curvatures = np.maximum(curvatures, 1e-10 * curvatures.max(axis=1, keepdims=True))
    along = np.einsum("bij,bi->bj", directions, gradients) / curvatures
    steps: FloatArray = -np.einsum("bij,bj->bi", directions, along)
    return steps


def _line_search(
    correlations: FloatArray,
    loadings: FloatArray,
    residuals: FloatArray,
    gradients: FloatArray,
    steps: FloatArray,
) -> tuple[FloatArray, "np.ndarray[tuple[int], np.dtype[np.bool_]]"]:
    """Halve each step until its criterion has fallen enough; tell which matrices still progress.

    Next to the minimum the decrease drowns in rounding: there the full step is taken.
    """
    values = np.square(residuals).sum(axis=(1, 2)) / 4
    promised = -np.einsum("bi,bi->b", gradients, steps)
    slack = 1e-15 * (1 + values)
    moved, progressed = loadings.copy(), np.zeros(len(loadings), dtype=bool)
    open_, length = np.arange(len(loadings)), 1.0
    for _ in range(HALVINGS):
        trial = loadings[open_] + length * steps[open_]
        found = np.square(_residuals(correlations[open_], trial)).sum(axis=(1, 2)) / 4
        enough = found <= values[open_] - 1e-4 * length * promised[open_] + slack[open_]
        moved[open_[enough]], progressed[open_[enough]] = trial[enough], True
        open_, length = open_[~enough], length / 2
        if not len(open_):
            break
    return moved, progressed
