"""Principal components."""

import numpy as np

from erm_bridge.errors import InputError
from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.extraction.objective import component_residuals
from erm_bridge.numerics.extraction.solution import Extraction, principal_loadings


def principal_components(correlation: FloatArray, factors: int) -> Extraction:
    """Principal components: the k eigenvectors of R with the largest eigenvalues, times the roots of these.

    They make the sum of all squared residuals of R - LL', the diagonal included, smallest; what is left of
    it is the sum of the squared eigenvalues that are dropped. Matching R call: `psych::principal(R, k,
    rotate = "none")`.

    Parameters
    ----------
    correlation : array, p x p
    factors : int
        k, at most p.

    Raises
    ------
    InputError
        k is larger than p.

    References
    ----------
    Hotelling, H. (1933). Analysis of a complex of statistical variables into principal components.
    Journal of Educational Psychology 24, 417-441.
    Eckart, C. & Young, G. (1936). The approximation of one matrix by another of lower rank.
    Psychometrika 1(3), 211-218.
    """
    p = len(correlation)
    if not 1 <= factors <= p:
        raise InputError(f"{p} items have at most {p} components, {factors} are asked for")
    loadings = principal_loadings(correlation, np.zeros(p), factors)
    uniquenesses = 1 - np.square(loadings).sum(axis=1)
    objective = component_residuals(correlation, loadings)
    return Extraction(loadings, uniquenesses, objective, 0.0, 0, np.zeros(p, dtype=bool))
