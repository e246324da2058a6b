"""Minimum chi-square: least squares weighted by the number of rows behind each correlation."""

from dataclasses import dataclass

import numpy as np

from erm_bridge.errors import EngineError
from erm_bridge.numerics import BoolArray, FloatArray
from erm_bridge.numerics.extraction.objective import weighted_residuals
from erm_bridge.numerics.extraction.search import NOT_CONVERGED
from erm_bridge.numerics.extraction.searched import minres
from erm_bridge.numerics.extraction.solution import (
    UNIQUENESS_BOUNDS,
    Extraction,
    principal_axes,
    relative_counts,
)

# Largest communality.
LARGEST = 1 - UNIQUENESS_BOUNDS[0]
MOST_STEPS, MOST_HALVINGS, TOLERANCE = 200, 40, 1e-12


def minimum_chi(correlation: FloatArray, factors: int, counts: FloatArray | None = None) -> Extraction:
    """Find the loadings that reproduce pairwise correlations best, each weighted by its number of rows.

    Minimises the sum below the diagonal of n_ij (r_ij - l_i'l_j)^2, over all loadings with communalities
    up to .995. With equal counts this is minres. The search begins at minres. Matching R call:
    `psych::fa(R, k, fm = "minchi", np.obs = counts, rotate = "none")`, which stops beside this minimum: it
    takes its loadings from another criterion than the one it reports.

    Parameters
    ----------
    correlation : array, p x p
    factors : int
        k, at most `most_factors(p)`.
    counts : array, p x p, or None
        Rows in which both items are observed; the diagonal does not matter. None: the same for all.

    Returns
    -------
    Extraction
        `objective` has the counts divided by the largest, so that equal ones give that of minres.

    Raises
    ------
    InputError
        As for minres, or the counts are not a matrix of positive numbers.
    EngineError
        No minimum was found.
    """
    first = minres(correlation, factors)
    weights = relative_counts(counts, len(correlation))
    if weights.min() == 1:
        return first
    problem = _Problem(correlation, weights * (1 - np.eye(len(weights))))
    loadings, reached, steps = _descend(problem, first.loadings)
    if not reached <= NOT_CONVERGED:
        raise EngineError(
            f"minchi: no minimum found in {steps} steps (projected gradient {reached:.1e});"
            f" try fewer factors than {factors}"
        )
    loadings = principal_axes(loadings)
    communalities = np.square(loadings).sum(axis=1)
    return Extraction(
        loadings,
        1 - communalities,
        weighted_residuals(correlation, loadings, weights),
        reached,
        first.iterations + steps,
        communalities >= LARGEST * (1 - 1e-9),
    )


@dataclass(frozen=True, slots=True)
class _Problem:
    """The criterion as a function of loadings; `weights` have a diagonal of zeros."""

    correlation: FloatArray
    weights: FloatArray

    def residuals(self, loadings: FloatArray) -> FloatArray:
        """Weighted residuals (p x p)."""
        left: FloatArray = self.weights * (self.correlation - loadings @ loadings.T)
        return left

    def value(self, loadings: FloatArray) -> float:
        return weighted_residuals(self.correlation, loadings, self.weights)

    def gradient(self, loadings: FloatArray) -> FloatArray:
        slopes: FloatArray = -2 * self.residuals(loadings) @ loadings
        return slopes

    def hessian(self, loadings: FloatArray) -> FloatArray:
        """Second derivatives, pk x pk, without the constant directions in which factors are rotated."""
        p, k = loadings.shape
        cross = 2 * np.einsum("ij,jr,is->irjs", self.weights, loadings, loadings)
        own = 2 * np.einsum("ij,jr,js->irs", self.weights, loadings, loadings)
        items = np.arange(p)
        cross[items, :, items, :] += own
        residuals = 2 * self.residuals(loadings)
        for factor in range(k):
            cross[:, factor, :, factor] -= residuals
        first, second = np.triu_indices(k, 1)
        turns = np.zeros((p, k, len(first)))
        turns[:, first, np.arange(len(first))] = loadings[:, second]
        turns[:, second, np.arange(len(first))] -= loadings[:, first]
        flat = turns.reshape(p * k, -1)
        whole: FloatArray = cross.reshape(p * k, p * k) + flat @ flat.T
        return whole


def _descend(problem: _Problem, start: FloatArray) -> tuple[FloatArray, float, int]:
    """Newton steps along the set of loadings whose communalities are at most `LARGEST`."""
    loadings = _within(start)
    value, gradient = problem.value(loadings), problem.gradient(loadings)
    reached = _projected(loadings, gradient)
    for taken in range(MOST_STEPS):
        if reached <= TOLERANCE:
            return loadings, reached, taken
        step, length = _step(problem, loadings, gradient), 1.0
        rounding = 100 * np.finfo(float).eps * (1 + value)
        for _ in range(MOST_HALVINGS):
            new = _within(loadings + length * step)
            there, slopes = problem.value(new), problem.gradient(new)
            promised = float((gradient * (loadings - new)).sum())
            closer = _projected(new, slopes)
            flat = promised < 10 * rounding and there <= value + rounding and closer < reached
            if flat or (promised > 0 and there <= value - 1e-4 * promised):
                break
            length /= 2
        else:
            return loadings, reached, taken
        loadings, value, gradient, reached = new, there, slopes, closer
    return loadings, reached, MOST_STEPS


def _step(problem: _Problem, loadings: FloatArray, gradient: FloatArray) -> FloatArray:
    """Newton's step; items held at the largest communality move along their sphere only."""
    p, k = loadings.shape
    communalities = np.square(loadings).sum(axis=1)
    pull = -(gradient * loadings).sum(axis=1) / (2 * LARGEST)
    held: BoolArray = (communalities >= LARGEST * (1 - 1e-9)) & (pull > 0)
    hessian = problem.hessian(loadings)
    across = np.where(held[:, None], loadings / np.sqrt(LARGEST), 0.0)
    along = gradient - across * (across * gradient).sum(axis=1, keepdims=True)
    for item in np.flatnonzero(held):
        rows = slice(item * k, (item + 1) * k)
        hessian[rows, rows] += 2 * pull[item] * np.eye(k)
        normal = np.outer(across[item], across[item])
        hessian[rows] -= normal @ hessian[rows]
        hessian[:, rows] -= hessian[:, rows] @ normal
        hessian[rows, rows] += normal
    values, vectors = np.linalg.eigh(hessian)
    values = np.maximum(np.abs(values), 1e-10 * np.abs(values).max())
    step: FloatArray = -(vectors @ ((vectors.T @ along.ravel()) / values)).reshape(p, k)
    return step


def _within(loadings: FloatArray) -> FloatArray:
    """Shorten loadings whose communality is too large."""
    communalities = np.square(loadings).sum(axis=1, keepdims=True)
    shortened: FloatArray = loadings * np.sqrt(LARGEST / np.maximum(communalities, LARGEST))
    return shortened


def _projected(loadings: FloatArray, gradient: FloatArray) -> float:
    return float(np.abs(loadings - _within(loadings - gradient)).max())
