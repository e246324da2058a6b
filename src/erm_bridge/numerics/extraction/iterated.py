"""Extractions that are defined by an iteration and by where it stops: principal axis and alpha."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from erm_bridge.errors import EngineError
from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.correlation.sample_moments import refuse_items
from erm_bridge.numerics.extraction.objective import OBJECTIVES
from erm_bridge.numerics.extraction.solution import DEFAULTS, Extraction, Settings, refuse_unidentified

# A smaller communality is rounding of zero.
SMALLEST_COMMUNALITY = 1e-12


@dataclass(frozen=True, slots=True)
class _Pass:
    """Loadings of one pass, the communalities that they give, and how far these have moved."""

    loadings: FloatArray
    communalities: FloatArray
    change: float


def principal_axis(correlation: FloatArray, factors: int, settings: Settings = DEFAULTS) -> Extraction:
    """Principal axis factoring: components of R with communalities on the diagonal, over and over.

    Begins with squared multiple correlations. Each pass takes the k leading eigenvectors times the roots
    of their eigenvalues, and puts the sums of squared loadings on the diagonal. It ends when the sum of
    all communalities moves by no more than `tolerance`, or after `iterations` passes.
    Run on (tolerance 1e-12) it arrives at the loadings of minres, unless a communality passes 1. Matching R
    call: `psych::fa(R, k, fm = "pa", rotate = "none", min.err = tolerance, max.iter = iterations)`; the
    same passes, so that the numbers are the same wherever they stop.

    Parameters
    ----------
    correlation : array, p x p
    factors : int
        k, at most `most_factors(p)`.
    settings : Settings
        `tolerance` and `iterations`.

    Raises
    ------
    InputError
        The matrix is singular (the message names positions of items), or k is too large to be identified.
    EngineError
        One of the k eigenvalues is negative: there are fewer factors.

    References
    ----------
    Thomson, G. H. (1934). Hotelling's method modified to give Spearman's g. Journal of Educational
    Psychology 25, 366-374.
    Harman, H. H. (1976). Modern factor analysis, 3rd edition, University of Chicago Press, chapter 8.
    """

    def one(communalities: FloatArray) -> _Pass:
        loadings = _leading("pa", _with_diagonal(correlation, communalities), factors)
        new = np.square(loadings).sum(axis=1)
        return _Pass(loadings, new, abs(float(communalities.sum() - new.sum())))

    return _iterate("pa", correlation, factors, one, settings)


def alpha_factors(correlation: FloatArray, factors: int, settings: Settings = DEFAULTS) -> Extraction:
    """Alpha factoring: principal axes of the correlations between the common parts of the items.

    Begins with squared multiple correlations h2. Each pass divides R, with h2 on the diagonal, by the roots
    of both items' h2, takes the k leading eigenvectors times the roots of their eigenvalues, and multiplies
    h2 by the sums of squares of these. It ends when the communalities together (sum of absolute changes)
    move by no more than `tolerance`, or after `iterations` passes; the loadings are those of
    the last pass times the roots of the last h2. Matching R call: `psych::fa(R, k, fm = "alpha", rotate =
    "none", min.err = tolerance, max.iter = iterations)`, which fails with one factor.

    Parameters
    ----------
    correlation : array, p x p
    factors : int
        k, at most `most_factors(p)`.
    settings : Settings
        `tolerance` and `iterations`.

    Raises
    ------
    InputError
        The matrix is singular (the message names positions of items), k is too large to be identified, or
        an item shares nothing with the factors.
    EngineError
        One of the k eigenvalues is negative: there are fewer factors.

    References
    ----------
    Kaiser, H. F. & Caffrey, J. (1965). Alpha factor analysis. Psychometrika 30(1), 1-14.
    """

    def one(communalities: FloatArray) -> _Pass:
        nothing = communalities <= SMALLEST_COMMUNALITY
        refuse_items(
            "share nothing with the factors, and alpha divides by that; take another extraction", nothing
        )
        root = np.sqrt(communalities)
        common = _with_diagonal(correlation / np.outer(root, root), np.ones(len(root)))
        loadings = _leading("alpha", common, factors)
        new = communalities * np.square(loadings).sum(axis=1)
        return _Pass(np.sqrt(new)[:, None] * loadings, new, float(np.abs(communalities - new).sum()))

    return _iterate("alpha", correlation, factors, one, settings)


def _iterate(
    name: str,
    correlation: FloatArray,
    factors: int,
    one: Callable[[FloatArray], _Pass],
    settings: Settings,
) -> Extraction:
    refuse_unidentified(correlation, factors)
    at = one(1 - 1 / np.diag(np.linalg.inv(correlation)))
    passes = 1
    while at.change > settings.tolerance and passes < settings.iterations:
        at, passes = one(at.communalities), passes + 1
    uniquenesses = 1 - np.square(at.loadings).sum(axis=1)
    objective = OBJECTIVES[name](correlation, at.loadings, uniquenesses)
    converged = at.change <= settings.tolerance
    return Extraction(at.loadings, uniquenesses, objective, at.change, passes, uniquenesses <= 0, converged)


def _leading(name: str, matrix: FloatArray, factors: int) -> FloatArray:
    values, vectors = np.linalg.eigh(matrix)
    kept = values[::-1][:factors]
    if kept[-1] < 0:
        raise EngineError(
            f"{name}: factor {int((kept >= 0).sum()) + 1} of {factors} would explain less than nothing"
            f" (eigenvalue {kept[-1]:.3g}); try fewer factors"
        )
    loadings: FloatArray = vectors[:, ::-1][:, :factors] * np.sqrt(kept)
    return loadings


def _with_diagonal(matrix: FloatArray, diagonal: FloatArray) -> FloatArray:
    filled = matrix.copy()
    np.fill_diagonal(filled, diagonal)
    return filled
