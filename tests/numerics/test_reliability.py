"""Internal consistency against printed numbers, arithmetic by hand and its own laws."""

from dataclasses import fields
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from erm_bridge.errors import InputError
from erm_bridge.numerics.reliability import (
    consistency,
    consistency_if_dropped,
    correlation_of,
    duhachek_interval,
    feldt_interval,
    item_total,
)

REFERENCE = Path(__file__).parents[1] / "reference"
COEFFICIENTS = [field.name for field in fields(consistency(np.eye(2), 10))]
# Section 6 of the Law School Admission Test: answers of 1,000 people to five questions and how many gave
# them. Bock, R. D. & Lieberman, M. (1970). Fitting a response model for n dichotomously scored items.
# Psychometrika 35(2), 179-197.
LSAT6 = """00000 3 00001 6 00010 2 00011 11 00100 1 00101 1 00110 3 00111 4 01000 1 01001 8 01011 16 01101 3
01110 2 01111 15 10000 10 10001 29 10010 14 10011 81 10100 3 10101 28 10110 15 10111 80 11000 16 11001 56
11010 21 11011 173 11100 11 11101 61 11110 28 11111 298"""


@pytest.fixture
def lsat() -> np.ndarray:
    words = LSAT6.split()
    answers = [[float(digit) for digit in word] for word in words[::2]]
    return np.repeat(answers, [int(word) for word in words[1::2]], axis=0)


@pytest.fixture
def attitude() -> pd.DataFrame:
    """Seven ratings of 30 departments; Chatterjee & Price (1977), Regression Analysis by Example."""
    return pd.read_csv(REFERENCE / "attitude.csv").astype(float)


@pytest.fixture
def covariance() -> np.ndarray:
    rng = np.random.default_rng(3)
    values = rng.normal(size=(90, 1)) + rng.normal(size=(90, 6)) * rng.uniform(0.5, 2, 6)
    return np.cov(values.T)


def parallel(p: int, r: float) -> np.ndarray:
    return np.full((p, p), r) + (1 - r) * np.eye(p)


def test_alpha_of_the_law_school_admission_test(lsat):
    """As `descript(LSAT)` prints it in Rizopoulos, D. (2006), Journal of Statistical Software 17(5)."""
    covariance = np.cov(lsat.T)
    whole, dropped = consistency(covariance, len(lsat)), consistency_if_dropped(covariance, len(lsat))
    correlations = item_total(covariance)

    assert whole.alpha == pytest.approx(0.2950, abs=5e-5)
    np.testing.assert_allclose(dropped.alpha, [0.2754, 0.2376, 0.2168, 0.2459, 0.2663], atol=5e-5)
    np.testing.assert_allclose(correlations.raw_r, [0.3620, 0.5668, 0.6184, 0.5344, 0.4354], atol=5e-5)
    np.testing.assert_allclose(correlations.r_drop, [0.1128, 0.1532, 0.1728, 0.1444, 0.1216], atol=5e-5)


def test_alpha_of_zeros_and_ones_is_kuder_richardson_20(lsat):
    # Kuder, G. F. & Richardson, M. W. (1937). Psychometrika 2(3), 151-160, formula 20.
    share, total = lsat.mean(axis=0), lsat.sum(axis=1)
    kr20 = 5 / 4 * (1 - (share * (1 - share)).sum() / total.var())

    assert consistency(np.cov(lsat.T), len(lsat)).alpha == pytest.approx(kr20, rel=1e-12)


def test_the_ratings_of_departments_in_the_vignette_of_psych(attitude):
    """`alpha(attitude)` as the overview of psych prints it."""
    covariance = np.cov(attitude.to_numpy().T)
    whole, correlations = consistency(covariance, 30), item_total(covariance)

    found = [whole.alpha, whole.alpha_std, whole.lambda6, whole.average_r]
    np.testing.assert_allclose(found, [0.84, 0.84, 0.88, 0.43], atol=5e-3)
    assert whole.signal_to_noise == pytest.approx(5.2, abs=0.05)
    dropped = consistency_if_dropped(covariance, 30)
    np.testing.assert_allclose(dropped.alpha, [0.81, 0.80, 0.83, 0.80, 0.80, 0.86, 0.84], atol=5e-3)
    np.testing.assert_allclose(dropped.lambda6, [0.83, 0.82, 0.87, 0.84, 0.83, 0.89, 0.86], atol=5e-3)
    np.testing.assert_allclose(correlations.r_cor, [0.75, 0.82, 0.60, 0.78, 0.85, 0.31, 0.56], atol=5e-3)
    np.testing.assert_allclose(correlations.r_drop, [0.67, 0.74, 0.56, 0.71, 0.79, 0.27, 0.46], atol=5e-3)


