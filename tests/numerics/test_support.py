import numpy as np
import pytest
from scipy.spatial import Delaunay

from erm_bridge.numerics.support import outside_hull, outside_range

SCORES = np.array([0.1, 0.3, 0.5, 0.9, 0.2, 0.5, 0.6, 0.95])
TREATED = np.arange(8) >= 4


@pytest.mark.parametrize(("groups", "expected"), [("treated", [7]), ("control", [0]), ("both", [0, 7])])
def test_units_beyond_the_range_of_the_other_group(groups: str, expected: list[int]):
    assert np.flatnonzero(outside_range(SCORES, TREATED, groups)).tolist() == expected


def test_an_equal_score_is_inside():
    assert not outside_range(np.array([0.2, 0.8, 0.2, 0.8]), np.arange(4) >= 2, "both").any()


def test_a_hull_holds_its_corners_and_edges():
    square = np.array([[0, 0], [0, 1], [1, 0], [1, 1.0]])
    points = np.array([[0.5, 0.5], [1, 0.3], [0, 0], [1.001, 0.5], [-3, 0.2]])
    outside = outside_hull(np.vstack([square, points]), np.arange(9) >= 4, "treated")
    assert np.flatnonzero(outside).tolist() == [7, 8]


@pytest.mark.parametrize("seed", range(3))
def test_the_hull_is_that_of_a_triangulation(seed: int):
    rng = np.random.default_rng(seed)
    columns, treated = rng.normal(size=(90, 3)) * [1, 1e4, 1e-3] + [0, 1e6, 5], np.arange(90) % 3 == 0
    found = outside_hull(columns, treated, "both")
    for group in (treated, ~treated):
        scale = columns.std(axis=0)
        inside = Delaunay(columns[~group] / scale).find_simplex(columns[group] / scale) >= 0
        np.testing.assert_array_equal(found[group], ~inside)
    np.testing.assert_array_equal(outside_hull(columns, treated, "control"), found & ~treated)
    order = rng.permutation(90)
    np.testing.assert_array_equal(outside_hull(columns[order], treated[order], "both"), found[order])


def test_a_column_in_which_the_other_group_does_not_vary():
    columns = np.column_stack([np.arange(6) % 3, [1, 1, 1, 1, 1, 2]]).astype(float)
    assert np.flatnonzero(outside_hull(columns, np.arange(6) >= 3, "treated")).tolist() == [5]
