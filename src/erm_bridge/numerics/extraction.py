"""Extraction of factors from a correlation matrix; `EXTRACTIONS` names the methods."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from erm_bridge.errors import EngineError, InputError
from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.correlation import refuse_singular
from erm_bridge.numerics.newton import Point, minimise

# The bounds that psych sets for uniquenesses during the search.
UNIQUENESS_BOUNDS = (0.005, 1.0)
# A projected gradient that says the minimum was missed; it ends below 1e-12 otherwise.
NOT_CONVERGED = 1e-8


@dataclass(frozen=True, slots=True)
class Extraction:
    """Unrotated loadings.

    Attributes
    ----------
    loadings : array, p x k
        Orthogonal columns, by decreasing sum of squares; their signs are arbitrary.
    uniquenesses : array, p
        The parameters of the search, if there is one. They differ from 1 minus the sums of squared loadings
        only where they stand at a bound (a Heywood case).
    objective : float
        The criterion that was minimised, at these loadings.
    projected_gradient : float
        How exactly the minimum was found: zero at a stationary point and for closed forms.
    iterations : int
    """

    loadings: FloatArray
    uniquenesses: FloatArray
    objective: float
    projected_gradient: float
    iterations: int


def minres(correlation: FloatArray, factors: int, start: FloatArray | None = None) -> Extraction:
    """Minimum residuals: the loadings that reproduce the correlations of different items best.

    Minimises the sum of squared residuals below the diagonal over uniquenesses in [.005, 1]. The loadings
    are the eigenvectors of R - Psi with the k largest eigenvalues, times the roots of these (of zero,
    where one is negative). The search ends in a local minimum. Matching R call: `psych::fa(R, k,
    fm = "minres", rotate = "none")`.

    Parameters
    ----------
    correlation : array, p x p
    factors : int
        k, at most `most_factors(p)`.
    start : array, p, or None
        Uniquenesses where the search begins. None: 1 minus the squared multiple correlations, as in psych.

    Raises
    ------
    InputError
        The matrix is singular (the message names positions of items), or k is too large to be identified.
    EngineError
        No minimum was found.

    Notes
    -----
    psych minimises the same function with the gradient h2 + psi - 1 of another: the squared residuals of
    the whole matrix R - Psi. Where no bound is active both have their minimum at the same loadings, since
    the residuals on the diagonal vanish there. In a Heywood case they don't: psych ends between the two,
    with an objective a little above the minimum that is found here. It also stops once a step gains less
    than 2e-9, which leaves weakly determined loadings off by up to some 1e-4.

    Here, with d the diagonal residuals and H the Hessian of half the whole sum of squares, that sum has
    the gradient -d, d has the derivative -H, and the criterion the gradient H d - d. Its Hessian is
    H - H H but for a term that vanishes with d.

    References
    ----------
    Harman, H. H. & Jones, W. H. (1966). Factor analysis by minimizing residuals (minres). Psychometrika
    31(3), 351-368.
    Jöreskog, K. G. (1977). Factor analysis by least-squares and maximum-likelihood methods. In K. Enslein,
    A. Ralston & H. S. Wilf (eds.), Statistical Methods for Digital Computers, Wiley, 125-153.
    """
    p = len(correlation)
    if not 1 <= factors <= most_factors(p):
        raise InputError(f"{p} items determine at most {most_factors(p)} factors, {factors} are asked for")
    refuse_singular(correlation)
    begin = 1 / np.diag(np.linalg.inv(correlation)) if start is None else start
    found = minimise(lambda psi: _minres_point(correlation, psi, factors), begin, UNIQUENESS_BOUNDS)
    if not found.projected_gradient <= NOT_CONVERGED:
        raise EngineError(
            f"minres: no minimum found in {found.iterations} steps"
            f" (projected gradient {found.projected_gradient:.1e}); try fewer factors than {factors}"
        )
    loadings = principal_loadings(correlation, found.x, factors)
    objective = squared_residuals(correlation, loadings)
    return Extraction(loadings, found.x, objective, found.projected_gradient, found.iterations)


def most_factors(items: int) -> int:
    """Return the largest k for which k factors of p items leave no negative degrees of freedom.

    ((p - k)^2 - (p + k)) / 2 >= 0, the bound of Ledermann; `stats::factanal` refuses more as well.

    References
    ----------
    Ledermann, W. (1937). On the rank of the reduced correlational matrix in multiple-factor analysis.
    Psychometrika 2(2), 85-93.
    """
    return max(k for k in range(items + 1) if k == 0 or (k < items and (items - k) ** 2 >= items + k))


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
    objective = component_residuals(correlation, loadings)
    return Extraction(loadings, 1 - np.square(loadings).sum(axis=1), objective, 0.0, 0)


def principal_loadings(correlation: FloatArray, uniquenesses: FloatArray, factors: int) -> FloatArray:
    """Return p x k loadings from the k largest eigenvalues of R - Psi; negative ones count as zero."""
    values, vectors = np.linalg.eigh(correlation - np.diag(uniquenesses))
    loadings: FloatArray = vectors[:, ::-1][:, :factors] * np.sqrt(np.maximum(values[::-1][:factors], 0.0))
    return loadings


def squared_residuals(correlation: FloatArray, loadings: FloatArray) -> float:
    """Return the sum of squared residual correlations R - LL' below the diagonal."""
    residuals = np.tril(correlation - loadings @ loadings.T, -1)
    return float(np.square(residuals).sum())


