import numpy as np
import pytest
from scipy import stats

from erm_bridge.numerics.balance import balance, percent_reduction

TREATED = np.array([True, True, True, True, False, False, False, False])
NUMBER = np.array([1.0, 2, 3, 6, 0, 2, 4, 6])
BINARY = np.array([1.0, 1, 1, 0, 1, 0, 0, 0])
# What does not depend on units.
NUMBERS = ("smd", "variance_ratio", "ecdf_mean", "ks")
WEIGHTS = np.array([1.0, 1, 0, 0, 1.5, 0.5, 0, 0])


def test_by_hand():
    found = balance(np.column_stack([NUMBER, BINARY]), TREATED, WEIGHTS)
    # Treated: mean 3, squares 4 + 1 + 0 + 9 = 14, variance 14/3. Controls: mean 3, variance 20/3.
    np.testing.assert_allclose(found.before.smd, [0, 0.5 / np.sqrt(0.75 * 0.25)])
    np.testing.assert_allclose(found.before.variance_ratio, [0.7, np.nan])
    # Matched treated: mean 1.5. Controls: shares .75 and .25 of 0 and 2: mean .5.
    np.testing.assert_allclose(
        found.after.smd, [1 / np.sqrt(14 / 3), (1 - 0.75) / np.sqrt(0.75 * 0.25)], rtol=1e-14
    )
    # Variances: .25 / (1 - .5) = .5 and (.75 * .25 + .25 * 2.25) / (1 - .625) = 2.
    np.testing.assert_allclose(found.after.variance_ratio, [0.25, np.nan], rtol=1e-14)


def test_distances_of_distributions_by_hand():
    found = balance(np.column_stack([NUMBER, BINARY]), TREATED, WEIGHTS)
    # Treated 1 2 3 6, controls 0 2 4 6. After 0: 0 against 1/4; after 3: 3/4 against 2/4.
    # Zeros and ones: the difference of the shares, 3/4 - 1/4.
    np.testing.assert_allclose(found.before.ks, [0.25, 0.5])
    # Matched treated 1 and 2, controls 0 (.75) and 2 (.25): after 0 they are .75 apart. Shares: 1 - .75.
    np.testing.assert_allclose(found.after.ks, [0.75, 0.25])


def test_the_distance_of_distributions_is_that_of_scipy():
    rng = np.random.default_rng(4)
    columns = np.column_stack([rng.normal(size=200), rng.integers(0, 5, 200)]).astype(float)
    treated = rng.random(200) < 0.3
    found = balance(columns, treated, np.ones(200)).before.ks
    expected = [stats.ks_2samp(c[treated], c[~treated], method="asymp").statistic for c in columns.T]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_treated_that_do_not_vary_are_measured_by_the_pooled_deviation():
    number = np.where(TREATED, 2.0, NUMBER)
    binary = np.where(TREATED, 1.0, BINARY)
    found = balance(np.column_stack([number, binary]), TREATED, np.ones(8))
    # Within controls: squares 20 over 7; for zeros and ones 4 * .25 * .75 over 8.
    np.testing.assert_allclose(found.before.smd, [-1 / np.sqrt(20 / 7), 0.75 / np.sqrt(0.75 / 8)])


@pytest.mark.parametrize("treated_value", [3.0, 4.0, 3.0 + 4e-16])
def test_a_column_that_varies_in_neither_group_has_no_balance(treated_value):
    found = balance(np.where(TREATED, treated_value, 3.0)[:, None], TREATED, np.ones(8))
    for compared in (found.before, found.after):
        assert all(np.isnan(getattr(compared, name)[0]) for name in NUMBERS)


def test_a_ratio_needs_controls_that_vary_not_treated_that_do():
    # The sum of three shares of 0.1 is not 0.1: variance and ratio come out tiny, or huge, but not 0.
    still = np.where(TREATED, NUMBER, 0.1)
    moving = np.where(TREATED, 0.1, NUMBER)
    found = balance(np.column_stack([still, moving]), TREATED, np.array([1.0, 1, 1, 0, 1, 1, 1, 0]))
    for ratios in (found.before.variance_ratio, found.after.variance_ratio):
        assert np.isnan(ratios[0])
        assert ratios[1] == pytest.approx(0, abs=1e-30)
    # Controls that vary only where they have no weight.
    found = balance(NUMBER[:, None], TREATED, np.array([1.0, 1, 0, 0, 2, 0, 0, 0]))
    assert found.before.variance_ratio[0] == pytest.approx(0.7)
    assert np.isnan(found.after.variance_ratio[0])


