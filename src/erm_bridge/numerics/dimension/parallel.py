"""Parallel analysis: eigenvalues against those of data without any factor."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.dimension.one_factor import one_factor_loadings, with_diagonals
from erm_bridge.numerics.dimension.rules import leading


@dataclass(frozen=True, slots=True)
class Parallel:
    """Eigenvalues of the data beside those of uncorrelated items, largest first.

    Attributes
    ----------
    observed, mean, quantile : array, p
        Of the data; mean and quantile over the replicates.
    by_mean, by_quantile : int
        Eigenvalues of the data before the first that does not exceed the mean or the quantile.
    """

    observed: FloatArray
    mean: FloatArray
    quantile: FloatArray
    by_mean: int
    by_quantile: int


def parallel(observed: FloatArray, simulated: FloatArray, quantile: float) -> Parallel:
    """Compare eigenvalues position by position.

    Matching R call: `psych::fa.parallel(x, n.iter = replicates, quant = quantile)`, whose random numbers are
    others and whose number of factors is `by_quantile`. Quantiles interpolate as R's type 7.

    Parameters
    ----------
    observed : array, p
        One of `EIGENVALUES` of the data.
    simulated : array, replicates x p
        The same of matrices from `null_correlations`.
    quantile : float
        Between 0 and 1.

    References
    ----------
    Horn, J. L. (1965). A rationale and test for the number of factors in factor analysis. Psychometrika
    30(2), 179-185.
    Glorfeld, L. W. (1995). An improvement on Horn's parallel analysis methodology for selecting the correct
    number of factors to retain. Educational and Psychological Measurement 55(3), 377-393.
    """
    mean = simulated.mean(axis=0)
    limit = np.quantile(simulated, quantile, axis=0)
    return Parallel(observed, mean, limit, leading(observed, mean), leading(observed, limit))


def component_eigenvalues(correlations: FloatArray) -> FloatArray:
    """Return the eigenvalues of each matrix (replicates x p), largest first."""
    values: FloatArray = np.linalg.eigvalsh(correlations)[:, ::-1].astype(np.float64)
    return values


def factor_eigenvalues(correlations: FloatArray) -> FloatArray:
    """Return the eigenvalues with the communalities of one minres factor on the diagonal.

    Matching R call, for each matrix: `psych::fa(R, 1)$values`, as in `psych::fa.parallel(fa = "fa")`.
    """
    communalities = np.square(one_factor_loadings(correlations))
    return component_eigenvalues(with_diagonals(correlations, communalities))


def smc_eigenvalues(correlations: FloatArray) -> FloatArray:
    """Return the eigenvalues with squared multiple correlations on the diagonal.

    Matching R call: that of `psych::fa.parallel(fa = "fa", SMC = TRUE)`.

    References
    ----------
    Humphreys, L. G. & Ilgen, D. R. (1969). Note on a criterion for the number of common factors.
    Educational and Psychological Measurement 29(3), 571-578.
    """
    inverses = np.linalg.inv(correlations)
    return component_eigenvalues(
        with_diagonals(correlations, 1 - 1 / np.diagonal(inverses, axis1=1, axis2=2))
    )


EIGENVALUES: dict[str, Callable[[FloatArray], FloatArray]] = {
    "components": component_eigenvalues,
    "factors": factor_eigenvalues,
    "factors_smc": smc_eigenvalues,
}
