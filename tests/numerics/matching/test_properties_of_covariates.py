"""What every match on covariates or a matrix must fulfil, and how it is told where it does not."""

from dataclasses import replace

import numpy as np
import pytest

from erm_bridge.errors import EngineError
from erm_bridge.numerics.matching import METHODS, Caliper, Pairing, Problem
from erm_bridge.numerics.matching.properties import check_match
from erm_bridge.numerics.matching.weights import matching_weights

# Treated 0 and 1, controls 2 to 5.
COORDINATES = np.array([[0.0, 0], [4.0, 0], [1.0, 0], [3.0, 1], [6.0, 0], [9.0, 0]])
TREATED = np.arange(6) < 2
SCORES = np.array([0.0, 1.0, 0.1, 0.8, 0.9, 5.0])
ONCE = Problem(TREATED, coordinates=COORDINATES, order="data")
TWICE = replace(ONCE, ratio=2, replace=True)
GAPS = np.linalg.norm(COORDINATES[TREATED][:, None] - COORDINATES[~TREATED], axis=2)
TABLE = replace(ONCE, coordinates=None, matrix=GAPS)


def paired(problem: Problem, matches: list[list[int]]) -> Pairing:
    rows = np.array(matches)
    return Pairing(matching_weights(rows, problem.focal), rows)


@pytest.mark.parametrize(
    ("problem", "matches"),
    [
        (ONCE, [[2], [3]]),
        (TABLE, [[2], [3]]),
        (replace(TABLE, calipers=(Caliper(1.2),)), [[2], [-1]]),
        (TWICE, [[2, 3], [3, 4]]),
        (replace(ONCE, scores=SCORES, calipers=(Caliper(0.15),)), [[2], [4]]),
        (replace(ONCE, calipers=(Caliper(0.5, COORDINATES[:, 1]),)), [[2], [4]]),
    ],
)
def test_right_matches_pass(problem, matches):
    check_match(problem, paired(problem, matches), "python")
    np.testing.assert_array_equal(METHODS["nearest"](problem).matches, matches)


@pytest.mark.parametrize(
    ("problem", "matches", "told"),
    [
        (ONCE, [[2], [4]], "treated row 2 does not have the nearest partners"),
        (TABLE, [[2], [4]], "treated row 2 does not have the nearest partners"),
        (ONCE, [[2], [-1]], "treated row 2 does not have the nearest partners"),
        (TWICE, [[2, 4], [3, 4]], "treated row 1 does not have the nearest partners"),
        (ONCE, [[2], [2]], "shares a partner"),
        (TWICE, [[2, 2], [3, 4]], "same partner twice"),
        (ONCE, [[1], [3]], "own group"),
        (replace(ONCE, scores=SCORES, calipers=(Caliper(0.15),)), [[2], [3]], "caliper"),
        (replace(ONCE, calipers=(Caliper(-3.5, COORDINATES[:, 0]),)), [[3], [2]], "caliper"),
        (replace(TABLE, calipers=(Caliper(1.2),)), [[2], [3]], "beyond the caliper"),
        (replace(ONCE, strata=np.array([0, 1, 0, 0, 1, 1])), [[2], [3]], "another stratum"),
        (replace(ONCE, apart=np.array([[0], [1], [2], [1], [1], [1]])), [[2], [3]], "antiexact"),
    ],
)
def test_each_broken_promise_is_told(problem, matches, told):
    with pytest.raises(EngineError, match=told):
        check_match(problem, paired(problem, matches), "MatchIt 4.7.2")


def test_what_a_caliper_rewritten_in_every_stratum_does_is_told():
    """As MatchIt 4.7.2 does it (its issue 236): pairs beyond the caliper, or pairs lost."""
    problem = replace(ONCE, strata=np.array([0, 1, 0, 1, 1, 0]), calipers=(Caliper(1.5, COORDINATES[:, 0]),))
    assert METHODS["nearest"](problem).matches.tolist() == [[2], [3]]
    for matches in ([[2], [4]], [[2], [-1]]):
        with pytest.raises(EngineError, match=r"caliper|nearest"):
            check_match(problem, paired(problem, matches), "MatchIt 4.7.2")