def test_columns_far_from_zero_keep_their_digits():
    near, far = (balance(c + NUMBER[:, None], TREATED, WEIGHTS) for c in (0, 1.5e9))
    for name in NUMBERS:
        for one, other in ((far.before, near.before), (far.after, near.after)):
            np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-13, atol=1e-13)


def test_a_single_pair_says_nothing_about_balance():
    weights = np.array([1.0, 0, 0, 0, 1, 0, 0, 0])
    found = balance(NUMBER[:, None], TREATED, weights)
    assert np.isnan([found.after.smd[0], found.after.variance_ratio[0]]).all()
    assert found.before.smd[0] == 0


def test_a_single_treated_unit_with_two_controls_has_a_difference_but_no_variance():
    weights = np.array([0, 1.0, 0, 0, 1, 1, 0, 0])
    found = balance(NUMBER[:, None], TREATED, weights)
    assert found.after.smd[0] == pytest.approx((2 - 1) / np.sqrt(14 / 3), rel=1e-14)
    assert np.isnan(found.after.variance_ratio[0])


@pytest.mark.parametrize("scale", [1e-3, 1e6])
def test_units_of_a_column_do_not_matter(scale: float):
    rng = np.random.default_rng(1)
    columns, treated, weights = rng.normal(size=(50, 3)), rng.random(50) < 0.4, rng.random(50)
    one, other = (balance(c, treated, weights) for c in (columns, columns * scale + scale))
    for name in NUMBERS:
        for a, b in ((other.before, one.before), (other.after, one.after)):
            np.testing.assert_allclose(getattr(a, name), getattr(b, name), rtol=1e-9)


def test_means_and_mean_distances_by_hand():
    found = balance(np.column_stack([NUMBER, BINARY]), TREATED, WEIGHTS)
    np.testing.assert_allclose(found.before.mean_treated, [3, 0.75])
    np.testing.assert_allclose(found.before.mean_control, [3, 0.25])
    np.testing.assert_allclose(found.after.mean_control, [0.5, 0.75], rtol=1e-15)
    # After 0, 1, 2, 3, 4, 6: 1/4, 0, 0, 1/4, 0, 0. Values without weight count after matching too:
    # treated 1 and 2, controls 0 (.75) and 2 (.25): .75, .25, 0, 0, 0, 0.
    np.testing.assert_allclose(found.before.ecdf_mean, [0.5 / 6, 0.5])
    np.testing.assert_allclose(found.after.ecdf_mean, [1 / 6, 0.25])


def test_denominators_by_hand():
    variances = {
        "treated": (14 / 3, 0.75 * 0.25),
        "control": (20 / 3, 0.75 * 0.25),
        "pooled": (17 / 3, 0.75 * 0.25),
        # All eight: mean 3, squares 34; half of them are 1.
        "all": (34 / 7, 0.25),
    }
    for name, expected in variances.items():
        found = balance(np.column_stack([NUMBER, BINARY]), TREATED, WEIGHTS, denominator=name)
        np.testing.assert_allclose(found.spread, np.sqrt(expected), rtol=1e-14)
        np.testing.assert_allclose(found.after.smd[0], 1 / np.sqrt(expected[0]), rtol=1e-14)


def test_all_together_are_told_apart_from_within():
    # Groups that vary little around means far apart.
    number = np.where(TREATED, 10.0, 0) + NUMBER
    found = balance(number[:, None], TREATED, np.ones(8), denominator="all")
    assert found.spread[0] == pytest.approx(number.std(ddof=1), rel=1e-14)


