"""Optimal pair matching: against every matching there is, and what must hold of any."""

import numpy as np
import pytest

from erm_bridge.numerics.matching.optimal import optimal_pairs
from erm_bridge.numerics.matching.problem import Caliper, Problem

TREATED = np.array([True, False, False, True, False, True, False, False])


def _problem(seed, **options):
    rng = np.random.default_rng(seed)
    places = rng.normal(size=(8, 2)) if seed % 2 else np.round(rng.normal(size=8), 1)
    kind = "coordinates" if seed % 2 else "scores"
    return Problem(rng.permutation(TREATED), **{kind: places}, **options)


def _total(problem, pairing, distances_of):
    distances = np.full((8, 8), np.nan)
    distances[np.ix_(problem.focal, ~problem.focal)] = distances_of(problem)
    paired = pairing.matches >= 0
    rows = np.broadcast_to(np.flatnonzero(problem.focal)[:, None], paired.shape)
    return distances[rows[paired], pairing.matches[paired]].sum()


@pytest.mark.parametrize("seed", range(6))
def test_pairs_have_the_smallest_total_of_all(seed, tried, distances_of):
    problem = _problem(seed)
    pairing = optimal_pairs(problem)
    smallest, _ = tried(distances_of(problem), focal=(1, 1), other=(0, 1))
    assert _total(problem, pairing, distances_of) == pytest.approx(smallest, rel=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_too_few_others_are_all_used_evenly(seed, tried, distances_of):
    problem = _problem(seed, ratio=2)
    pairing = optimal_pairs(problem)
    smallest, pairs = tried(distances_of(problem), focal=(1, 2), other=(1, 1))
    assert pairs == (pairing.matches >= 0).sum() == 5
    assert _total(problem, pairing, distances_of) == pytest.approx(smallest, rel=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_a_varying_number_of_partners_has_the_smallest_total(seed, tried, distances_of):
    problem = _problem(seed, ratio=1, min_controls=1, max_controls=3)
    problem_of_two = _problem(seed, ratio=2, min_controls=1, max_controls=4)
    for posed, covered in ((problem, 3), (problem_of_two, 5)):
        pairing = optimal_pairs(posed)
        most = posed.max_controls
        smallest, _ = tried(distances_of(posed), focal=(1, most), other=(0, 1), covered=covered)
        assert _total(posed, pairing, distances_of) == pytest.approx(smallest, rel=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_fewer_others_than_focal_units_go_where_the_total_is_smallest(seed, tried, distances_of):
    problem = _problem(seed, estimand="ATC")
    pairing = optimal_pairs(problem)
    smallest, _ = tried(distances_of(problem).T, focal=(1, 1), other=(0, 1))
    assert (pairing.matches >= 0).sum() == 3
    assert _total(problem, pairing, distances_of) == pytest.approx(smallest, rel=1e-12)


@pytest.mark.parametrize("seed", range(8))
def test_calipers_leave_as_many_pairs_as_can_be_then_the_smallest_total(seed, tried, distances_of):
    problem = _problem(seed, calipers=(Caliper(0.6),))
    pairing = optimal_pairs(problem)
    distances = distances_of(problem)
    allowed = np.where(distances <= 0.6, distances, np.inf)
    # Staying without partner costs more than any detour.
    extended = np.hstack([allowed, np.where(np.eye(3, dtype=bool), 100.0, np.inf)])
    smallest, _ = tried(extended, focal=(1, 1), other=(0, 1))
    pairs = (pairing.matches >= 0).sum()
    assert _total(problem, pairing, distances_of) + 100 * (3 - pairs) == pytest.approx(smallest, rel=1e-12)


def test_strata_are_matched_by_themselves(tried, distances_of):
    problem = _problem(1, strata=np.array([0, 1, 0, 1, 0, 1, 0, 1]))
    pairing = optimal_pairs(problem)
    same = problem.strata[problem.focal][:, None] == problem.strata[~problem.focal]
    distances = np.where(same, distances_of(problem), np.inf)
    both = [
        min((problem.strata[group] == s).sum() for group in (problem.focal, ~problem.focal)) for s in (0, 1)
    ]
    assert (pairing.matches >= 0).sum() == sum(both)
    paired = pairing.matches[:, 0] >= 0
    rows = np.flatnonzero(problem.focal)[paired]
    assert (problem.strata[rows] == problem.strata[pairing.matches[paired, 0]]).all()
    if sum(both) == 3:
        smallest, _ = tried(distances, focal=(1, 1), other=(0, 1))
        assert _total(problem, pairing, distances_of) == pytest.approx(smallest, rel=1e-12)


def test_columns_that_must_differ_and_discarded_units(distances_of):
    problem = _problem(2, apart=np.array([[0, 0, 1, 1, 0, 1, 2, 2]]).T, usable=np.arange(8) != 1)
    pairing = optimal_pairs(problem)
    paired = pairing.matches[:, 0] >= 0
    rows = np.flatnonzero(problem.focal)[paired]
    assert (problem.apart[rows, 0] != problem.apart[pairing.matches[paired, 0], 0]).all()
    assert 1 not in rows
    assert 1 not in pairing.matches


@pytest.mark.parametrize("on", ["scores", "coordinates", "matrix"])
def test_order_of_rows_and_scale_change_nothing(on):
    rng = np.random.default_rng(7)
    x, treated = rng.normal(size=60), np.arange(60) % 4 == 0
    order = rng.permutation(60)

    def posed(values, who):
        if on == "matrix":
            return Problem(who, matrix=np.abs(values[who][:, None] - values[~who]), ratio=2)
        return Problem(who, **{on: values if on == "scores" else values[:, None]}, ratio=2)

    once = optimal_pairs(posed(x, treated)).subclass
    again = optimal_pairs(posed(x[order] * 1e6, treated[order])).subclass
    back = np.empty(60, dtype=np.int64)
    back[order] = again
    together = [np.equal.outer(sets, sets) & (sets >= 0)[:, None] for sets in (once, back)]
    totals = [sum(_spread(x, sets, treated) for sets in (once, back))]
    assert totals[0] == pytest.approx(2 * _spread(x, once, treated), rel=1e-12)
    assert together[0].sum() == together[1].sum()


def _spread(x, sets, treated):
    return sum(
        np.abs(x[(sets == s) & treated] - x[(sets == s) & ~treated]).sum() for s in np.unique(sets[sets >= 0])
    )


def test_scores_and_their_matrix_give_one_total_at_some_size():
    rng = np.random.default_rng(3)
    x = rng.normal(size=200)
    treated = rng.random(200) < 1 / (1 + np.exp(-x))
    treated[:30] = False
    for ratio, limits in ((1, {}), (1, {"max_controls": 2}), (1, {"max_controls": 3, "min_controls": 1})):
        posed = [
            Problem(treated, scores=x, ratio=ratio, **limits),
            Problem(treated, coordinates=x[:, None], ratio=ratio, **limits),
        ]
        totals = [_spread(x, optimal_pairs(problem).subclass, treated) for problem in posed]
        assert totals[0] == pytest.approx(totals[1], rel=1e-10)