def test_the_ratings_of_departments_with_one_item_the_wrong_way_round(attitude):
    """`alpha(attitude, keys)` in Revelle (2025), vignette `factor` of psychTools 2.5.3, page 49."""
    covariance = np.cov((attitude * [1, -1, 1, 1, 1, 1, 1]).to_numpy().T)
    whole, correlations = consistency(covariance, 30), item_total(covariance)

    found = [whole.alpha, whole.alpha_std, whole.lambda6, whole.average_r, whole.median_r, whole.alpha_se]
    np.testing.assert_allclose(found, [0.43, 0.52, 0.75, 0.14, 0.28, 0.13], atol=5e-3)
    feldt, duhachek = (
        feldt_interval(whole.alpha, 7, 30, 0.95),
        duhachek_interval(whole.alpha, whole.alpha_se, 0.95),
    )
    found = [feldt.low, feldt.high, duhachek.low, duhachek.high]
    np.testing.assert_allclose(found, [0.06, 0.70, 0.18, 0.68], atol=5e-3)
    dropped = consistency_if_dropped(covariance, 30)
    np.testing.assert_allclose(dropped.alpha, [0.32, 0.80, 0.27, 0.14, 0.14, 0.36, 0.21], atol=5e-3)
    np.testing.assert_allclose(dropped.alpha_std, [0.44, 0.80, 0.41, 0.31, 0.27, 0.47, 0.34], atol=5e-3)
    np.testing.assert_allclose(dropped.alpha_se, [0.170, 0.057, 0.176, 0.207, 0.205, 0.139, 0.171], atol=5e-4)
    np.testing.assert_allclose(correlations.raw_r, [0.60, -0.57, 0.66, 0.80, 0.82, 0.50, 0.74], atol=5e-3)
    np.testing.assert_allclose(correlations.std_r, [0.60, -0.58, 0.65, 0.79, 0.83, 0.53, 0.75], atol=5e-3)
    np.testing.assert_allclose(correlations.r_cor, [0.60, -0.74, 0.54, 0.78, 0.85, 0.35, 0.71], atol=5e-3)
    np.testing.assert_allclose(correlations.r_drop, [0.33, -0.74, 0.42, 0.64, 0.69, 0.27, 0.58], atol=5e-3)


def test_three_items_by_hand():
    # Variances 4, 9, 1 and covariances 3, 1, 1.5: the scale has variance 14 + 11 = 25.
    covariance = np.array([[4, 3, 1], [3, 9, 1.5], [1, 1.5, 1]])
    found = consistency(covariance, 101)

    assert found.alpha == pytest.approx(3 / 2 * 11 / 25)
    # The correlations are all one half: two items explain a third of the variance of the other.
    assert found.average_r == found.median_r == pytest.approx(0.5)
    assert found.alpha_std == pytest.approx(3 / 4)
    assert found.lambda6 == pytest.approx(1 - 3 * (1 - 1 / 3) / 6)
    assert found.signal_to_noise == pytest.approx(3)
    # 1'V = (8, 13.5, 3.5) and the sum of squared covariances is 98 + 24.5.
    variance = 2 * 9 / (4 * 25**3) * (25 * (122.5 + 196) - 2 * 14 * (64 + 182.25 + 12.25))
    assert found.alpha_se == pytest.approx(np.sqrt(variance / 101))
    dropped = consistency_if_dropped(covariance, 101)
    np.testing.assert_allclose(dropped.alpha, [2 * 3 / 13, 2 * 2 / 7, 2 * 6 / 19])
    np.testing.assert_allclose(dropped.lambda6, [1 - 2 * (1 - 0.25) / 3] * 3)
    correlations = item_total(covariance)
    np.testing.assert_allclose(correlations.raw_r, [8 / 10, 13.5 / 15, 3.5 / 5])
    np.testing.assert_allclose(correlations.std_r, [2 / np.sqrt(6)] * 3)
    np.testing.assert_allclose(correlations.r_cor, [(1 + 1 / 3) / 2] * 3)
    rest = np.sqrt([13, 7, 19])
    np.testing.assert_allclose(correlations.r_drop, np.array([4, 4.5, 2.5]) / [2, 3, 1] / rest)


@pytest.mark.parametrize(("p", "r"), [(2, 0.6), (5, 0.25), (20, 0.1), (4, -0.2)])
def test_parallel_items_follow_spearman_and_brown(p, r):
    found = consistency(9 * parallel(p, r), 200)

    assert found.alpha == pytest.approx(p * r / (1 + (p - 1) * r), rel=1e-12)
    assert found.alpha_std == pytest.approx(found.alpha, rel=1e-12)
    # For parallel items the variance of van Zyl et al. becomes 2 p / (p - 1) (1 - alpha)^2 / n.
    assert found.alpha_se == pytest.approx((1 - found.alpha) * np.sqrt(2 * p / (p - 1) / 200), rel=1e-10)
    assert found.signal_to_noise == pytest.approx(found.alpha / (1 - found.alpha), rel=1e-12)


def test_alpha_is_the_mean_of_all_split_halves(covariance):
    # Cronbach (1951): with Guttman's split-half coefficient 2 (1 - (V_a + V_b) / V).
    halves = [[0, *pair] for pair in combinations(range(1, 6), 2)]
    total = covariance.sum()
    split = []
    for half in halves:
        other = np.setdiff1d(np.arange(6), half)
        within = covariance[np.ix_(half, half)].sum() + covariance[np.ix_(other, other)].sum()
        split.append(2 * (1 - within / total))

    assert consistency(covariance, 90).alpha == pytest.approx(np.mean(split), rel=1e-12)