def test_sampling_weights_stand_for_rows():
    rng = np.random.default_rng(9)
    columns, treated = rng.normal(size=(40, 2)), rng.random(40) < 0.5
    weights, own = rng.random(40), rng.integers(1, 4, 40)
    one = balance(columns, treated, weights, sampling=own.astype(float))
    repeated = [np.repeat(a, own, axis=0) for a in (columns, treated, weights)]
    other = balance(*repeated)
    # Variances have another denominator, all else is the same.
    for name in ("mean_treated", "mean_control", "ecdf_mean", "ks"):
        np.testing.assert_allclose(getattr(one.after, name), getattr(other.after, name), rtol=1e-12)
        np.testing.assert_allclose(getattr(one.before, name), getattr(other.before, name), rtol=1e-12)


def test_distances_within_pairs_are_in_standard_deviations():
    found = balance(NUMBER[:, None], TREATED, WEIGHTS, distance=lambda values: 3.0)
    assert found.pair_distance[0] == pytest.approx(3 / np.sqrt(14 / 3), rel=1e-15)
    # Defined where the difference is: not for a single pair, not without variation.
    one = np.array([1.0, 0, 0, 0, 1, 0, 0, 0])
    assert np.isnan(balance(NUMBER[:, None], TREATED, one, distance=lambda values: 3.0).pair_distance[0])
    constant = np.ones((8, 1))
    assert np.isnan(balance(constant, TREATED, WEIGHTS, distance=lambda values: 3.0).pair_distance[0])


def test_reductions_in_percent():
    found = balance(np.column_stack([NUMBER + TREATED, BINARY]), TREATED, WEIGHTS)
    reduced = percent_reduction(found)
    # From 1 to 2, from .5 to .25; the ratio from log .7 to log .25.
    np.testing.assert_allclose(reduced["smd"], [-100, 50], rtol=1e-12)
    np.testing.assert_allclose(
        reduced["variance_ratio"], [100 * (1 - np.log(0.25) / np.log(0.7)), np.nan], rtol=1e-12
    )


def test_no_imbalance_cannot_become_less():
    found = percent_reduction(balance(NUMBER[:, None], TREATED, WEIGHTS))
    assert np.isnan(found["smd"][0])
    still = np.where(TREATED, 0.1, NUMBER)
    assert np.isnan(percent_reduction(balance(still[:, None], TREATED, WEIGHTS))["variance_ratio"][0])


def large(n: int = 30_000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Enough rows for threads, counting and the packed sort."""
    rng = np.random.default_rng(10)
    few = rng.integers(-3, 40, n).astype(float)
    columns = [rng.normal(size=n), few, few * 0.1, rng.random(n) < 0.2, np.round(rng.random(n), 4)]
    treated = rng.random(n) < 0.2
    return np.column_stack(columns), treated, np.where(rng.random(n) < 0.5, rng.random(n), 0)


def test_large_samples_are_what_small_ones_are():
    columns, treated, weights = large()
    found = balance(columns, treated, weights)
    for j, values in enumerate(columns.T):
        for compared, w in ((found.before, np.ones(len(values))), (found.after, weights)):
            at = np.unique(values)
            steps = [
                np.cumsum(np.bincount(np.searchsorted(at, values[g]), w[g], len(at))) / w[g].sum()
                for g in (treated, ~treated)
            ]
            gaps = np.abs(steps[0] - steps[1])
            means = [np.average(values[g], weights=w[g]) for g in (treated, ~treated)]
            variances = [np.cov(values[g], aweights=w[g]) for g in (treated, ~treated)]
            spread = np.std(values[treated], ddof=0 if j == 3 else 1)
            expected = {
                "mean_treated": means[0],
                "mean_control": means[1],
                "smd": (means[0] - means[1]) / spread,
                "variance_ratio": np.nan if j == 3 else variances[0] / variances[1],
                "ks": abs(means[0] - means[1]) if j == 3 else gaps.max(),
                "ecdf_mean": abs(means[0] - means[1]) if j == 3 else gaps.mean(),
            }
            for name, number in expected.items():
                np.testing.assert_allclose(
                    getattr(compared, name)[j], number, rtol=1e-9, err_msg=f"{j} {name}"
                )


def test_the_order_of_rows_does_not_matter():
    columns, treated, weights = large(5000)
    order = np.random.default_rng(2).permutation(5000)
    one, other = (balance(columns[o], treated[o], weights[o]) for o in (np.arange(5000), order))
    for name in NUMBERS:
        np.testing.assert_allclose(getattr(other.after, name), getattr(one.after, name), rtol=1e-11)
