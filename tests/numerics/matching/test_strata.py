"""Strata, bins and subclasses: worked out by hand, and what must hold whatever the data."""

from dataclasses import replace

import numpy as np
import pytest

from erm_bridge.errors import EngineError
from erm_bridge.numerics.matching import METHODS, Pairing, Problem
from erm_bridge.numerics.matching.coarsened import coarsen, regroup
from erm_bridge.numerics.matching.exact import joint_codes, matched_strata
from erm_bridge.numerics.matching.k2k import by_coordinates, pairs_in_strata, without_distance
from erm_bridge.numerics.matching.properties_of_strata import check_subclasses
from erm_bridge.numerics.matching.subclass_weights import subclass_weights
from erm_bridge.numerics.matching.subclassification import equal_shares, subclassify

TREATED = np.array([True, True, False, False, False, True])
STRATA = np.array([0, 1, 0, 0, 1, 2])


def test_strata_with_both_groups_are_numbered_as_they_are_entered():
    assert matched_strata(STRATA, TREATED).tolist() == [1, 2, 1, 1, 2, -1]
    # The group of the first unit decides: here the controls, who enter stratum 1 first.
    first_control = np.array([1, 0, 1, 0])
    assert matched_strata(first_control, np.array([False, False, True, True])).tolist() == [1, 2, 1, 2]


def test_joint_codes_tell_combinations_apart():
    a, b = np.array([0, 0, 1, 1, 0]), np.array([0, 1, 0, 1, 0])
    assert joint_codes([a, b]).tolist() == [0, 1, 2, 3, 0]


@pytest.mark.parametrize(
    ("estimand", "treated", "controls"),
    # Stratum 1: 1 treated, 2 controls; stratum 2: 1 and 1.
    [("ATT", [1, 1], [0.75, 1.5]), ("ATC", [4 / 3, 2 / 3], [1, 1]), ("ATE", [1.2, 0.8], [0.9, 1.2])],
)
def test_weights_of_subclasses_by_hand(estimand, treated, controls):
    weights = subclass_weights(matched_strata(STRATA, TREATED), TREATED, estimand)
    assert weights[[0, 1]] == pytest.approx(treated)
    assert weights[[2, 3, 4]] == pytest.approx([controls[0], controls[0], controls[1]])
    assert weights[5] == 0


def test_bins_begin_at_their_cut_point():
    values = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    assert coarsen(values, [2.0]).tolist() == [0, 0, 1, 1, 1]
    assert coarsen(values, 2).tolist() == [0, 0, 1, 1, 1]
    assert coarsen(values, "q2").tolist() == [0, 0, 1, 1, 1]
    assert coarsen(values, 1).tolist() == [0] * 5
    assert coarsen(values[::-1], 0).tolist() == [4, 3, 2, 1, 0]
    assert coarsen(np.ones(5), "fd").tolist() == [coarsen(np.ones(5), "scott")[0]] * 5


def test_groups_of_levels_have_one_code():
    assert regroup(["a", "b", "c", "d"], [["d", "b"]]).tolist() == [0, 3, 2, 3]


def test_a_subclass_without_controls_gets_the_nearest_one():
    scores = np.array([0.1, 0.2, 0.8, 0.9, 0.05, 0.15, 0.3])
    treated = np.array([True] * 4 + [False] * 3)
    usable = np.ones(7, dtype=bool)
    filled = subclassify(scores, treated, usable, equal_shares(2))
    assert filled.tolist() == [1, 1, 2, 2, 1, 1, 2]
    left_out = subclassify(scores, treated, usable, equal_shares(2), least=0)
    assert left_out.tolist() == [1, 1, -1, -1, 1, 1, 1]
    discarded = subclassify(scores, treated, usable & (scores != 0.3), equal_shares(2))
    assert discarded.tolist() == [1, 1, 2, 2, 1, 2, -1]