def test_a_scale_without_an_item_is_that_scale(covariance):
    dropped = consistency_if_dropped(covariance, 90)
    for item in range(6):
        others = np.delete(np.arange(6), item)
        alone = consistency(covariance[np.ix_(others, others)], 90)
        for name in COEFFICIENTS:
            assert getattr(dropped, name)[item] == pytest.approx(getattr(alone, name), rel=1e-12), name


def test_correlations_with_the_scale_by_their_definition():
    values = np.random.default_rng(4).normal(size=(50, 4)) @ np.triu(np.ones((4, 4)))
    found, total = item_total(np.cov(values.T)), values.sum(axis=1)
    standard = values / values.std(axis=0)

    def r(x: np.ndarray, y: np.ndarray) -> float:
        return float(np.corrcoef(x, y)[0, 1])

    for i, item in enumerate(values.T):
        assert found.raw_r[i] == pytest.approx(r(item, total), rel=1e-10)
        assert found.r_drop[i] == pytest.approx(r(item, total - item), rel=1e-10)
        assert found.std_r[i] == pytest.approx(r(item, standard.sum(axis=1)), rel=1e-10)


def test_items_in_another_order_and_unit(covariance):
    order, units = np.array([3, 0, 5, 1, 4, 2]), np.array([1, 10, 0.1, 2, 5, 3.0])
    whole, permuted = consistency(covariance, 90), consistency(covariance[np.ix_(order, order)], 90)
    scaled = consistency(covariance * np.outer(units, units), 90)
    rescaled = consistency(49 * covariance, 90)

    for name in COEFFICIENTS:
        assert getattr(permuted, name) == pytest.approx(getattr(whole, name), rel=1e-12), name
        assert getattr(rescaled, name) == pytest.approx(getattr(whole, name), rel=1e-12), name
    for name in ("alpha_std", "lambda6", "average_r", "median_r", "signal_to_noise"):
        assert getattr(scaled, name) == pytest.approx(getattr(whole, name), rel=1e-12), name
    assert scaled.alpha != pytest.approx(whole.alpha, abs=1e-3)
    there, here = item_total(covariance[np.ix_(order, order)]), item_total(covariance)
    for field in fields(here):
        np.testing.assert_allclose(getattr(there, field.name), getattr(here, field.name)[order], rtol=1e-12)


def test_the_corrected_correlation_is_undefined_without_common_variance():
    correlation = parallel(4, -0.3)

    assert np.isnan(item_total(correlation).r_cor).all()
    assert np.isfinite(item_total(correlation).r_drop).all()


def test_dependent_items_are_refused():
    with pytest.raises(InputError, match=r"positions \[0, 2\]"):
        consistency(np.array([[1, 0.3, 1], [0.3, 1, 0.3], [1, 0.3, 1]]), 50)


def test_correlations_of_covariances_have_an_exact_diagonal(covariance):
    assert (np.diag(correlation_of(covariance)) == 1).all()
    np.testing.assert_allclose(correlation_of(np.stack([covariance] * 2))[1], correlation_of(covariance))


@pytest.mark.parametrize(("alpha", "items", "n", "level"), [(0.79, 5, 41, 0.9), (0.2, 30, 500, 0.95)])
def test_feldt_limits_turn_the_f_statistic_round(alpha, items, n, level):
    from scipy.stats import f

    found, df = feldt_interval(alpha, items, n, level), (n - 1, (n - 1) * (items - 1))
    assert f.sf((1 - found.low) / (1 - alpha), *df) == pytest.approx((1 - level) / 2, rel=1e-9)
    assert f.cdf((1 - found.high) / (1 - alpha), *df) == pytest.approx((1 - level) / 2, rel=1e-9)
    assert found.low < alpha < found.high


def test_feldt_limits_cover_parallel_items():
    """Of 2,000 samples of 30 people, 90 % of the intervals hold the alpha of the population."""
    rng = np.random.default_rng(9)
    root = np.linalg.cholesky(parallel(4, 0.5))
    samples = rng.normal(size=(2000, 30, 4)) @ root.T
    centred = samples - samples.mean(axis=1, keepdims=True)
    alphas = consistency(centred.swapaxes(1, 2) @ centred / 29, 30).alpha
    limits = [feldt_interval(float(alpha), 4, 30, 0.9) for alpha in alphas]

    # Five standard errors of the share.
    assert np.mean([low < 0.8 < high for low, high in limits]) == pytest.approx(0.9, abs=0.034)


def test_both_intervals_meet_in_large_samples():
    se = float(consistency(parallel(10, 0.3), 10**6).alpha_se)
    alpha = 3 / 3.7
    f_limits, normal_limits = feldt_interval(alpha, 10, 10**6, 0.95), duhachek_interval(alpha, se, 0.95)

    np.testing.assert_allclose(f_limits, normal_limits, atol=3e-6)
    assert normal_limits.high - alpha == pytest.approx(1.959963984540054 * se, rel=1e-10)
