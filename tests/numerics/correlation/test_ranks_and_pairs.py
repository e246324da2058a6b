"""Ranks, rank correlations and correlations pair by pair."""

import numpy as np
import pytest

from erm_bridge.numerics.correlation.pairwise import pearson_pairwise, spearman_pairwise
from erm_bridge.numerics.correlation.ranks import average_ranks, spearman
from erm_bridge.numerics.correlation.sample_moments import moments


def test_ties_share_the_mean_of_their_ranks():
    found = average_ranks(np.array([[10.0], [20.0], [20.0], [5.0], [20.0]]))

    assert found[:, 0].tolist() == [2, 4, 4, 1, 4]


def test_spearman_without_ties_by_the_formula_of_differences():
    x, y = np.array([1.0, 2, 3, 4, 5]), np.array([2.0, 1, 4, 3, 5])
    # 1 - 6 * sum d^2 / (n (n^2 - 1)), with d^2 adding up to 4.
    expected = 1 - 6 * 4 / (5 * 24)

    assert spearman(np.stack([x, np.exp(y)], axis=1))[1, 0] == pytest.approx(expected, abs=1e-15)


def gaps(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    values = np.round(rng.normal(size=(80, 1)) + rng.normal(size=(80, 4)), 1) + 1e5
    values[rng.random(values.shape) < 0.2] = np.nan
    return values


@pytest.mark.parametrize("kind", ["pearson", "spearman"])
def test_each_pair_is_what_its_own_rows_give(kind):
    values = gaps(1)
    found = (pearson_pairwise if kind == "pearson" else spearman_pairwise)(values)

    for i in range(4):
        for j in range(i):
            both = values[~np.isnan(values[:, [i, j]]).any(axis=1)][:, [i, j]]
            alone = moments(both).correlation if kind == "pearson" else spearman(both)
            assert found.correlation[i, j] == pytest.approx(alone[0, 1], abs=1e-11)
            assert found.correlation[j, i] == found.correlation[i, j]
            assert found.n[i, j] == len(both)


@pytest.mark.parametrize("of", [pearson_pairwise, spearman_pairwise])
def test_complete_rows_give_the_usual_correlations_and_no_common_row_none(of):
    values = np.random.default_rng(2).normal(size=(50, 3))
    whole = moments(values).correlation if of is pearson_pairwise else spearman(values)
    np.testing.assert_allclose(of(values).correlation, whole, rtol=0, atol=1e-14)

    values[:25, 0] = np.nan
    values[25:, 1] = np.nan
    found = of(values)
    assert np.isnan(found.correlation[1, 0])
    assert found.n[1, 0] == 0


def test_an_item_that_is_constant_in_the_rows_of_a_pair_has_no_correlation():
    values = np.random.default_rng(3).normal(size=(40, 2)) + 1e6
    values[:10, 0] = 7e5
    values[10:, 1] = np.nan

    assert np.isnan(pearson_pairwise(values).correlation[1, 0])
