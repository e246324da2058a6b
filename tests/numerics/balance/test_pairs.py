import numpy as np
import pytest

from erm_bridge.numerics.balance import Pairs, matched_pairs, pair_distance, set_distance


def test_pairs_of_a_match_matrix():
    focal = np.array([False, True, False, True, False])
    pairs = matched_pairs(np.array([[0, 4], [2, -1]]), focal)
    assert pairs.focal.tolist() == [1, 1, 3]
    assert pairs.partners.tolist() == [0, 4, 2]
    # |7 - 1|, |7 - 9| and |5 - 4|.
    assert pair_distance(np.array([1.0, 7, 4, 5, 9]), pairs) == 3


def test_sets_by_hand():
    values = np.array([1.0, 4, 2, 9, 7, 0, 3])
    treated = np.array([True, False, False, True, True, False, True])
    sets = np.array([1, 1, 1, 2, -1, 2, 3])
    # Set 1: 3 and 1; set 2: 9; set 3 has no control.
    assert set_distance(values, treated, sets) == pytest.approx((3 + 1 + 9) / 3, rel=1e-15)


def test_all_pairs_of_sets_are_counted():
    rng = np.random.default_rng(11)
    n = 400
    values = np.round(rng.normal(size=n), 1)
    treated, sets = rng.random(n) < 0.3, rng.integers(-1, 12, n)
    rows, others = np.meshgrid(np.arange(n), np.arange(n))
    there = treated[rows] & ~treated[others] & (sets[rows] == sets[others]) & (sets[rows] >= 0)
    expected = np.abs(values[rows] - values[others])[there].mean()
    assert set_distance(values, treated, sets) == pytest.approx(expected, rel=1e-13)
    assert set_distance(values + 1e6, treated, sets) == pytest.approx(expected, rel=1e-9)
    assert set_distance(values, ~treated, sets) == pytest.approx(expected, rel=1e-13)


def test_without_pairs_there_is_no_distance():
    none = np.array([], dtype=int)
    assert np.isnan(pair_distance(np.array([1.0, 2]), Pairs(none, none)))
    treated = np.array([True, False])
    for sets in ([-1, -1], [1, 2]):
        assert np.isnan(set_distance(np.array([1.0, 2]), treated, np.array(sets)))