def test_subclasses_that_cannot_be_are_refused():
    treated, usable = np.arange(8) < 4, np.ones(8, dtype=bool)
    with pytest.raises(ValueError, match="too many scores are equal"):
        subclassify(np.ones(8), treated, usable, equal_shares(2))
    with pytest.raises(ValueError, match="4 units of a group cannot give each of 2 subclasses 3"):
        subclassify(np.arange(8.0), treated, usable, equal_shares(2), "ATE", 3)


def test_pairs_within_strata():
    strata = np.array([1, 1, 1, 1, 2, 2])
    focal = np.array([True, True, False, False, True, False])
    x = np.array([[0.0], [1.0], [2.0], [9.0], [0.0], [5.0]])
    assert pairs_in_strata(strata, focal, by_coordinates(x)).tolist() == [[2], [3], [5]]
    assert pairs_in_strata(strata, focal, by_coordinates(x), "closest").tolist() == [[3], [2], [5]]
    assert pairs_in_strata(strata, focal, by_coordinates(x), "farthest").tolist() == [[2], [3], [5]]
    assert pairs_in_strata(strata, focal, without_distance(6)).tolist() == [[2], [3], [5]]


@pytest.mark.parametrize("estimand", ["ATT", "ATC", "ATE"])
def test_order_of_rows_and_scale_do_not_matter(estimand):
    rng = np.random.default_rng(5)
    treated, strata = rng.random(200) < 0.4, rng.integers(0, 9, 200)
    scores = rng.random(200)
    order = rng.permutation(200)
    problem = Problem(treated, scores=scores, estimand=estimand, strata=strata)
    moved = replace(problem, treated=treated[order], scores=7 * scores[order], strata=strata[order])
    for method, settings in (("exact", {}), ("subclassification", {"shares": equal_shares(5), "least": 1})):
        found, again = METHODS[method](problem, **settings), METHODS[method](moved, **settings)
        np.testing.assert_allclose(again.weights, found.weights[order], rtol=1e-12)
        check_subclasses(problem if method == "exact" else replace(problem, strata=None), found, "python")


BROKEN = {
    "has a weight and no set": {"weights": [1, 1, 0.75, 0.75, 1.5, 1]},
    "without the other group": {"subclass": [1, 2, 1, 1, 2, 3], "weights": [1, 1, 0.75, 0.75, 1.5, 1]},
    "of another stratum": {"subclass": [2, 1, 1, 1, 2, -1]},
    "not all in a set": {"subclass": [1, 2, 1, -1, 2, -1], "weights": [1, 1, 1, 0, 1, 0]},
    "weight that does not follow": {"weights": [1, 1, 0.75, 0.8, 1.5, 0]},
}


@pytest.mark.parametrize(("told", "changes"), BROKEN.items())
def test_each_broken_promise_is_told(told, changes):
    problem = Problem(TREATED, strata=STRATA)
    right = METHODS["exact"](problem)
    check_subclasses(problem, right, "python")
    arrays = {name: np.array(values) for name, values in changes.items()}
    with pytest.raises(EngineError, match=told):
        check_subclasses(problem, replace(right, **arrays), "python")


def test_subclasses_that_do_not_follow_the_scores_are_told():
    problem = Problem(np.array([True, True, False, False]), scores=np.array([0.1, 0.9, 0.2, 0.8]))
    check_subclasses(problem, Pairing(np.ones(4), None, np.array([1, 2, 1, 2])), "python")
    with pytest.raises(EngineError, match="row 2 is in a lower set than a unit with a lower score"):
        check_subclasses(problem, Pairing(np.ones(4), None, np.array([2, 1, 1, 2])), "python")


def test_pairs_that_could_be_more_are_told():
    problem = Problem(np.array([True, True, False, False]), strata=np.zeros(4, dtype=int))
    one = Pairing(np.array([1.0, 0, 1, 0]), np.array([[2], [-1]]), np.array([1, -1, 1, -1]))
    with pytest.raises(EngineError, match="more pairs could be made"):
        check_subclasses(problem, one, "python")
