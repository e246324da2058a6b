"""Matching of treated units with controls; `METHODS` names the ways.

========================  ==============================================================================
`problem`                 what is to be matched, and what a method returns
`nearest`                 nearest neighbours on a score
`covariates`              nearest neighbours on covariates or a matrix: `neighbours`, `matrix`, `choosing`
`ties`                    which of equally near candidates come first
`weights`                 weights and sets that follow from pairs
`properties`              what every match must fulfil
========================  ==============================================================================
"""

from collections.abc import Callable

from erm_bridge.numerics.matching.covariates import as_scores, nearest_on_covariates
from erm_bridge.numerics.matching.nearest import nearest as nearest_on_scores
from erm_bridge.numerics.matching.problem import NONE, Caliper, Pairing, Problem
from erm_bridge.numerics.matching.turns import reuse_limit
from erm_bridge.numerics.matching.weights import matching_weights, subclasses

MatchingMethod = Callable[[Problem], Pairing]


def nearest_neighbours(problem: Problem) -> Pairing:
    """Give every focal unit its nearest partners."""
    problem = as_scores(problem)
    by_scores = problem.scores is not None and problem.coordinates is None
    matches = nearest_on_scores(problem) if by_scores else nearest_on_covariates(problem)
    sets = subclasses(matches, problem.focal) if reuse_limit(problem) == 1 else None
    return Pairing(matching_weights(matches, problem.focal), matches, sets)


METHODS: dict[str, MatchingMethod] = {"nearest": nearest_neighbours}

__all__ = ["METHODS", "NONE", "Caliper", "MatchingMethod", "Pairing", "Problem", "nearest_neighbours"]
