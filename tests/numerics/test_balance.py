from dataclasses import astuple

import numpy as np
import pytest
from scipy import stats

from erm_bridge.numerics.balance import balance

TREATED = np.array([True, True, True, True, False, False, False, False])
NUMBER = np.array([1.0, 2, 3, 6, 0, 2, 4, 6])
BINARY = np.array([1.0, 1, 1, 0, 1, 0, 0, 0])
WEIGHTS = np.array([1.0, 1, 0, 0, 1.5, 0.5, 0, 0])


def test_by_hand():
    found = balance(np.column_stack([NUMBER, BINARY]), TREATED, WEIGHTS)
    # Treated: mean 3, squares 4 + 1 + 0 + 9 = 14, variance 14/3. Controls: mean 3, variance 20/3.
    np.testing.assert_allclose(found.smd_before, [0, 0.5 / np.sqrt(0.75 * 0.25)])
    np.testing.assert_allclose(found.variance_ratio_before, [0.7, np.nan])
    # Matched treated: mean 1.5. Controls: shares .75 and .25 of 0 and 2: mean .5.
    np.testing.assert_allclose(
        found.smd_after, [1 / np.sqrt(14 / 3), (1 - 0.75) / np.sqrt(0.75 * 0.25)], rtol=1e-14
    )
    # Variances: .25 / (1 - .5) = .5 and (.75 * .25 + .25 * 2.25) / (1 - .625) = 2.
    np.testing.assert_allclose(found.variance_ratio_after, [0.25, np.nan], rtol=1e-14)


def test_distances_of_distributions_by_hand():
    found = balance(np.column_stack([NUMBER, BINARY]), TREATED, WEIGHTS)
    # Treated 1 2 3 6, controls 0 2 4 6. After 0: 0 against 1/4; after 3: 3/4 against 2/4.
    # Zeros and ones: the difference of the shares, 3/4 - 1/4.
    np.testing.assert_allclose(found.ks_before, [0.25, 0.5])
    # Matched treated 1 and 2, controls 0 (.75) and 2 (.25): after 0 they are .75 apart. Shares: 1 - .75.
    np.testing.assert_allclose(found.ks_after, [0.75, 0.25])


def test_the_distance_of_distributions_is_that_of_scipy():
    rng = np.random.default_rng(4)
    columns = np.column_stack([rng.normal(size=200), rng.integers(0, 5, 200)]).astype(float)
    treated = rng.random(200) < 0.3
    found = balance(columns, treated, np.ones(200)).ks_before
    expected = [stats.ks_2samp(c[treated], c[~treated], method="asymp").statistic for c in columns.T]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_treated_that_do_not_vary_are_measured_by_the_pooled_deviation():
    number = np.where(TREATED, 2.0, NUMBER)
    binary = np.where(TREATED, 1.0, BINARY)
    found = balance(np.column_stack([number, binary]), TREATED, np.ones(8))
    # Within controls: squares 20 over 7; for zeros and ones 4 * .25 * .75 over 8.
    np.testing.assert_allclose(found.smd_before, [-1 / np.sqrt(20 / 7), 0.75 / np.sqrt(0.75 / 8)])


@pytest.mark.parametrize("treated_value", [3.0, 4.0, 3.0 + 4e-16])
def test_a_column_that_varies_in_neither_group_has_no_balance(treated_value):
    found = balance(np.where(TREATED, treated_value, 3.0)[:, None], TREATED, np.ones(8))
    assert all(np.isnan(numbers[0]) for numbers in astuple(found))


def test_a_ratio_needs_controls_that_vary_not_treated_that_do():
    # The sum of three shares of 0.1 is not 0.1: variance and ratio come out tiny, or huge, but not 0.
    still = np.where(TREATED, NUMBER, 0.1)
    moving = np.where(TREATED, 0.1, NUMBER)
    found = balance(np.column_stack([still, moving]), TREATED, np.array([1.0, 1, 1, 0, 1, 1, 1, 0]))
    for ratios in (found.variance_ratio_before, found.variance_ratio_after):
        assert np.isnan(ratios[0])
        assert ratios[1] == pytest.approx(0, abs=1e-30)
    # Controls that vary only where they have no weight.
    found = balance(NUMBER[:, None], TREATED, np.array([1.0, 1, 0, 0, 2, 0, 0, 0]))
    assert found.variance_ratio_before[0] == pytest.approx(0.7)
    assert np.isnan(found.variance_ratio_after[0])


def test_columns_far_from_zero_keep_their_digits():
    near, far = (balance(c + NUMBER[:, None], TREATED, WEIGHTS) for c in (0, 1.5e9))
    np.testing.assert_allclose(astuple(far), astuple(near), rtol=1e-13, atol=1e-13)


def test_a_single_pair_says_nothing_about_balance():
    weights = np.array([1.0, 0, 0, 0, 1, 0, 0, 0])
    found = balance(NUMBER[:, None], TREATED, weights)
    assert np.isnan([found.smd_after[0], found.variance_ratio_after[0]]).all()
    assert found.smd_before[0] == 0


def test_a_single_treated_unit_with_two_controls_has_a_difference_but_no_variance():
    weights = np.array([0, 1.0, 0, 0, 1, 1, 0, 0])
    found = balance(NUMBER[:, None], TREATED, weights)
    assert found.smd_after[0] == pytest.approx((2 - 1) / np.sqrt(14 / 3), rel=1e-14)
    assert np.isnan(found.variance_ratio_after[0])


@pytest.mark.parametrize("scale", [1e-3, 1e6])
def test_units_of_a_column_do_not_matter(scale: float):
    rng = np.random.default_rng(1)
    columns, treated, weights = rng.normal(size=(50, 3)), rng.random(50) < 0.4, rng.random(50)
    one, other = (balance(c, treated, weights) for c in (columns, columns * scale + scale))
    for name in ("smd_before", "smd_after", "variance_ratio_before", "variance_ratio_after"):
        np.testing.assert_allclose(getattr(other, name), getattr(one, name), rtol=1e-9)
