"""Weights that turn standardised items into factor scores; `SCORE_WEIGHTS` names the methods."""

from collections.abc import Callable

import numpy as np

from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.correlation import Moments, refuse_singular


def regression_weights(
    correlation: FloatArray,
    loadings: FloatArray,
    phi: FloatArray | None = None,
    uniquenesses: FloatArray | None = None,
) -> FloatArray:
    """Solve R W = L phi: weights of the least-squares prediction of the factors from the items.

    R is the observed correlation matrix, not the one the factors reproduce. Scores have variances below
    1 (the squared multiple correlations of factors and items). Matching R call:
    `psych::factor.scores(x, f, method = "Thurstone")$weights`.

    Parameters
    ----------
    correlation : array, p x p
    loadings : array, p x k
    phi : array, k x k, or None
        Correlations of the factors; None if they are uncorrelated.
    uniquenesses : array, p, or None
        Not used by this method.

    Returns
    -------
    array, p x k

    Raises
    ------
    InputError
        The correlation matrix is singular; the message names positions of items.

    References
    ----------
    Thurstone, L. L. (1935). The Vectors of Mind. University of Chicago Press.
    Grice, J. W. (2001). Computing and evaluating factor scores. Psychological Methods 6(4), 430-450,
    equation 5.
    """
    refuse_singular(correlation)
    structure = loadings if phi is None else loadings @ phi
    weights: FloatArray = np.linalg.solve(correlation, structure).astype(np.float64, copy=False)
    return weights


def factor_scores(values: FloatArray, of: Moments, weights: FloatArray) -> FloatArray:
    """Return scores (n x k): items standardised with denominator n - 1, times weights.

    Matching R call: `scale(x) %*% weights`.

    Parameters
    ----------
    values : array, n x p, without missing values
    of : Moments
        Means and standard deviations to standardise with.
    weights : array, p x k
    """
    scores: FloatArray = (values - of.means) @ (weights / of.sds[:, None])
    return scores


ScoreWeights = Callable[[FloatArray, FloatArray, FloatArray | None, FloatArray], FloatArray]

SCORE_WEIGHTS: dict[str, ScoreWeights] = {
    "regression": regression_weights,
}
