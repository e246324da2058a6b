"""Distances in several covariates, as coordinates whose Euclidean distance is the one asked for."""

from collections.abc import Callable

import numpy as np

from erm_bridge.errors import InputError
from erm_bridge.numerics import BoolArray, FloatArray

# Range below which MatchIt takes a column for constant.
CONSTANT = float(np.sqrt(np.finfo(float).eps))
# Share of the largest eigenvalue below which MatchIt takes a direction for one without variance.
SINGULAR = 1e-8


def coordinates(
    columns: FloatArray,
    treated: BoolArray,
    method: str,
    usable: BoolArray | None = None,
    weights: FloatArray | None = None,
) -> FloatArray:
    """Turn covariates into coordinates.

    Parameters
    ----------
    columns : array, n x p
        Finite numbers; a category as one indicator for each level, divided by the root of 2, so that two
        levels are 1 apart.
    treated : array of bool, length n
        Holds both values.
    method : {"mahalanobis", "robust_mahalanobis", "scaled_euclidean", "euclidean"}
    usable : array of bool, length n, optional
        False for discarded units, which play no part in means, variances and ranks.
    weights : array, length n, optional
        Positive weights of the units in variances and covariances.

    Returns
    -------
    array, n x q
        The Euclidean distance of two rows is the distance of the units. Columns without variance have no
        part in it.

    Raises
    ------
    InputError
        A column varies between the groups only, so that it has no scale.

    Notes
    -----
    Matching R functions: `MatchIt::mahalanobis_dist()` and its kin with the treatment on the left side.
    Where covariates are collinear the inverse is the generalised one. MatchIt 4.7.1 differs where two or
    more directions have no variance, such as with two categories: what R's pivoted Cholesky decomposition
    leaves below its rank is then taken for coordinates.
    The root of the inverse is the symmetric one, of which there is only one: two programs get the same
    coordinates, not only the same distances.
    Source: Rubin, D. B. (1980). Bias reduction using Mahalanobis-metric matching. Biometrics 36, 293-298
    (covariance pooled within groups); Rosenbaum, P. R. (2010). Design of Observational Studies, section
    8.3 (ranks).
    """
    varied = np.ptp(columns, axis=0) >= CONSTANT
    if not varied.any():
        return columns[:, :1]
    kept = np.ones(len(columns), dtype=np.bool_) if usable is None else usable
    return METHODS[method](columns[:, varied], treated, kept, weights)


def _euclidean(
    columns: FloatArray, treated: BoolArray, kept: BoolArray, weights: FloatArray | None
) -> FloatArray:
    return columns


def _scaled_euclidean(
    columns: FloatArray, treated: BoolArray, kept: BoolArray, weights: FloatArray | None
) -> FloatArray:
    of_kept = None if weights is None else weights[kept]
    variances = np.diag(_pooled_covariance(columns[kept], treated[kept], of_kept)).copy()
    # Zeros and ones have the variance p (1 - p) of their shares.
    binary = np.isin(columns[kept], (0, 1)).all(axis=0)
    variances *= np.where(binary, _divisor(treated[kept], of_kept), 1)
    flat = variances <= CONSTANT**2
    if flat.any():
        raise InputError(
            "distance: a covariate does not vary within the groups, so it has no scale; remove it or choose "
            "mahalanobis"
        )
    scaled: FloatArray = (columns - columns[kept].mean(axis=0)) / np.sqrt(variances)
    return scaled


def _mahalanobis(
    columns: FloatArray, treated: BoolArray, kept: BoolArray, weights: FloatArray | None
) -> FloatArray:
    standard = (columns - columns.mean(axis=0)) / columns.std(axis=0, ddof=1)
    of_kept = None if weights is None else weights[kept]
    covariance = _pooled_covariance(standard[kept], treated[kept], of_kept)
    turned: FloatArray = standard @ _inverse_root(covariance)
    return turned


def _robust_mahalanobis(
    columns: FloatArray, treated: BoolArray, kept: BoolArray, weights: FloatArray | None
) -> FloatArray:
    from scipy.stats import rankdata

    n = int(kept.sum())
    ranks = np.zeros_like(columns)
    ranks[kept] = rankdata(columns[kept], axis=0) - (n + 1) / 2
    ranks = ranks[:, np.ptp(ranks[kept], axis=0) > 0]
    covariance = np.atleast_2d(
        np.cov(ranks[kept], rowvar=False, aweights=None if weights is None else weights[kept])
    )
    # As if there were no ties: the variance of the ranks 1 to n.
    untied = np.sqrt(n * (n + 1) / 12 / np.diag(covariance))
    return ranks @ _inverse_root(covariance * np.outer(untied, untied))


def _pooled_covariance(columns: FloatArray, treated: BoolArray, weights: FloatArray | None) -> FloatArray:
    """Return the covariance around the means of the groups."""
    shares = np.full(len(columns), 1 / len(columns)) if weights is None else weights / weights.sum()
    centred = columns.copy()
    for group in (treated, ~treated):
        centred[group] -= np.average(columns[group], axis=0, weights=shares[group])
    covariance: FloatArray = (centred * shares[:, None]).T @ centred / _divisor(treated, weights)
    return covariance


def _divisor(treated: BoolArray, weights: FloatArray | None) -> float:
    """Return what the mean square is divided by; with weights one mean is allowed for, as MatchIt does."""
    if weights is None:
        return 1 - 2 / len(treated)
    return 1 - float(np.sum((weights / weights.sum()) ** 2))


def _inverse_root(covariance: FloatArray) -> FloatArray:
    """Return the symmetric root of the (generalised) inverse."""
    values, vectors = np.linalg.eigh(covariance)
    there = values > SINGULAR * values[-1]
    root: FloatArray = (vectors[:, there] / np.sqrt(values[there])) @ vectors[:, there].T
    return root


Coordinates = Callable[[FloatArray, BoolArray, BoolArray, FloatArray | None], FloatArray]
METHODS: dict[str, Coordinates] = {
    "mahalanobis": _mahalanobis,
    "robust_mahalanobis": _robust_mahalanobis,
    "euclidean": _euclidean,
    "scaled_euclidean": _scaled_euclidean,
}
