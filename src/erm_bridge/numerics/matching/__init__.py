"""Matching of treated units with controls; `METHODS` names the ways.

========================  ==============================================================================
`problem`                 what is to be matched, and what a method returns
`nearest`                 nearest neighbours on a score
`covariates`              nearest neighbours on covariates or a matrix: `neighbours`, `matrix`, `choosing`
`ties`                    which of equally near candidates come first
`exact`                   strata of equal units
`coarsened`               numbers in bins and categories in groups
`k2k`                     pairs within strata
`subclassification`       bins of a score
`optimal`                 pairs at the smallest total distance
`full`                    sets around one unit at the smallest total distance
`generalised_full`        sets with both groups, from neighbourhoods
`cardinality`             the largest groups with balanced means
`partners`, `flow`        who is given to whom: assignments and flows of smallest cost
`allowed`                 distances, infinite where a pair is forbidden
`weights`                 weights and sets that follow from pairs
`subclass_weights`        weights that follow from subclasses
`properties_of_flows`     what optimal, full and cardinality matches must fulfil
`properties_of_smoothing` what weights of everyone nearby must fulfil
`properties_of_strata`    what every division into subclasses must fulfil
`smoothing`               radius, kernel and local linear matching
`kernel`                  weights of a kernel regression
`local_linear`            weights of a local linear regression
`kernels`                 kernels, and who is within reach of whom
`kernel_sums`             sums over everyone within reach, without going through the pairs
`properties`              what every match must fulfil
========================  ==============================================================================
"""

from collections.abc import Callable

import numpy as np

from erm_bridge.numerics import FloatArray, IntArray
from erm_bridge.numerics.matching import k2k
from erm_bridge.numerics.matching.cardinality import cardinality_matching
from erm_bridge.numerics.matching.covariates import as_scores, nearest_on_covariates
from erm_bridge.numerics.matching.exact import matched_strata
from erm_bridge.numerics.matching.full import full_matching
from erm_bridge.numerics.matching.generalised_full import generalised_full_matching
from erm_bridge.numerics.matching.nearest import nearest as nearest_on_scores
from erm_bridge.numerics.matching.optimal import optimal_pairs
from erm_bridge.numerics.matching.problem import NONE, Caliper, Pairing, Problem
from erm_bridge.numerics.matching.smoothing import kernel_matching, local_linear_matching, radius_matching
from erm_bridge.numerics.matching.subclass_weights import subclass_weights
from erm_bridge.numerics.matching.subclassification import subclassify
from erm_bridge.numerics.matching.turns import reuse_limit
from erm_bridge.numerics.matching.weights import matching_weights, subclasses

# Of a problem; the settings of a method, where it has any, are further keyword arguments.
MatchingMethod = Callable[..., Pairing]


def nearest_neighbours(problem: Problem) -> Pairing:
    """Give every focal unit its nearest partners, on scores, coordinates or a matrix of distances.

    Raises
    ------
    InputError
        A variable ratio that the numbers of units do not allow.

    Notes
    -----
    Matching R call: `matchit(..., method = "nearest")` of MatchIt 4.7.1; see `nearest.nearest` and
    `covariates.nearest_on_covariates`.
    """
    problem = as_scores(problem)
    by_scores = problem.scores is not None and problem.coordinates is None
    matches = nearest_on_scores(problem) if by_scores else nearest_on_covariates(problem)
    sets = subclasses(matches, problem.focal) if reuse_limit(problem) == 1 else None
    return Pairing(matching_weights(matches, problem.focal), matches, sets)


def equal_strata(problem: Problem) -> Pairing:
    """Take every stratum in which there are both groups as a subclass.

    Notes
    -----
    Matching R call: `matchit(..., method = "exact")`. Weights are those of `subclass_weights`.
    """
    assert problem.strata is not None
    return _by_subclass(matched_strata(problem.strata, problem.treated), problem)


def pairs_in_equal_strata(
    problem: Problem,
    pair_distance: str | None = None,
    pair_order: k2k.Order = "data",
    power: float | None = None,
) -> Pairing:
    """Take strata as subclasses or, with a distance between `coordinates`, make pairs within them.

    Parameters
    ----------
    problem : Problem
        With `strata`, and `coordinates` where the distance takes any.
    pair_distance : str, optional
        Name of a distance, `"none"` for pairs in the order of the data; None: no pairs.
    pair_order : {"data", "closest", "farthest"}
        Whose turn comes first.
    power : float, optional
        Of the distance `"minkowski"`.

    Notes
    -----
    Matching R call: `matchit(..., method = "cem", k2k =, k2k.method =, m.order =, mpower =)`.
    """
    if pair_distance is None:
        return equal_strata(problem)
    assert problem.strata is not None
    strata = matched_strata(problem.strata, problem.treated)
    nearness = k2k.nearness_of(pair_distance, problem.coordinates, len(strata), power)
    pairs = k2k.pairs_in_strata(strata, problem.focal, nearness, pair_order)
    return Pairing(matching_weights(pairs, problem.focal), pairs, subclasses(pairs, problem.focal))


def subclasses_of_scores(problem: Problem, shares: FloatArray, least: int) -> Pairing:
    """Part the scores at quantiles; see `subclassify`.

    Notes
    -----
    Matching R call: `matchit(..., method = "subclass", subclass = shares, min.n = least)`.
    """
    assert problem.scores is not None
    usable = np.ones(len(problem.scores), dtype=np.bool_) if problem.usable is None else problem.usable
    subclass = subclassify(problem.scores, problem.treated, usable, shares, problem.estimand, least)
    return _by_subclass(subclass, problem)


def _by_subclass(subclass: IntArray, problem: Problem) -> Pairing:
    return Pairing(subclass_weights(subclass, problem.treated, problem.estimand), None, subclass)


METHODS: dict[str, MatchingMethod] = {
    "nearest": nearest_neighbours,
    "exact": equal_strata,
    "coarsened_exact": pairs_in_equal_strata,
    "subclassification": subclasses_of_scores,
    "optimal": optimal_pairs,
    "full": full_matching,
    "generalised_full": generalised_full_matching,
    "cardinality": cardinality_matching,
    "radius": radius_matching,
    "kernel": kernel_matching,
    "local_linear": local_linear_matching,
}

__all__ = ["METHODS", "NONE", "Caliper", "MatchingMethod", "Pairing", "Problem", "nearest_neighbours"]
