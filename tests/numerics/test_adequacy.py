"""Kaiser-Meyer-Olkin, Bartlett's sphericity and eigenvalues against closed forms."""

import math

import numpy as np
import pytest
from scipy.special import log_ndtr

from erm_bridge.errors import InputError
from erm_bridge.numerics.adequacy import bartlett, eigenvalues, kmo, partial_correlations
from erm_bridge.numerics.correlation import moments


def equal_correlations(p: int, r: float) -> np.ndarray:
    return np.full((p, p), r) + (1 - r) * np.eye(p)


@pytest.fixture
def values() -> np.ndarray:
    rng = np.random.default_rng(11)
    return rng.normal(size=(150, 2)) @ rng.normal(size=(2, 6)) + rng.normal(size=(150, 6))


def test_kmo_of_three_equal_correlations_by_hand():
    # r = 1/2 leaves partial correlations of 1/3: KMO is (1/4) / (1/4 + 1/9) = 9/13.
    found = kmo(equal_correlations(3, 0.5))

    assert found.overall == pytest.approx(9 / 13, rel=1e-14)
    np.testing.assert_allclose(found.items, [9 / 13] * 3, rtol=1e-14)


@pytest.mark.parametrize(("p", "r"), [(4, 0.3), (10, 0.6), (25, 0.05), (6, -0.1)])
def test_kmo_of_equal_correlations(p, r):
    # With all others held constant two of p items correlate r / (1 + (p - 2) r).
    partial = r / (1 + (p - 2) * r)

    assert kmo(equal_correlations(p, r)).overall == pytest.approx(r**2 / (r**2 + partial**2), rel=1e-12)


def test_kmo_by_its_definition_through_residuals(values):
    """A partial correlation correlates what regressions on all other items leave of two items."""
    n, p = values.shape
    partial = np.zeros((p, p))
    for i in range(p):
        for j in range(i):
            others = np.column_stack([np.ones(n), np.delete(values, [i, j], axis=1)])
            left = values[:, [i, j]] - others @ np.linalg.lstsq(others, values[:, [i, j]], rcond=None)[0]
            partial[i, j] = partial[j, i] = np.corrcoef(left.T)[0, 1]
    correlation = moments(values).correlation
    r2 = correlation**2 - np.eye(p)

    np.testing.assert_allclose(partial_correlations(correlation), partial + np.eye(p), atol=1e-13)
    found = kmo(correlation)
    np.testing.assert_allclose(found.items, r2.sum(0) / (r2.sum(0) + (partial**2).sum(0)), rtol=1e-12)
    assert found.overall == pytest.approx(r2.sum() / (r2.sum() + (partial**2).sum()), rel=1e-12)


def test_kmo_does_not_depend_on_sign_and_order_of_items(values):
    correlation = moments(values).correlation
    signs, order = np.array([1, -1, 1, 1, -1, 1]), [5, 2, 0, 1, 4, 3]
    found, other = kmo(correlation), kmo((correlation * np.outer(signs, signs))[np.ix_(order, order)])

    assert other.overall == pytest.approx(found.overall, rel=1e-13)
    np.testing.assert_allclose(other.items, found.items[order], rtol=1e-13)


def test_kmo_of_uncorrelated_items_is_undefined():
    found = kmo(np.eye(4))

    assert math.isnan(found.overall)
    assert np.isnan(found.items).all()


def test_kmo_of_an_uncorrelated_item_among_others_is_undefined_for_that_item():
    correlation = np.eye(4)
    correlation[:3, :3] = equal_correlations(3, 0.5)
    found = kmo(correlation)

    assert found.overall == pytest.approx(9 / 13, rel=1e-14)
    assert np.isnan(found.items).tolist() == [False, False, False, True]


def test_bartlett_by_hand():
    # The determinant of three correlations of 1/2 is 1/2.
    found = bartlett(equal_correlations(3, 0.5), n=101)
    chi2 = (100 - 11 / 6) * math.log(2)

    assert found.chi2 == pytest.approx(chi2, rel=1e-13)
    assert found.df == 3
    # The upper tail of chi-square with 3 degrees of freedom in closed form.
    tail = math.erfc(math.sqrt(chi2 / 2)) + math.sqrt(2 * chi2 / math.pi) * math.exp(-chi2 / 2)
    assert found.p == pytest.approx(tail, rel=1e-11)
    assert found.log10_p == pytest.approx(math.log10(tail), rel=1e-13)
    assert found.log_determinant == pytest.approx(-math.log(2), rel=1e-14)


def test_bartlett_has_the_logarithm_of_a_p_too_small_for_a_number():
    """With two items chi-square is the square of a normal deviate: its tail is 2 Phi(-z)."""
    found = bartlett(equal_correlations(2, 0.9), n=5_000)

    assert found.p == 0
    expected = (math.log(2) + log_ndtr(-math.sqrt(found.chi2))) / math.log(10)
    assert found.log10_p == pytest.approx(expected, rel=1e-13)
    assert found.log10_p < -1_000


def test_bartlett_of_uncorrelated_items():
    found = bartlett(np.eye(5), n=50)

    assert (found.chi2, found.df, found.p) == (0.0, 10.0, 1.0)
    assert (found.log10_p, found.log_determinant) == (0.0, 0.0)
    assert math.copysign(1, found.chi2) == 1


def test_bartlett_needs_enough_rows_for_a_positive_statistic():
    # (2 p + 5) / 6 is 3.5 for 8 items: 4 rows leave nothing, 5 leave a half.
    assert bartlett(equal_correlations(8, 0.5), n=5).chi2 > 0
    with pytest.raises(InputError, match="8 items needs more than 4 rows"):
        bartlett(equal_correlations(8, 0.5), n=4)


def test_eigenvalues_come_largest_first():
    found = eigenvalues(equal_correlations(4, 0.5))

    np.testing.assert_allclose(found, [2.5, 0.5, 0.5, 0.5], rtol=1e-14)
    assert (np.diff(found) <= 0).all()


@pytest.mark.parametrize("statistic", [kmo, lambda r: bartlett(r, 100)], ids=["kmo", "bartlett"])
def test_a_singular_matrix_is_refused_with_its_items(statistic):
    correlation = equal_correlations(5, 0.4)
    correlation[4] = correlation[:, 4] = correlation[:, 1]
    correlation[4, 4] = 1

    with pytest.raises(InputError, match=r"positions \[1, 4\] are linear combinations"):
        statistic(correlation)
