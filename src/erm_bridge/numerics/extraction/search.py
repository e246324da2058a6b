"""Search for the uniquenesses at which a discrepancy is smallest, of one matrix or of a stack."""

from dataclasses import dataclass

import numpy as np

from erm_bridge.errors import EngineError
from erm_bridge.numerics import FloatArray, IntArray
from erm_bridge.numerics.extraction.discrepancy import Discrepancy, Metric, best_loadings
from erm_bridge.numerics.extraction.objective import squared_residuals
from erm_bridge.numerics.extraction.solution import UNIQUENESS_BOUNDS
from erm_bridge.numerics.newton import Minima, Points, minimise

# A projected gradient that says the minimum was missed; it ends below 1e-12 otherwise.
NOT_CONVERGED = 1e-8
# Among 1,500 random designs made prone to Heywood cases, and 90 with factors left out, wherever there was a
# better minimum than the first found, there were at most so many items a factor, the first had a smaller
# uniqueness than this, or left larger residual correlations (root mean square); and one search for each
# item, begun with that item at the bound, missed no minimum that 50 random starts found.
FEW_ITEMS_A_FACTOR, SMALL_UNIQUENESS, LARGE_RESIDUALS = 4, 0.15, 0.1
# Of more items only those with the smallest uniquenesses at the start have a search of their own.
MOST_SEARCHES = 24
# Searches from other starts are first run this far, and go on where they lead to something else.
ROUGHLY, ELSEWHERE, NO_WORSE = 1e-4, 1e-2, 1e-5
# Smallest eigenvalue of correlations with which methods that invert them may miss a minimum.
NEARLY_SINGULAR = 1e-6
# Decrease (relative to 1 + value) that counts as another, better minimum and not as rounding.
BETTER = 1e-10


@dataclass(frozen=True, slots=True)
class Best:
    """The best minimum of one matrix: uniquenesses (p), projected gradient, and the steps that led there."""

    uniquenesses: FloatArray
    projected_gradient: float
    iterations: int


def search(
    name: str, discrepancy: Discrepancy, metric: Metric, factors: int, start: FloatArray, several: bool
) -> Best:
    """Find the smallest minimum of one matrix.

    Parameters
    ----------
    name : str
        Of the method, for the message.
    discrepancy, metric
        What is minimised; the metric is a stack of one.
    factors : int
    start : array, p
    several : bool
        Search from further starts where second minima threaten: few items a factor, small uniquenesses, or
        correlations that are badly reproduced.

    Raises
    ------
    EngineError
        No minimum was found.
    """
    first = search_stack(discrepancy, metric, factors, start[None])
    best = Best(first.x[0], float(first.projected_gradient[0]), int(first.iterations[0]))
    if several and _second_minima_threaten(metric, factors, best.uniquenesses):
        best = _best_of(discrepancy, metric, factors, start, first)
    if not best.projected_gradient <= NOT_CONVERGED:
        raise EngineError(
            f"{name}: no minimum found in {best.iterations} steps"
            f" (projected gradient {best.projected_gradient:.1e}); {_advice(metric, factors)}"
        )
    return best


def _advice(metric: Metric, factors: int) -> str:
    smallest = float(np.linalg.eigvalsh(_correlation(metric))[0])
    if smallest > NEARLY_SINGULAR:
        return f"try fewer factors than {factors}"
    return (
        f"the correlations are nearly singular (smallest eigenvalue {smallest:.1e}): leave out an item that"
        " others determine, or take extraction minres"
    )


def _correlation(metric: Metric) -> FloatArray:
    matrix: FloatArray = metric.root[0] @ metric.scaled[0] @ metric.root[0].T
    return matrix


def search_stack(
    discrepancy: Discrepancy, metric: Metric, factors: int, starts: FloatArray, tolerance: float = 1e-12
) -> Minima:
    """Find a minimum from each start (b x p); the metric is a stack of b, or of one that serves all."""
    alone = len(metric.scaled) == 1

    def function(x: FloatArray, which: IntArray) -> Points:
        return discrepancy(metric if alone else metric.take(which), x, factors)

    return minimise(function, starts, UNIQUENESS_BOUNDS, tolerance)


def _second_minima_threaten(metric: Metric, factors: int, uniquenesses: FloatArray) -> bool:
    p = len(uniquenesses)
    if p <= FEW_ITEMS_A_FACTOR * factors or uniquenesses.min() < SMALL_UNIQUENESS:
        return True
    squares = squared_residuals(_correlation(metric), best_loadings(metric, uniquenesses[None], factors)[0])
    return squares > LARGE_RESIDUALS**2 * p * (p - 1) / 2


def _best_of(
    discrepancy: Discrepancy, metric: Metric, factors: int, start: FloatArray, first: Minima
) -> Best:
    """Search once for each item with that item at the lower bound; the first minimum wins draws."""
    own = np.argsort(start, kind="stable")[:MOST_SEARCHES]
    starts = np.tile(start, (len(own), 1))
    starts[np.arange(len(own)), own] = UNIQUENESS_BOUNDS[0]
    rough = search_stack(discrepancy, metric, factors, starts, ROUGHLY)
    elsewhere = np.abs(rough.x - first.x).max(axis=1) > ELSEWHERE
    promising = elsewhere & (rough.value < first.value[0] + NO_WORSE)
    candidates = np.vstack([first.x, rough.x[promising]])
    if len(candidates) == 1:
        return Best(first.x[0], float(first.projected_gradient[0]), int(first.iterations[0]))
    found = search_stack(discrepancy, metric, factors, candidates)
    reached = found.projected_gradient <= NOT_CONVERGED
    at = int(np.where(reached, found.value, np.inf).argmin())
    if reached[0] and not found.value[at] < found.value[0] - BETTER * (1 + abs(found.value[0])):
        at = 0
    steps = int(found.iterations[at]) + (
        int(first.iterations[0]) if at == 0 else int(rough.iterations[promising][at - 1])
    )
    return Best(found.x[at], float(found.projected_gradient[at]), steps)
