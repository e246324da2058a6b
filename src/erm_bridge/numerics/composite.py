"""The composite index: weights of factors, and their weighted sum; `COMPOSITE_WEIGHTS` names the weights."""

from collections.abc import Callable

import numpy as np

from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.factor_scores import structure


def variance_shares(loadings: FloatArray, phi: FloatArray | None = None) -> FloatArray:
    """Return the share of the items' total variance that each factor explains.

    The diagonal of phi L'L by the number of items. Correlated factors explain some variance together, which
    this gives in halves to both; the shares add up to the mean communality. Matching R: the row
    `Proportion Var` of `psych::fa()$Vaccounted`.

    Parameters
    ----------
    loadings : array, ... x p x k
        Pattern; leading axes are a stack of solutions.
    phi : array, ... x k x k, or None
        Correlations of the factors; None: uncorrelated.

    Returns
    -------
    array, ... x k
    """
    shares: FloatArray = (loadings * structure(loadings, phi)).mean(axis=-2)
    return shares


def variance(shares: FloatArray, eigenvalues: FloatArray) -> FloatArray:
    """Weigh a factor by the share of variance that it explains after rotation."""
    return shares


def initial_variance(shares: FloatArray, eigenvalues: FloatArray) -> FloatArray:
    """Weigh the j-th factor by the share of the j-th eigenvalue of the correlations.

    What SPSS prints under "Initial Eigenvalues, % of Variance". The factors themselves are the rotated ones.
    """
    initial: FloatArray = eigenvalues[: len(shares)] / len(eigenvalues)
    return initial


def equal(shares: FloatArray, eigenvalues: FloatArray) -> FloatArray:
    """Weigh every factor by 1."""
    return np.ones(len(shares))


COMPOSITE_WEIGHTS: dict[str, Callable[[FloatArray, FloatArray], FloatArray]] = {
    "variance": variance,
    "initial_variance": initial_variance,
    "equal": equal,
}


def composite_weights(
    kind: str, shares: FloatArray, eigenvalues: FloatArray, divide: bool = False
) -> FloatArray:
    """Return the weight of each factor in the index.

    Parameters
    ----------
    kind : str
        A name in `COMPOSITE_WEIGHTS`.
    shares : array, k
        Variance shares of the factors in canonical order.
    eigenvalues : array, p
        Of the correlations, largest first.
    divide : bool
        Divide the weights by their sum, so that the index is a weighted mean of the scores.
    """
    weights = COMPOSITE_WEIGHTS[kind](shares, eigenvalues)
    return weights / weights.sum() if divide else weights


def composite_index(scores: FloatArray, weights: FloatArray, scale: float = 1.0) -> FloatArray:
    """Return the index of each row (n): `scale * sum_j weight_j F_j`.

    Undivided, with uncorrelated scores of variance 1, its standard deviation is scale times the root of the
    sum of squared weights. Matching R: `scale * drop(scores %*% weights)`.

    Parameters
    ----------
    scores : array, n x k
    weights : array, k
    """
    index: FloatArray = scale * (scores @ weights)
    return index