def _minres_point(correlation: FloatArray, psi: FloatArray, factors: int) -> Point:
    """Value, gradient and Hessian of the criterion at given uniquenesses."""
    values, vectors = np.linalg.eigh(correlation - np.diag(psi))
    values, vectors = values[::-1], vectors[:, ::-1]
    kept = min(factors, int((values > 0).sum()))
    root, rest = vectors[:, :kept], vectors[:, kept:]
    loadings = root * np.sqrt(values[:kept])
    diagonal = np.square(rest) @ values[kept:]
    hessian = _least_squares_hessian(root, rest, values)
    gradient = hessian @ diagonal - diagonal
    return Point(squared_residuals(correlation, loadings), gradient, hessian - hessian @ hessian)


def _least_squares_hessian(root: FloatArray, rest: FloatArray, values: FloatArray) -> FloatArray:
    """Second derivatives by uniquenesses of half the squared residuals of R - Psi, diagonal included.

    Perturbing the eigenvectors that are left out (`rest`, with the smaller eigenvalues) gives the squared
    elements of rest rest' and, from their turning towards the factors (`root`), a sum over pairs of a
    factor and an eigenvector left out, weighted by w_rest / (w_rest - w_root).
    """
    kept = root.shape[1]
    hessian = np.square(rest @ rest.T)
    for factor, value in zip(root.T, values[:kept], strict=True):
        gaps = np.maximum(value - values[kept:], np.finfo(float).tiny)
        turning = (rest * (-values[kept:] / gaps)) @ rest.T
        hessian += 2 * np.outer(factor, factor) * turning
    return hessian


def component_residuals(correlation: FloatArray, loadings: FloatArray) -> float:
    """Return the sum of all squared residuals of R - LL', the diagonal included."""
    return float(np.square(correlation - loadings @ loadings.T).sum())


# By method: what it minimises, of correlations, orthogonal loadings (p x k) and uniquenesses.
OBJECTIVES: dict[str, Callable[[FloatArray, FloatArray, FloatArray], float]] = {
    "minres": lambda correlation, loadings, uniquenesses: squared_residuals(correlation, loadings),
    "pca": lambda correlation, loadings, uniquenesses: component_residuals(correlation, loadings),
}


@dataclass(frozen=True, slots=True)
class ExtractionMethod:
    """A way to extract k factors, and the largest k that p items allow."""

    extract: Callable[[FloatArray, int], Extraction]
    most_factors: Callable[[int], int]


EXTRACTIONS: dict[str, ExtractionMethod] = {
    "minres": ExtractionMethod(minres, most_factors),
    "pca": ExtractionMethod(principal_components, lambda items: items),
}
