"""Extractions that search for uniquenesses: minres, ols, uls, wls, gls and ml, of one matrix or a stack."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from erm_bridge.errors import InputError
from erm_bridge.numerics import BoolArray, FloatArray
from erm_bridge.numerics.extraction.discrepancy import (
    Discrepancy,
    Metric,
    best_loadings,
    correlation_metric,
    diagonal_metric,
    identity_metric,
    least_squares,
    likelihood,
    minimum_residuals,
    most_likely_loadings,
)
from erm_bridge.numerics.extraction.objective import OBJECTIVES
from erm_bridge.numerics.extraction.search import NOT_CONVERGED, search, search_stack
from erm_bridge.numerics.extraction.solution import (
    Extraction,
    at_lower_bound,
    principal_axes,
    refuse_unidentified,
)

# So many matrices of a stack are searched together: more fall out of the cache.
TOGETHER = 64


@dataclass(frozen=True, slots=True)
class Criterion:
    """A discrepancy, the metric that it is taken in, and the loadings that fit best given uniquenesses."""

    discrepancy: Discrepancy
    metric: Callable[[FloatArray], Metric]
    loadings: Callable[[Metric, FloatArray, int], FloatArray] = best_loadings


CRITERIA: dict[str, Criterion] = {
    "minres": Criterion(minimum_residuals, identity_metric),
    "ols": Criterion(minimum_residuals, identity_metric),
    "uls": Criterion(least_squares, identity_metric),
    "wls": Criterion(least_squares, diagonal_metric),
    "gls": Criterion(least_squares, correlation_metric),
    "ml": Criterion(likelihood, correlation_metric, most_likely_loadings),
}


def extract(name: str, correlation: FloatArray, factors: int, start: FloatArray | None = None) -> Extraction:
    """Find the uniquenesses in [.005, 1] and loadings that make the criterion `name` smallest.

    minres, ols
        The sum of squared residuals below the diagonal, over all loadings that are the k leading
        eigenvectors of R - Psi, times the roots of their eigenvalues (of zero, where one is negative).
    uls, wls, gls, ml
        The discrepancies of `discrepancy`, over loadings and uniquenesses.

    uls has the minimum of minres where no uniqueness stands at a bound. Where second minima threaten (few
    items a factor, small uniquenesses) the search is repeated with each item in turn at the lower bound, and
    the smallest minimum is taken. Matching R call: `psych::fa(R, k, fm = name, rotate = "none")`.

    Parameters
    ----------
    name : a key of `CRITERIA`
    correlation : array, p x p
    factors : int
        k, at most `most_factors(p)`.
    start : array, p, or None
        Uniquenesses where the only search begins. None: 1 minus the squared multiple correlations, as in
        psych, and further searches where they are needed.

    Raises
    ------
    InputError
        The matrix is singular (the message names positions of items), or k is too large to be identified.
    EngineError
        No minimum was found.

    Notes
    -----
    psych minimises minres with the gradient of uls. Where no bound is active both have their minimum at the
    same loadings. In a Heywood case they don't: psych ends between the two, with an objective a little above
    the minimum that is found here. It also stops once a step gains less than 2e-9, which leaves weakly
    determined loadings off by up to some 1e-4. Its `wls` and `gls` take loadings and gradient of other
    criteria and stop beside the minimum of any; its `gls` sums the squared elements of I - R^-1 S where
    Jöreskog and Goldberger (1972, equation 5) have the trace of the square.

    References
    ----------
    Harman, H. H. & Jones, W. H. (1966). Factor analysis by minimizing residuals (minres). Psychometrika
    31(3), 351-368.
    Jöreskog, K. G. (1967). Some contributions to maximum likelihood factor analysis. Psychometrika 32(4),
    443-482. Further those of `discrepancy`.
    """
    refuse_unidentified(correlation, factors)
    criterion = CRITERIA[name]
    metric = criterion.metric(correlation[None])
    begin = 1 / np.diag(np.linalg.inv(correlation)) if start is None else np.asarray(start, dtype=float)
    found = search(name, criterion.discrepancy, metric, factors, begin, several=start is None)
    loadings = criterion.loadings(metric, found.uniquenesses[None], factors)[0]
    if name in ("wls", "gls"):
        loadings = principal_axes(loadings)
    return Extraction(
        loadings,
        found.uniquenesses,
        OBJECTIVES[name](correlation, loadings, found.uniquenesses),
        found.projected_gradient,
        found.iterations,
        at_lower_bound(found.uniquenesses),
    )


minres = partial(extract, "minres")
ols = partial(extract, "ols")
uls = partial(extract, "uls")
wls = partial(extract, "wls")
gls = partial(extract, "gls")
ml = partial(extract, "ml")


@dataclass(frozen=True, slots=True)
class ExtractionStack:
    """Unrotated loadings of many matrices.

    Attributes
    ----------
    loadings : array, b x p x k
        Of wls and gls not brought to principal axes.
    uniquenesses : array, b x p
    value : array, b
        The criterion at the minimum.
    converged : array of bool, b
        Whether a minimum was found.
    heywood : array of bool, b x p
        Uniquenesses at the lower bound.
    """

    loadings: FloatArray
    uniquenesses: FloatArray
    value: FloatArray
    converged: BoolArray
    heywood: BoolArray


def extract_stack(
    correlations: FloatArray,
    factors: int,
    name: str = "minres",
    start: FloatArray | None = None,
    tolerance: float = 1e-10,
) -> ExtractionStack:
    """Extract factors of many correlation matrices at once, such as those of a bootstrap.

    Each matrix gets what `extract` finds from the same start; there are no further searches, so that a
    replicate of a Heywood case stays near the solution that it starts from.

    Parameters
    ----------
    correlations : array, b x p x p
        Without inverse none can be factored by wls, gls or ml, and none without `start`.
    factors : int
    name : a key of `CRITERIA`
    start : array, p or b x p, or None
        Uniquenesses where the searches begin: in a bootstrap those of the whole sample. None: 1 minus the
        squared multiple correlations of each matrix.
    tolerance : float
        Projected gradient that ends a search.

    Raises
    ------
    InputError
        The method is not one of `CRITERIA`, or a matrix has no inverse that is needed.
    """
    if name not in CRITERIA:
        raise InputError(f"extraction {name!r} is not done in stacks; those are {', '.join(CRITERIA)}")
    shape = correlations.shape[:2]
    try:
        if start is None:
            start = 1 / np.diagonal(np.linalg.inv(correlations), axis1=1, axis2=2)
        parts = [
            _some(CRITERIA[name], correlations[rows], factors, np.broadcast_to(start, shape)[rows], tolerance)
            for rows in (slice(at, at + TOGETHER) for at in range(0, shape[0], TOGETHER))
        ]
    except np.linalg.LinAlgError:
        raise InputError(f"{name}: a correlation matrix is singular") from None
    return ExtractionStack(
        *(np.concatenate([getattr(part, field) for part in parts]) for field in ExtractionStack.__slots__)
    )


def _some(
    criterion: Criterion, correlations: FloatArray, factors: int, start: FloatArray, tolerance: float
) -> ExtractionStack:
    metric = criterion.metric(correlations)
    found = search_stack(criterion.discrepancy, metric, factors, start, tolerance)
    return ExtractionStack(
        criterion.loadings(metric, found.x, factors),
        found.x,
        found.value,
        found.projected_gradient <= NOT_CONVERGED,
        at_lower_bound(found.x),
    )
