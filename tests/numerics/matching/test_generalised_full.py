"""Generalised full matching: what the paper promises, held against every division of a few units."""

import numpy as np
import pytest

from erm_bridge.errors import InputError
from erm_bridge.numerics.matching.generalised_full import generalised_full_matching
from erm_bridge.numerics.matching.problem import Caliper, Problem


def _divisions(units):
    """Yield every division of some units into sets."""
    if not units:
        yield []
        return
    first, *others = units
    for division in _divisions(others):
        yield [[first], *division]
        for i, members in enumerate(division):
            yield [*division[:i], [first, *members], *division[i + 1 :]]


def _widest(distances, sets):
    return max(distances[np.ix_(members, members)].max() for members in sets)


def _sets(subclass):
    return [np.flatnonzero(subclass == number) for number in range(1, subclass.max() + 1)]


@pytest.mark.parametrize("seed", range(12))
def test_no_set_is_wider_than_four_times_the_best(seed):
    rng = np.random.default_rng(seed)
    points, treated = rng.normal(size=(7, 1 + seed % 3)), rng.permutation([1, 1, 1, 0, 0, 0, seed % 2]) == 1
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    subclass = generalised_full_matching(Problem(treated, coordinates=points)).subclass
    best = min(
        _widest(distances, division)
        for division in _divisions(list(range(7)))
        if all(0 < treated[members].sum() < len(members) for members in division)
    )
    assert best <= _widest(distances, _sets(subclass)) <= 4 * best


@pytest.mark.parametrize("q", [1, 3])
def test_everyone_is_in_a_set_with_both_groups(q):
    rng = np.random.default_rng(q)
    points, treated = rng.normal(size=(500, q)), rng.random(500) < 0.2
    where = {"scores": points[:, 0]} if q == 1 else {"coordinates": points}
    matched = generalised_full_matching(Problem(treated, **where))
    assert (matched.subclass > 0).all()
    for members in _sets(matched.subclass):
        assert 0 < treated[members].sum() < len(members)
    assert (matched.weights[treated] == 1).all()


def test_a_caliper_is_kept_by_any_two_units_of_a_set():
    rng = np.random.default_rng(4)
    points, treated = rng.normal(size=(300, 2)), rng.random(300) < 0.3
    matched = generalised_full_matching(Problem(treated, coordinates=points, calipers=(Caliper(0.5),)))
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    sets = _sets(matched.subclass)
    assert _widest(distances, sets) <= 0.5
    assert all(0 < treated[members].sum() < len(members) for members in sets)
    assert 0 < (matched.subclass > 0).sum() < 300


def test_a_matrix_gives_the_sets_of_the_scores_it_was_made_of():
    rng = np.random.default_rng(8)
    scores, treated = rng.normal(size=60), rng.random(60) < 0.4
    matrix = np.abs(scores[treated][:, None] - scores[~treated])
    by_scores, by_matrix = (
        generalised_full_matching(problem).subclass
        for problem in (Problem(treated, scores=scores), Problem(treated, matrix=matrix))
    )
    assert (by_scores == by_matrix).all()


def test_order_and_scale_of_the_data_change_no_set():
    rng = np.random.default_rng(9)
    scores, treated, order = rng.normal(size=80), rng.random(80) < 0.4, rng.permutation(80)
    strata = rng.integers(0, 2, 80)
    sets = generalised_full_matching(Problem(treated, scores=scores, strata=strata)).subclass
    again = np.empty(80, dtype=np.int64)
    again[order] = generalised_full_matching(
        Problem(treated[order], scores=scores[order] * 1e9, strata=strata[order])
    ).subclass
    within = [set(strata[members]) for members in _sets(sets)]
    assert all(len(codes) == 1 for codes in within)
    assert (np.equal.outer(sets, sets) == np.equal.outer(again, again)).all()


def test_a_caliper_with_a_matrix_is_refused():
    problem = Problem(np.array([True, False]), matrix=np.ones((1, 1)), calipers=(Caliper(1.0),))
    with pytest.raises(InputError, match="a caliper cannot go with a matrix"):
        generalised_full_matching(problem)
