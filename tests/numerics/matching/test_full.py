"""Optimal full matching: against every full matching there is, and what must hold of any."""

import numpy as np
import pytest

from erm_bridge.errors import InputError
from erm_bridge.numerics.matching.full import full_matching
from erm_bridge.numerics.matching.problem import Caliper, Problem

TREATED = np.array([True, False, False, True, False, True, False])
LIMITS = {
    "any sizes": ({}, {"focal": (1, 4), "other": (1, 3)}),
    "at most two controls": ({"max_controls": 2}, {"focal": (1, 2), "other": (1, 3)}),
    "at most two treated": ({"min_controls": 1 / 2}, {"focal": (1, 4), "other": (1, 2)}),
    "one treated": ({"min_controls": 1}, {"focal": (1, 4), "other": (1, 1)}),
    "one treated, at most two controls": (
        {"min_controls": 1, "max_controls": 2},
        {"focal": (1, 2), "other": (1, 1)},
    ),
    "half of the controls": ({"omit_fraction": 0.5}, {"focal": (1, 4), "other": (0, 3), "covered": 2}),
    "three controls, one treated": (
        {"omit_fraction": 0.25, "min_controls": 1},
        {"focal": (1, 4), "other": (0, 1), "covered": 3},
    ),
}


def _problem(seed, **options):
    rng = np.random.default_rng(seed)
    places = rng.normal(size=(7, 2)) if seed % 2 else np.round(rng.normal(size=7), 1)
    kind = "coordinates" if seed % 2 else "scores"
    return Problem(rng.permutation(TREATED), **{kind: places}, **options)


@pytest.mark.parametrize("limits", LIMITS)
@pytest.mark.parametrize("seed", range(6))
def test_sets_have_the_smallest_total_of_all(seed, limits, tried, total_of_stars, distances_of):
    options, degrees = LIMITS[limits]
    problem = _problem(seed, **options)
    matched = full_matching(problem)
    smallest, _ = tried(distances_of(problem), **degrees)
    assert total_of_stars(problem, matched.subclass) == pytest.approx(smallest, rel=1e-12)
    if "covered" not in degrees:
        assert (matched.subclass > 0).all()


@pytest.mark.parametrize("seed", range(6))
def test_units_beyond_the_caliper_stay_out(seed, tried, total_of_stars, distances_of):
    problem = _problem(seed, calipers=(Caliper(0.7),))
    matched = full_matching(problem)
    distances = np.where(distances_of(problem) <= 0.7, distances_of(problem), np.inf)
    reach = np.isfinite(distances)
    assert ((matched.subclass > 0)[problem.focal] == reach.any(axis=1)).all()
    assert ((matched.subclass > 0)[~problem.focal] == reach.any(axis=0)).all()
    kept = distances[np.ix_(reach.any(axis=1), reach.any(axis=0))]
    smallest, _ = tried(kept, focal=(1, 4), other=(1, 3)) if kept.size else (0.0, 0)
    assert total_of_stars(problem, matched.subclass) == pytest.approx(smallest, rel=1e-12)


@pytest.mark.parametrize("seed", range(2))
def test_for_the_controls_the_sides_change(seed, tried, total_of_stars, distances_of):
    problem = _problem(seed, estimand="ATC", max_controls=2)
    matched = full_matching(problem)
    smallest, _ = tried(distances_of(problem), focal=(1, 2), other=(1, 4))
    assert total_of_stars(problem, matched.subclass) == pytest.approx(smallest, rel=1e-12)


@pytest.mark.parametrize("limits", [{}, {"max_controls": 6, "min_controls": 1 / 4}, {"omit_fraction": 0.2}])
def test_scores_and_coordinates_give_one_total_at_some_size(limits, total_of_stars):
    rng = np.random.default_rng(11)
    x = np.round(rng.normal(size=300), 2)
    treated = rng.random(300) < 1 / (1 + np.exp(1 - x))
    on_line = Problem(treated, scores=x, **limits)
    in_space = Problem(treated, coordinates=x[:, None], **limits)
    totals = [total_of_stars(problem, full_matching(problem).subclass) for problem in (on_line, in_space)]
    assert totals[0] == pytest.approx(totals[1], rel=1e-10)


def test_strata_are_matched_by_themselves():
    rng = np.random.default_rng(5)
    strata = rng.integers(0, 4, 80)
    treated = rng.random(80) < 0.4
    treated[strata == 3] = True
    subclass = full_matching(Problem(treated, scores=rng.normal(size=80), strata=strata)).subclass
    for number in range(1, subclass.max() + 1):
        assert len(set(strata[subclass == number])) == 1
    assert (subclass[strata == 3] == -1).all()
    assert (subclass[strata != 3] > 0).all()


def test_sets_are_numbered_in_the_order_of_the_frame():
    subclass = full_matching(_problem(2)).subclass
    _, first = np.unique(subclass, return_index=True)
    assert (np.diff(first) > 0).all()


def test_sizes_that_cannot_be_are_refused_by_name():
    with pytest.raises(InputError, match=r"3 units .* 4 others .* max_controls 1"):
        full_matching(_problem(1, max_controls=1, min_controls=1))


def test_calipers_that_leave_too_few_pairs_are_named():
    treated, scores = np.array([1, 1, 1, 0, 0, 0], bool), np.array([0.0, 0.1, 5.0, 0.2, 5.1, 5.2])
    problem = Problem(treated, scores=scores, min_controls=1, calipers=(Caliper(1.0),))
    with pytest.raises(InputError, match="widen the calipers"):
        full_matching(problem)
