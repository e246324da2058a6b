"""Nearest neighbours on covariates and matrices against a search that looks at every pair."""

from dataclasses import replace

import numpy as np
import pytest

from erm_bridge.numerics.matching import METHODS, Caliper, Problem
from erm_bridge.numerics.matching import neighbours as tree

NONE = -1


def random_problem(seed: int, n: int = 120, **options) -> Problem:
    """Three columns of random numbers: no two distances are equal."""
    rng = np.random.default_rng(seed)
    treated = rng.random(n) < rng.uniform(0.15, 0.5)
    treated[:2] = [True, False]
    coordinates = rng.normal(size=(n, 3)) + 0.3 * treated[:, None]
    return Problem(**{"treated": treated, "coordinates": coordinates, "order": "data", **options})


def grid_problem(seed: int, **options) -> Problem:
    """Two columns of small whole numbers: nearly all distances are equal to others."""
    problem = random_problem(seed, **options)
    assert problem.coordinates is not None
    return replace(problem, coordinates=np.round(problem.coordinates[:, :2]))


def squares(problem: Problem) -> np.ndarray:
    """Squared distances, focal x n."""
    gaps = problem.coordinates[problem.focal][:, None] - problem.coordinates
    return sum(gaps[..., j] ** 2 for j in range(gaps.shape[2]))


def allowed(problem: Problem) -> np.ndarray:
    """Which rows each focal unit may be paired with, focal x n."""
    focal = np.flatnonzero(problem.focal)
    possible = np.tile(~problem.focal, (len(focal), 1))
    for caliper in problem.calipers:
        values = problem.scores if caliper.values is None else caliper.values
        gap = np.abs(values[focal][:, None] - values)
        possible &= gap <= caliper.width if caliper.width >= 0 else gap > -caliper.width
    if problem.strata is not None:
        possible &= problem.strata[focal][:, None] == problem.strata
    if problem.apart is not None:
        possible &= (problem.apart[focal][:, None] != problem.apart).all(axis=2)
    if problem.usable is not None:
        possible &= problem.usable & problem.usable[focal][:, None]
    return possible


def searched(problem: Problem) -> np.ndarray:
    """Match by looking at every pair again and again, in the order of the data; distances must differ."""
    distances = np.where(allowed(problem), squares(problem), np.inf)
    matches = np.full((len(distances), problem.ratio), NONE)
    for round_ in range(problem.ratio):
        for unit, own in enumerate(distances):
            nearest = int(np.argmin(own))
            if not np.isfinite(own[nearest]):
                continue
            matches[unit, round_] = nearest
            own[nearest] = np.inf
            if not problem.replace:
                distances[:, nearest] = np.inf
    return matches


OPTIONS = (
    {},
    {"ratio": 3},
    {"replace": True, "ratio": 4},
    {"estimand": "ATC", "ratio": 2},
    {"calipers": "column"},
    {"calipers": "apart", "replace": True, "ratio": 2},
    {"calipers": "score", "ratio": 2},
    {"strata": True, "apart": True},
    {"usable": True, "ratio": 2},
)


def with_columns(problem: Problem, options: dict) -> Problem:
    """Put random columns where an option asks for one."""
    rng, n = np.random.default_rng(len(options)), len(problem.treated)
    made = {
        "column": lambda: (Caliper(0.4, rng.normal(size=n)),),
        "apart": lambda: (Caliper(-0.4, rng.normal(size=n)), Caliper(1.5, rng.normal(size=n))),
        "score": lambda: (Caliper(0.2),),
    }
    columns = {
        "strata": lambda: rng.integers(0, 4, n),
        "apart": lambda: rng.integers(0, 3, (n, 2)),
        "usable": lambda: rng.random(n) < 0.8,
    }
    given = {name: columns[name]() if name in columns else value for name, value in options.items()}
    if "calipers" in given:
        given["calipers"] = made[given["calipers"]]()
    return replace(problem, scores=rng.random(n), **given)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("seed", range(4))
def test_pairs_are_those_of_a_search_over_all_pairs(seed, options):
    problem = with_columns(random_problem(seed), options)
    np.testing.assert_array_equal(METHODS["nearest"](problem).matches, searched(problem))


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("make", [random_problem, grid_problem])
@pytest.mark.parametrize("order", ["data", "closest", "farthest", "largest"])
def test_how_far_the_tree_is_asked_changes_nothing(monkeypatch, make, options, order):
    problem = with_columns(make(11), {**options, "order": order})
    expected = METHODS["nearest"](problem).matches
    for name, value in {"FIRST_POINTS": 1, "GROWTH": 2, "KEPT_ROWS": 3, "KEPT_SHARE": 1.0}.items():
        monkeypatch.setattr(tree, name, value)
    np.testing.assert_array_equal(METHODS["nearest"](problem).matches, expected)


@pytest.mark.parametrize("order", ["data", "closest", "farthest"])
@pytest.mark.parametrize("options", [{}, {"ratio": 2, "replace": True}, {"ratio": 3}], ids=str)
def test_a_matrix_of_the_same_distances_gives_the_same_pairs(options, order):
    problem = random_problem(3, order=order, **options)
    given = np.sqrt(squares(problem)[:, ~problem.treated])
    by_matrix = METHODS["nearest"](replace(problem, coordinates=None, matrix=given))
    found = METHODS["nearest"](problem)
    np.testing.assert_array_equal(by_matrix.matches, found.matches)
    np.testing.assert_array_equal(by_matrix.weights, found.weights)


