"""Optimal pair matching: everyone's partners at the smallest total distance."""

import numpy as np

from erm_bridge.numerics import IntArray
from erm_bridge.numerics.matching.allowed import AllowedDistances, between, strata_of
from erm_bridge.numerics.matching.flow import Sizes
from erm_bridge.numerics.matching.partners import Partners, best_partners
from erm_bridge.numerics.matching.problem import NONE, Pairing, Problem
from erm_bridge.numerics.matching.weights import matching_weights, subclasses


def optimal_pairs(problem: Problem) -> Pairing:
    """Give focal units partners of their own so that the total distance within sets is smallest.

    Each focal unit gets `ratio` partners; with `max_controls` between `min_controls` (1 by default) and
    `max_controls`, `ratio` on average. Strata are matched by themselves. In a stratum with too few others all
    of them are used: each focal unit gets nearly the same number, or, where there are fewer others than focal
    units, one each for those to whom the total distance is smallest. Where calipers and columns that must
    differ leave too few allowed pairs, as many as possible are formed.

    Parameters
    ----------
    problem : Problem

    Returns
    -------
    Pairing
        Partners of each focal unit, the nearest first.

    Notes
    -----
    Matching R call: `MatchIt::matchit(..., method = "optimal", ratio =, min.controls =, max.controls =)`,
    which needs optmatch and takes no notice of calipers. Source: Rosenbaum 1989, Journal of the American
    Statistical Association 84, 1024-1032; Ming & Rosenbaum 2000, Biometrics 56, 118-124, for a varying number
    of controls. Several matchings can have the smallest total; one of them is returned.
    """
    matches = np.full((int(problem.focal.sum()), problem.max_controls or problem.ratio), NONE, dtype=np.int64)
    place = np.cumsum(problem.focal) - 1
    for distances in strata_of(problem):
        found = _partners(problem, distances)
        focal, other = distances.focal[found.focal], distances.other[found.other]
        _fill(matches, place[focal], other, _distance_of_pairs(problem, focal, other))
    weights = matching_weights(matches, problem.focal)
    return Pairing(weights, matches, subclasses(matches, problem.focal))


def _partners(problem: Problem, distances: AllowedDistances) -> Partners:
    n_focal, n_other = distances.shape
    if n_other < n_focal:
        turned = AllowedDistances(problem, distances.other, distances.focal)
        found = best_partners(turned, Sizes(1, 1))
        return Partners(found.other, found.focal)
    return best_partners(distances, _sizes(problem, n_focal, n_other))


def _sizes(problem: Problem, n_focal: int, n_other: int) -> Sizes:
    """Say how many partners there are for each focal unit of a stratum with enough others."""
    most = problem.max_controls or problem.ratio
    fewest = problem.ratio if problem.max_controls is None else int(problem.min_controls or 1)
    if n_other < problem.ratio * n_focal:
        return Sizes(min(fewest, n_other // n_focal), most, covered=n_other)
    return Sizes(fewest, most, covered=0 if fewest == most else problem.ratio * n_focal)


def _distance_of_pairs(problem: Problem, focal: IntArray, other: IntArray) -> np.ndarray:
    """Return the distance of each pair, a block of rows at a time."""
    step = 2_000
    found = [
        np.diagonal(between(problem, focal[start : start + step], other[start : start + step]))
        for start in range(0, len(focal), step)
    ]
    return np.concatenate(found) if found else np.zeros(0)


def _fill(matches: IntArray, unit: IntArray, other: IntArray, distance: np.ndarray) -> None:
    """Write partners into the rows of their units, the nearest first, equal ones in data order."""
    order = np.lexsort((other, distance, unit))
    unit, other = unit[order], other[order]
    column = np.arange(len(unit)) - np.searchsorted(unit, unit)
    matches[unit, column] = other
