"""Closeness of two indexes: worked by hand, against scipy, ties, and properties."""

import numpy as np
import pytest
from scipy import stats

from erm_bridge.numerics.sensitivity import closeness, ranks, standardised_difference


def test_a_worked_example():
    # Ranks 1 2 3 4 and 2 3 1 4: squared differences 1, 1, 4, 0, so 1 - 6 x 6 / (4 x 15).
    # Deviations -1.5 -.5 .5 1.5 and -1 1 -2 2: sum of products 3; squares 5 and 10.
    found = closeness(np.array([1.0, 2.0, 3.0, 4.0]), np.array([2.0, 4.0, 1.0, 5.0]))

    assert found.rank_correlation == pytest.approx(1 - 6 * 6 / 60, rel=1e-14)
    assert found.correlation == pytest.approx(3 / np.sqrt(50), rel=1e-14)


def test_spearman_and_pearson_are_those_of_scipy():
    rng = np.random.default_rng(5)
    x = np.round(rng.normal(size=200), 1)
    y = np.round(x + rng.normal(size=200), 1)

    found = closeness(x, y)

    assert found.rank_correlation == pytest.approx(stats.spearmanr(x, y).statistic, rel=1e-12)
    assert found.correlation == pytest.approx(stats.pearsonr(x, y).statistic, rel=1e-12)


def test_last_bits_do_not_break_ties():
    answers = np.repeat([0.1 + 0.2, 1.0, 2.0], [3, 2, 1])
    noisy = answers * (1 + 1e-15 * np.array([1, -1, 0, 1, -1, 0]))

    np.testing.assert_array_equal(ranks(noisy), [2, 2, 2, 4.5, 4.5, 6])


def test_scale_and_sign():
    rng = np.random.default_rng(6)
    x, y = rng.normal(size=(2, 50))
    plain, turned = closeness(x, y), closeness(100 * x + 7, -y)

    assert turned.rank_correlation == pytest.approx(-plain.rank_correlation, rel=1e-12)
    assert turned.correlation == pytest.approx(-plain.correlation, rel=1e-10)
    assert closeness(x, x).rank_correlation == pytest.approx(1, rel=1e-15)


def test_a_worked_difference():
    # Means 3 and 1, variances 2 (of 2 and 4) and 1 (of 0, 1, 2): pooled (2 + 2) / 3.
    index, group = np.array([2.0, 0.0, 4.0, 1.0, 2.0]), np.array([True, False, True, False, False])

    assert standardised_difference(index, group) == pytest.approx(2 / np.sqrt(4 / 3), rel=1e-15)
    assert standardised_difference(-index, group) == pytest.approx(-2 / np.sqrt(4 / 3), rel=1e-15)
    assert standardised_difference(100 * index - 5, ~group) == pytest.approx(-2 / np.sqrt(4 / 3), rel=1e-14)


def test_the_difference_is_that_of_the_pooled_t_test():
    rng = np.random.default_rng(7)
    index, group = rng.normal(size=80), rng.random(80) < 0.3
    index[group] += 0.5
    t = stats.ttest_ind(index[group], index[~group]).statistic

    found = standardised_difference(index, group)

    assert found == pytest.approx(t * np.sqrt(1 / group.sum() + 1 / (~group).sum()), rel=1e-12)
