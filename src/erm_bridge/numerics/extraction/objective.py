"""What each extraction minimises, as a function of any loadings and uniquenesses.

Both engines report it at their own loadings (`r/R/extraction.R` has the same list), so that it tells which
of two solutions is the better one. Shapes: correlations R p x p, loadings L p x k of orthogonal factors,
uniquenesses Psi p; S = LL' + Psi. Sources are those of the extractions.
"""

from collections.abc import Callable

import numpy as np

from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.correlation import SMALLEST_EIGENVALUE


def squared_residuals(correlation: FloatArray, loadings: FloatArray) -> float:
    """Return the sum of squared residual correlations R - LL' below the diagonal."""
    residuals = np.tril(correlation - loadings @ loadings.T, -1)
    return float(np.square(residuals).sum())


def weighted_residuals(correlation: FloatArray, loadings: FloatArray, weights: FloatArray) -> float:
    """Return the sum of squared residual correlations below the diagonal, times `weights` (p x p)."""
    residuals = np.tril(correlation - loadings @ loadings.T, -1)
    return float((weights * np.square(residuals)).sum())


def unweighted_least_squares(
    correlation: FloatArray, loadings: FloatArray, uniquenesses: FloatArray
) -> float:
    """Return tr (R - S)^2 / 2 with S = LL' + Psi."""
    return 0.5 * float(np.square(_left(correlation, loadings, uniquenesses)).sum())


def weighted_least_squares(correlation: FloatArray, loadings: FloatArray, uniquenesses: FloatArray) -> float:
    """Return half the sum of squared residuals R - S, each divided by r^ii r^jj of the inverse of R."""
    weights = 1 / np.diag(np.linalg.inv(correlation))
    residuals = _left(correlation, loadings, uniquenesses)
    return 0.5 * float((np.square(residuals) * np.outer(weights, weights)).sum())


def generalised_least_squares(
    correlation: FloatArray, loadings: FloatArray, uniquenesses: FloatArray
) -> float:
    """Return tr (I - R^-1 S)^2 / 2."""
    left = np.linalg.solve(correlation, _left(correlation, loadings, uniquenesses))
    return 0.5 * float((left * left.T).sum())


def maximum_likelihood(correlation: FloatArray, loadings: FloatArray, uniquenesses: FloatArray) -> float:
    """Return log|S| - log|R| + tr R S^-1 - p: -2 log likelihood ratio / n against free correlations."""
    return likelihood_discrepancy(correlation, loadings @ loadings.T + np.diag(uniquenesses))


def likelihood_discrepancy(correlation: FloatArray, model: FloatArray) -> float:
    """Return `tr(S^-1 R) - log det(S^-1 R) - p`, S being the model; NaN if S is not positive definite.

    Computed from the residuals R - S, so that it keeps its digits where it is small.

    Parameters
    ----------
    correlation, model : array, p x p

    References
    ----------
    Jöreskog, K. G. (1967). Some contributions to maximum likelihood factor analysis. Psychometrika 32(4),
    443-482.
    """
    values, vectors = np.linalg.eigh(model)
    if values[0] < SMALLEST_EIGENVALUE:
        return float("nan")
    whitening = vectors / np.sqrt(values)
    excess = np.linalg.eigvalsh(whitening.T @ (correlation - model) @ whitening)
    return float((excess - np.log1p(excess)).sum())


def alpha_residuals(correlation: FloatArray, loadings: FloatArray) -> float:
    """Return the sum of squared residuals below the diagonal, each divided by both items' communalities.

    These are the residual correlations of the common parts of the items, which alpha factors.
    """
    communalities = np.square(loadings).sum(axis=1)
    return weighted_residuals(correlation, loadings, 1 / np.outer(communalities, communalities))


def component_residuals(correlation: FloatArray, loadings: FloatArray) -> float:
    """Return the sum of all squared residuals R - LL', the diagonal included."""
    return float(np.square(correlation - loadings @ loadings.T).sum())


def _left(correlation: FloatArray, loadings: FloatArray, uniquenesses: FloatArray) -> FloatArray:
    residuals: FloatArray = correlation - loadings @ loadings.T - np.diag(uniquenesses)
    return residuals


# Criterion of each method, of R, L and Psi; minchi as it is where all correlations have the same count.
OBJECTIVES: dict[str, Callable[[FloatArray, FloatArray, FloatArray], float]] = {
    "minres": lambda correlation, loadings, _: squared_residuals(correlation, loadings),
    "ols": lambda correlation, loadings, _: squared_residuals(correlation, loadings),
    "uls": unweighted_least_squares,
    "wls": weighted_least_squares,
    "gls": generalised_least_squares,
    "ml": maximum_likelihood,
    "pa": lambda correlation, loadings, _: squared_residuals(correlation, loadings),
    "minchi": lambda correlation, loadings, _: squared_residuals(correlation, loadings),
    "alpha": lambda correlation, loadings, _: alpha_residuals(correlation, loadings),
    "pca": lambda correlation, loadings, _: component_residuals(correlation, loadings),
}
