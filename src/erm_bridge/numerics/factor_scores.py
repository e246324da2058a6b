"""Weights that turn standardised items into factor scores; `SCORE_WEIGHTS` names the methods."""

from collections.abc import Callable, Sequence

import numpy as np

from erm_bridge.errors import InputError
from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.correlation import BLOCK, Moments, refuse_singular

# A smaller uniqueness is rounding of zero: weights that divide by it mean nothing.
SMALLEST_UNIQUENESS = 1e-10
# Loadings whose smallest singular value is a smaller share of the largest are those of fewer factors.
SMALLEST_SHARE = 1e-6

Weights = Callable[[FloatArray, FloatArray, FloatArray | None, FloatArray], FloatArray]


class ImproperItems(InputError):
    """Items at `positions` have no uniqueness that a method of scores could divide by (a Heywood case)."""

    def __init__(self, method: str, positions: tuple[int, ...], names: Sequence[str] | None = None) -> None:
        self.method, self.positions = method, positions
        which = f"at positions {list(positions)}" if names is None else ", ".join(map(repr, names))
        super().__init__(
            f"scores: {method} divides by the uniqueness of each item; items {which} have none (a Heywood"
            " case); take scores regression or tenberge, or fewer factors"
        )


def structure(loadings: FloatArray, phi: FloatArray | None) -> FloatArray:
    """Return the correlations of items and factors (p x k): loadings (the pattern) times phi."""
    return loadings if phi is None else loadings @ phi


def reproduced(loadings: FloatArray, phi: FloatArray | None) -> FloatArray:
    """Return the correlations that the factors reproduce (p x p), communalities on the diagonal."""
    return structure(loadings, phi) @ loadings.T