def test_a_matrix_is_read_the_other_way_round_for_the_effect_on_the_controls():
    treated = np.array([False, True, False, True])
    problem = Problem(treated, matrix=np.array([[1.0, 2.0], [3.0, 0.5]]), estimand="ATC", order="data")
    assert METHODS["nearest"](problem).matches.tolist() == [[1], [3]]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("options", [{"ratio": 2}, {"replace": True, "ratio": 3}], ids=str)
def test_the_order_of_rows_does_not_matter_with_replacement_or_closest_first(seed, options):
    problem = random_problem(seed, **{"order": "closest", **options})
    found = METHODS["nearest"](problem).matches
    rows = np.random.default_rng(seed).permutation(len(problem.treated))
    moved = replace(problem, treated=problem.treated[rows], coordinates=problem.coordinates[rows])
    again = METHODS["nearest"](moved).matches
    partners = dict(zip(np.flatnonzero(problem.treated), found, strict=True))
    for unit, own in zip(rows[np.flatnonzero(moved.treated)], again, strict=True):
        assert np.where(own < 0, NONE, rows[own]).tolist() == partners[unit].tolist()


def test_swapping_mirroring_and_doubling_columns_changes_nothing():
    problem = random_problem(5, ratio=2)
    found = METHODS["nearest"](problem).matches
    moved = replace(problem, coordinates=-2 * problem.coordinates[:, [2, 0, 1]])
    np.testing.assert_array_equal(METHODS["nearest"](moved).matches, found)


def test_of_equally_near_controls_the_one_found_last_is_kept():
    # In the line by the first column: controls 1, 2 (-1), the treated unit 0, controls 3, 4 (1).
    coordinates = np.array([[0, 0], [-1, 0], [-1, 0], [1, 0], [1, 0], [9, 9]], dtype=np.float64)
    treated = np.array([True, False, False, False, False, True])
    problem = Problem(treated, coordinates=coordinates, order="data", replace=True, ratio=4)
    assert METHODS["nearest"](problem).matches[0].tolist() == [4, 1, 3, 2]


def test_closest_pairs_first_and_farthest_first_by_hand():
    # Both want control 2; the unit that is nearer to it gets it, or the one that is farther.
    coordinates = np.array([[0.0, 0], [3.0, 0], [1.0, 0], [9.0, 0]])
    treated = np.array([True, True, False, False])
    closest = METHODS["nearest"](Problem(treated, coordinates=coordinates, order="closest"))
    farthest = METHODS["nearest"](Problem(treated, coordinates=coordinates, order="farthest"))
    assert closest.matches.tolist() == [[2], [3]]
    assert farthest.matches.tolist() == [[3], [2]]


def test_rows_of_one_unit_are_used_once():
    # Controls 2 and 3 are one unit: once 2 is taken, 3 is gone, and treated 1 is left with 4.
    coordinates = np.array([[0.0, 0], [3.0, 0], [0.5, 0], [2.9, 0], [9.0, 0]])
    treated = np.array([True, True, False, False, False])
    problem = Problem(treated, coordinates=coordinates, order="data", units=np.array([0, 1, 2, 2, 3]))
    assert METHODS["nearest"](problem).matches.tolist() == [[2], [4]]


def test_a_control_serves_as_many_as_it_may():
    coordinates = np.array([[0.0, 0], [0.1, 0], [0.2, 0], [0.0, 1], [5.0, 5]])
    treated = np.array([True, True, True, False, False])
    problem = Problem(treated, coordinates=coordinates, order="data", replace=True, reuse_max=2)
    pairing = METHODS["nearest"](problem)
    assert pairing.matches.tolist() == [[3], [3], [4]]
    assert pairing.subclass is None


def test_pairs_without_a_finite_distance_are_not_allowed():
    treated = np.array([True, True, False, False])
    problem = Problem(treated, matrix=np.array([[np.inf, 4.0], [1.0, np.inf]]), order="data")
    assert METHODS["nearest"](problem).matches.tolist() == [[3], [2]]
    tight = replace(problem, calipers=(Caliper(2.0),))
    assert METHODS["nearest"](tight).matches.tolist() == [[NONE], [2]]


def test_strata_without_a_partner_stay_unmatched():
    problem = random_problem(8, n=40)
    strata = np.where(problem.treated & (np.arange(40) % 2 == 0), 1, 0)
    pairing = METHODS["nearest"](replace(problem, strata=strata))
    unmatched = pairing.matches[strata[problem.treated] == 1]
    assert (unmatched == NONE).all()
    assert (pairing.weights[strata == 1] == 0).all()


def test_one_column_alone_is_matched_as_a_score():
    problem = random_problem(9)
    line = problem.coordinates[:, :1]
    by_score = METHODS["nearest"](replace(problem, scores=line[:, 0], coordinates=None))
    by_column = METHODS["nearest"](replace(problem, coordinates=line))
    np.testing.assert_array_equal(by_column.matches, by_score.matches)


def test_an_order_by_score_needs_scores():
    with pytest.raises(ValueError, match="largest needs scores"):
        METHODS["nearest"](random_problem(1, order="largest"))
