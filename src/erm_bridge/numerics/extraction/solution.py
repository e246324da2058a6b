"""What an extraction returns, and what all of them ask of a correlation matrix."""

from dataclasses import dataclass

import numpy as np

from erm_bridge.errors import InputError
from erm_bridge.numerics import BoolArray, FloatArray
from erm_bridge.numerics.correlation import refuse_singular

# The bounds that psych sets for uniquenesses during the search.
UNIQUENESS_BOUNDS = (0.005, 1.0)
# Where psych ends the passes of pa and alpha unless it is told otherwise: its min.err and max.iter.
TOLERANCE, ITERATIONS = 1e-3, 50


@dataclass(frozen=True, slots=True)
class Extraction:
    """Unrotated loadings.

    Attributes
    ----------
    loadings : array, p x k
        Orthogonal columns by decreasing sum of squares (of ml as they are orthogonal in R's metric, of
        alpha in that of the common parts); their signs are arbitrary.
    uniquenesses : array, p
        The parameters of the search, if there is one; otherwise 1 minus the sums of squared loadings. The
        two are the same but for gls, for wls, uls and ml where a bound holds (a Heywood case), for
        minres, ols likewise, and for pa, alpha as far as the iteration is from its end.
    objective : float
        The criterion of the method at these loadings: `objective.OBJECTIVES`.
    projected_gradient : float
        How exactly the minimum was found: zero at a stationary point and for closed forms. Of pa and
        alpha it is the change at which the iteration stopped.
    iterations : int
    heywood : array of bool, p
        Items whose uniqueness stands at the lower bound, or is not positive: a Heywood case.
    converged : bool
        False where pa or alpha ran out of iterations; without a minimum the others raise an error.
    """

    loadings: FloatArray
    uniquenesses: FloatArray
    objective: float
    projected_gradient: float
    iterations: int
    heywood: BoolArray
    converged: bool = True


@dataclass(frozen=True, slots=True)
class Settings:
    """What some extractions take besides a matrix and a number of factors; the others do not look at it.

    Attributes
    ----------
    tolerance : float
        pa and alpha end when the communalities move by no more. Matches `min.err` of `psych::fa`.
    iterations : int
        pa and alpha end after so many passes. Matches `max.iter` of `psych::fa`.
    counts : array, p x p, or None
        minchi: the number of rows behind each correlation; None: the same for all. Matches `np.obs`.
    """

    tolerance: float = TOLERANCE
    iterations: int = ITERATIONS
    counts: FloatArray | None = None


DEFAULTS = Settings()


def most_factors(items: int) -> int:
    """Return the largest k for which k factors of p items leave no negative degrees of freedom.

    ((p - k)^2 - (p + k)) / 2 >= 0, the bound of Ledermann; `stats::factanal` refuses more as well.

    References
    ----------
    Ledermann, W. (1937). On the rank of the reduced correlational matrix in multiple-factor analysis.
    Psychometrika 2(2), 85-93.
    """
    return max(k for k in range(items + 1) if k == 0 or (k < items and (items - k) ** 2 >= items + k))


def refuse_unidentified(correlation: FloatArray, factors: int) -> None:
    """Refuse a singular matrix and a number of factors that the items do not determine.

    Raises
    ------
    InputError
        The message names positions of items, or the largest number of factors.
    """
    p = len(correlation)
    if not 1 <= factors <= most_factors(p):
        raise InputError(f"{p} items determine at most {most_factors(p)} factors, {factors} are asked for")
    refuse_singular(correlation)


def at_lower_bound(uniquenesses: FloatArray) -> BoolArray:
    """Tell which searched uniquenesses stand at the lower bound; rounding of psych's scaling allowed for."""
    held: BoolArray = uniquenesses <= UNIQUENESS_BOUNDS[0] * (1 + 1e-6)
    return held


def principal_loadings(correlation: FloatArray, uniquenesses: FloatArray, factors: int) -> FloatArray:
    """Return p x k loadings from the k largest eigenvalues of R - Psi; negative ones count as zero."""
    values, vectors = np.linalg.eigh(correlation - np.diag(uniquenesses))
    loadings: FloatArray = vectors[:, ::-1][:, :factors] * np.sqrt(np.maximum(values[::-1][:factors], 0.0))
    return loadings


def principal_axes(loadings: FloatArray) -> FloatArray:
    """Rotate loadings so that their columns are orthogonal, by decreasing sum of squares."""
    _, _, axes = np.linalg.svd(loadings, full_matrices=False)
    rotated: FloatArray = loadings @ axes.T
    return rotated


def relative_counts(counts: FloatArray | None, items: int) -> FloatArray:
    """Return counts (p x p) divided by the largest off the diagonal, with ones on the diagonal.

    Raises
    ------
    InputError
        They are not a symmetric matrix of that size with positive numbers off the diagonal.
    """
    if counts is None:
        return np.ones((items, items))
    if np.shape(counts) != (items, items):
        raise InputError(f"minchi: counts must be {items} x {items}, found {np.shape(counts)}")
    weights = np.array(counts, dtype=float)
    np.fill_diagonal(weights, 0.0)
    weights /= weights.max() or 1.0
    np.fill_diagonal(weights, 1.0)
    if not (np.isfinite(weights).all() and weights.min() > 0 and np.array_equal(weights, weights.T)):
        raise InputError("minchi: counts must be positive, and the same above and below the diagonal")
    return weights
