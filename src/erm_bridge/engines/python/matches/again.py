"""Matches that are the best by a criterion: the match of another engine taken as it is, and what judges it.

The best match need not be the only one. What a match is worth can be compared between engines, and whatever
is computed from the same match; who was chosen cannot.
"""

import numpy as np
import pandas as pd

from erm_bridge.engines.base import Artefacts
from erm_bridge.engines.python.matches.problem import check
from erm_bridge.errors import EngineError
from erm_bridge.estimates import StageRows
from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.matching import Pairing, Problem
from erm_bridge.numerics.matching.cardinality import choice_weights
from erm_bridge.numerics.matching.properties import pair_distances
from erm_bridge.numerics.matching.subclass_weights import subclass_weights
from erm_bridge.numerics.matching.weights import matching_weights, subclasses
from erm_bridge.study.models import Matching

SEARCHED = ("cardinality", "optimal", "full")


def given_match(problem: Problem, options: Matching, given: Artefacts) -> Pairing | None:
    """Make weights and sets again from who was matched in another engine; None where nobody was.

    `note` says which promise of the method the match breaks.
    """
    if options.method.method not in SEARCHED or given.weights is None:
        return None
    pairing = _pairing(problem, given.weights, given)
    try:
        check(problem, pairing, options)
    except EngineError as error:
        return Pairing(pairing.weights, pairing.matches, pairing.subclass, note=str(error))
    return pairing


def _pairing(problem: Problem, weights: FloatArray, given: Artefacts) -> Pairing:
    if given.match_matrix is not None:
        matches = given.match_matrix
        weights = matching_weights(matches, problem.focal)
        return Pairing(weights, matches, subclasses(matches, problem.focal))
    if given.subclass is not None:
        weights = subclass_weights(given.subclass, problem.treated, problem.estimand)
        return Pairing(weights, subclass=given.subclass)
    return Pairing(choice_weights(problem, weights > 0))


def judging_rows(
    table: StageRows, problem: Problem, pairing: Pairing, options: Matching, broken: str
) -> None:
    """Add what the method makes smallest, at this match, and whether the match breaks a rule of the method.

    Parameters
    ----------
    broken : str
        Which one; empty for none.
    """
    method = options.method.method
    if method not in SEARCHED:
        return
    if method == "cardinality":
        table.add("units_left_out", int((pairing.weights == 0).sum()), note="" if broken else pairing.note)
    else:
        table.add("total_distance", total_distance(problem, pairing))
    table.add("rules_broken", float(bool(broken)), note=broken)


def total_distance(problem: Problem, pairing: Pairing) -> float:
    """Sum the distances of all units of a set to those of the other group in it."""
    assert pairing.subclass is not None
    sets = pd.DataFrame({"set": pairing.subclass, "row": np.arange(len(pairing.subclass))})
    sets, focal = sets[sets["set"] > 0], problem.focal[pairing.subclass > 0]
    pairs = sets[focal].merge(sets[~focal], on="set")
    return float(pair_distances(problem, pairs["row_x"].to_numpy(), pairs["row_y"].to_numpy()).sum())