def regression_weights(
    correlation: FloatArray,
    loadings: FloatArray,
    phi: FloatArray | None = None,
    uniquenesses: FloatArray | None = None,
) -> FloatArray:
    """Solve R W = S: weights of the least-squares prediction of the factors from the items.

    R is the observed correlation matrix, not the one the factors reproduce; S = L Phi is the structure.
    Scores have variances below 1 (the squared multiple correlations of factors and items) and do not
    correlate as the factors do. Matching R call: `psych::factor.scores(R, L, Phi, method =
    "Thurstone")$weights`; SPSS: Regression.

    Parameters
    ----------
    correlation : array, p x p
    loadings : array, p x k
        The pattern L.
    phi : array, k x k, or None
        Correlations of the factors; None: they are orthogonal.
    uniquenesses : array, p
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
    weights: FloatArray = np.linalg.solve(correlation, structure(loadings, phi)).astype(
        np.float64, copy=False
    )
    return weights


def bartlett_weights(
    correlation: FloatArray, loadings: FloatArray, phi: FloatArray | None, uniquenesses: FloatArray
) -> FloatArray:
    """Return W = U^-1 L (L' U^-1 L)^-1: weights that make the standardised unique parts smallest.

    U holds the uniquenesses. W'L is the identity: given the factors, scores are unbiased. Their variances are
    above 1. Matching R call: `psych::factor.scores(R, L, Phi, method = "Bartlett")$weights`; SPSS: Bartlett.
    Parameters as in `regression_weights`.

    Raises
    ------
    InputError
        A uniqueness is zero or negative (a Heywood case: `ImproperItems`, the message names positions of
        items), or there are fewer factors in the loadings than columns.

    References
    ----------
    Bartlett, M. S. (1937). The statistical conception of mental factors. British Journal of Psychology 28,
    97-104. Grice (2001), equation 9.
    """
    refuse_improper(uniquenesses, "bartlett")
    refuse_dependent(loadings, "bartlett")
    scaled = loadings / uniquenesses[:, None]
    weights: FloatArray = np.linalg.solve(loadings.T @ scaled, scaled.T).T.astype(np.float64, copy=False)
    return weights


def anderson_weights(
    correlation: FloatArray, loadings: FloatArray, phi: FloatArray | None, uniquenesses: FloatArray
) -> FloatArray:
    """Return W = U^-1 L (L' U^-1 R U^-1 L)^-1/2: Bartlett's scores made uncorrelated, with variance 1.

    They are uncorrelated also where the factors are not. Matching R call: `psych::factor.scores(R, L, Phi,
    method = "Anderson")$weights`, which fails with a single factor; SPSS: Anderson-Rubin. Parameters as in
    `regression_weights`.

    Raises
    ------
    InputError
        A uniqueness is zero or negative (a Heywood case: `ImproperItems`, the message names positions of
        items), or there are fewer factors in the loadings than columns.

    References
    ----------
    Anderson, T. W. & Rubin, H. (1956). Statistical inference in factor analysis. Proceedings of the Third
    Berkeley Symposium on Mathematical Statistics and Probability 5, 111-150. Grice (2001).
    """
    refuse_improper(uniquenesses, "anderson")
    refuse_dependent(loadings, "anderson")
    scaled = loadings / uniquenesses[:, None]
    return scaled @ _power(scaled.T @ correlation @ scaled, -0.5)


def ten_berge_weights(
    correlation: FloatArray, loadings: FloatArray, phi: FloatArray | None, uniquenesses: FloatArray
) -> FloatArray:
    """Return the weights of the best scores among those that correlate as the factors do, with variance 1.

    With A = L Phi^1/2: W = R^-1 A (A' R^-1 A)^-1/2 Phi^1/2, so that W'RW is phi. Matching R call:
    `psych::factor.scores(R, L, Phi, method = "tenBerge")$weights`, which gives those of regression for a
    single factor. Parameters as in `regression_weights`, of which uniquenesses are not used.

    Raises
    ------
    InputError
        The correlation matrix is singular (the message names positions of items), or there are fewer factors
        in the loadings than columns.

    References
    ----------
    ten Berge, J. M. F., Krijnen, W. P., Wansbeek, T. & Shapiro, A. (1999). Some new results on
    correlation-preserving factor scores prediction methods. Linear Algebra and its Applications 289,
    311-318. Grice (2001), equation 8.
    """
    refuse_singular(correlation)
    refuse_dependent(loadings, "tenberge")
    root = np.eye(loadings.shape[1]) if phi is None else _power(phi, 0.5)
    turned = loadings @ root
    predicted = np.linalg.solve(correlation, turned)
    return predicted @ _power(turned.T @ predicted, -0.5) @ root


def harman_weights(
    correlation: FloatArray, loadings: FloatArray, phi: FloatArray | None, uniquenesses: FloatArray
) -> FloatArray:
    """Solve S W = L, S being the correlations that the model reproduces, with 1 on the diagonal.

    This is what psych gives under Harman's name since 2017: regression on reproduced in place of
    observed correlations. Harman's "idealised variables", `L (L'L)^-1` (Grice 2001, equation 10), are other
    scores. Of oblique factors it takes the pattern, as psych does. Matching R call:
    `psych::factor.scores(R, L, Phi, method = "Harman")$weights`. Parameters as in `regression_weights`, of
    which only loadings and phi are used.

    Raises
    ------
    InputError
        The reproduced correlations are singular, which only a Heywood case makes them.
    """
    model = reproduced(loadings, phi)
    np.fill_diagonal(model, 1.0)
    refuse_singular(model)
    weights: FloatArray = np.linalg.solve(model, loadings).astype(np.float64, copy=False)
    return weights


def refuse_improper(uniquenesses: FloatArray, method: str) -> None:
    """Refuse uniquenesses that a method of scores cannot divide by.

    Raises
    ------
    ImproperItems
        Some are zero or negative.
    """
    improper = improper_items(uniquenesses)
    if improper:
        raise ImproperItems(method, improper)


def refuse_dependent(loadings: FloatArray, method: str) -> None:
    """Refuse loadings of fewer factors than they have columns: a factor without any, or a sum of others.

    Raises
    ------
    InputError
        The method would bring scores to a variance that they do not have.
    """
    lengths = np.linalg.svd(loadings, compute_uv=False)
    factors = int((lengths > SMALLEST_SHARE * lengths[0]).sum())
    if factors < loadings.shape[1]:
        raise InputError(
            f"scores: {method} needs as many factors as are asked for, and the loadings hold {factors} of"
            f" {loadings.shape[1]}; ask for fewer factors, or take scores regression"
        )


def improper_items(uniquenesses: FloatArray) -> tuple[int, ...]:
    """Return the positions of items whose uniqueness is zero or negative."""
    return tuple(np.flatnonzero(~(uniquenesses > SMALLEST_UNIQUENESS)).tolist())


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
    scaled = weights / of.sds[:, None]
    scores: FloatArray = np.empty((len(values), weights.shape[1]))
    # In blocks of rows: no second array as large as the values.
    for start in range(0, len(values), BLOCK):
        rows = slice(start, start + BLOCK)
        scores[rows] = (values[rows] - of.means) @ scaled
    return scores


def _power(symmetric: FloatArray, exponent: float) -> FloatArray:
    """Raise a positive definite matrix to a power, by its eigenvalues."""
    values, vectors = np.linalg.eigh(symmetric)
    power: FloatArray = (vectors * values**exponent) @ vectors.T
    return power


SCORE_WEIGHTS: dict[str, Weights] = {
    "regression": regression_weights,
    "bartlett": bartlett_weights,
    "anderson": anderson_weights,
    "tenberge": ten_berge_weights,
    "harman": harman_weights,
}
# The methods that divide by uniquenesses.
NEED_UNIQUENESSES = ("bartlett", "anderson")
