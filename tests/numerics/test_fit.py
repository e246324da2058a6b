"""Fit statistics by hand, as printed, and by what they must not depend on."""

import numpy as np
import pytest

from erm_bridge.numerics.extraction.objective import likelihood_discrepancy
from erm_bridge.numerics.factor_scores import reproduced
from erm_bridge.numerics.fit import (
    complexity,
    degrees_of_freedom,
    model_fit,
    residual_fit,
)
from erm_bridge.numerics.score_adequacy import score_adequacy

# The correlations of R's ability.cov: six tests, 112 persons (Bartholomew 1987, Smith & Stanley 1983).
ABILITY = np.array(
    [
        [24.641, 5.991, 33.520, 6.023, 20.755, 29.701],
        [5.991, 6.700, 18.137, 1.782, 4.936, 7.204],
        [33.520, 18.137, 149.831, 19.424, 31.430, 50.753],
        [6.023, 1.782, 19.424, 12.711, 4.757, 9.075],
        [20.755, 4.936, 31.430, 4.757, 52.604, 66.762],
        [29.701, 7.204, 50.753, 9.075, 66.762, 135.292],
    ]
)
ABILITY /= np.sqrt(np.outer(np.diag(ABILITY), np.diag(ABILITY)))


def by_likelihood(correlation: np.ndarray, uniquenesses: list[float], k: int) -> np.ndarray:
    """The loadings that maximum likelihood has at given uniquenesses."""
    root = np.sqrt(uniquenesses)
    values, vectors = np.linalg.eigh(correlation / np.outer(root, root))
    return root[:, None] * vectors[:, -k:] * np.sqrt(values[-k:] - 1)


def simple_structure(seed: int, p: int = 9, k: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Loadings, factor correlations and a correlation matrix that is near to what they reproduce."""
    rng = np.random.default_rng(seed)
    loadings = rng.normal(0, 0.1, (p, k))
    loadings[np.arange(p), np.arange(p) % k] += 0.6
    phi = np.full((k, k), 0.3) + 0.7 * np.eye(k)
    model = reproduced(loadings, phi)
    np.fill_diagonal(model, 1.0)
    values = rng.multivariate_normal(np.zeros(p), model, 400, method="cholesky")
    return loadings, phi, np.corrcoef(values.T)


@pytest.mark.parametrize(
    ("uniquenesses", "chi2", "df", "p"),
    [
        ([0.455, 0.589, 0.218, 0.769, 0.052, 0.334], 6.11, 4, 0.191),
        ([0.535, 0.853, 0.748, 0.910, 0.232, 0.280], 75.18, 9, 1.46e-12),
    ],
)
def test_printed_tests_of_two_and_one_factor(uniquenesses, chi2, df, p):
    """Venables & Ripley (2002), Modern Applied Statistics with S, 4th ed., section 11.3, ability.cov.

    The uniquenesses are printed with three digits: enough, as the likelihood is flat at its maximum.
    """
    k = 2 if df == 4 else 1
    found = model_fit(ABILITY, by_likelihood(ABILITY, uniquenesses, k), None, 112)

    assert found.df == df
    assert found.chi2 == pytest.approx(chi2, abs=0.01)
    assert found.p == pytest.approx(p, rel=0.005)
    assert found.log10_p == pytest.approx(np.log10(p), abs=0.003)


def test_a_model_of_two_items_by_hand():
    """Correlations .5 in the model S and .2 in R: tr(S^-1 R) = (2 - .2) / .75, determinants .75 and .96."""
    model, correlation = np.array([[1, 0.5], [0.5, 1]]), np.array([[1, 0.2], [0.2, 1]])

    assert likelihood_discrepancy(correlation, model) == pytest.approx(
        1.8 / 0.75 - np.log(0.96 / 0.75) - 2, rel=1e-14
    )


def test_residuals_by_hand():
    """Three items that correlate .4 but are said to correlate .36: residuals .04 and .64 on the diagonal."""
    correlation = np.full((3, 3), 0.4) + 0.6 * np.eye(3)
    found = residual_fit(correlation, np.full((3, 1), 0.6), None, 101)

    assert found.rmsr == pytest.approx(0.04, rel=1e-13)
    assert found.fit_total == pytest.approx(1 - (3 * 0.64**2 + 6 * 0.04**2) / (3 + 6 * 0.4**2), rel=1e-13)
    assert found.fit_off_diagonal == pytest.approx(0.99, rel=1e-13)
    assert found.empirical_chi2 == pytest.approx(101 * 6 * 0.04**2, rel=1e-12)
    assert np.isnan(found.rmsr_corrected)
    assert np.isnan(found.empirical_p)


def test_exact_factors_leave_no_residuals():
    """Not less than nothing either, of which there is no root."""
    loadings = np.array([[0.8], [0.7], [0.6], [0.5], [0.7], [0.6]])
    correlation = loadings @ loadings.T
    np.fill_diagonal(correlation, 1.0)
    found = residual_fit(correlation, loadings, None, 300)

    assert 0 <= found.rmsr < 1e-16
    assert found.empirical_p == 1.0


def test_residuals_with_degrees_of_freedom_by_hand():
    """Four such items have two of them; the tail of a chi-square with two is exp(-x / 2)."""
    correlation = np.full((4, 4), 0.4) + 0.6 * np.eye(4)
    found = residual_fit(correlation, np.full((4, 1), 0.6), None, 101)

    assert found.rmsr_corrected == pytest.approx(np.sqrt(12 * 0.04**2 / 4), rel=1e-12)
    assert found.empirical_p == pytest.approx(np.exp(-101 * 12 * 0.04**2 / 2), rel=1e-12)


def test_indices_by_hand():
    """From chi-square, df and n: the definitions of psych's documentation of `fa`."""
    loadings, phi, correlation = simple_structure(1)
    found = model_fit(correlation, loadings, phi, 400)
    factor = 399 - (2 * 9 + 5) / 6 - 2 * 3 / 3
    null = -np.log(np.linalg.det(correlation))

    assert (found.df, found.null_df) == (12, 36)
    assert found.chi2 == pytest.approx(factor * found.discrepancy, rel=1e-13)
    assert found.null_chi2 == pytest.approx((factor + 2) * null, rel=1e-12)
    assert found.bic == pytest.approx(found.chi2 - 12 * np.log(400), rel=1e-13)
    assert found.sabic == pytest.approx(found.chi2 - 12 * np.log(402 / 24), rel=1e-13)
    assert found.tli == pytest.approx(
        (null / 36 - found.discrepancy / 12) / (null / 36 - 1 / factor), rel=1e-12
    )
    assert found.cfi == pytest.approx(1 - max(found.chi2 - 12, 0) / (found.null_chi2 - 36), rel=1e-12)
    assert found.rmsea_low <= found.rmsea <= found.rmsea_high


def test_a_model_that_fits_exactly():
    loadings, phi, _ = simple_structure(2)
    correlation = reproduced(loadings, phi)
    np.fill_diagonal(correlation, 1.0)
    found = model_fit(correlation, loadings, phi, 300)

    assert abs(found.discrepancy) < 1e-14
    assert found.p == pytest.approx(1.0, abs=1e-12)
    assert found.rmsea == found.rmsea_low == found.rmsea_high == 0
    assert found.cfi == 1
    assert residual_fit(correlation, loadings, phi, 300).rmsr < 1e-15


def test_a_model_far_off_has_a_p_value_of_zero_and_its_logarithm():
    correlation = np.full((8, 8), 0.9) + 0.1 * np.eye(8)
    found = model_fit(correlation, np.full((8, 1), 0.1), None, 100_000)

    assert found.p == 0
    assert found.log10_p < -10_000
    assert np.isfinite([found.rmsea, found.rmsea_low, found.rmsea_high]).all()


@pytest.mark.parametrize("factors", [3, 4])
def test_without_degrees_of_freedom_what_needs_them_is_not_defined(factors):
    """Six items: three factors leave none, four fewer than none."""
    rng = np.random.default_rng(3)
    loadings, correlation = rng.uniform(0.1, 0.4, (6, factors)), np.corrcoef(rng.normal(size=(6, 90)))
    found = model_fit(correlation, loadings, None, 90)

    assert found.df == degrees_of_freedom(6, factors) <= 0
    assert found.chi2 > 0
    assert np.isnan([found.p, found.log10_p, found.rmsea, found.rmsea_high, found.tli, found.cfi]).all()
    assert np.isnan([found.bic, found.sabic]).all()


def test_a_model_that_is_not_positive_definite_has_no_likelihood():
    """Communalities above 1 can make the reproduced correlations impossible."""
    correlation = np.full((4, 4), 0.5) + 0.5 * np.eye(4)
    found = model_fit(correlation, np.array([[1.2], [0.9], [-0.9], [0.2]]), None, 100)

    assert np.isnan([found.discrepancy, found.chi2, found.rmsea, found.bic]).all()
    assert found.df == 2
    assert found.null_chi2 > 0


def test_too_few_rows_for_bartletts_factor():
    loadings, phi, correlation = simple_structure(4)
    found = model_fit(correlation, loadings, phi, 6)

    assert np.isnan([found.chi2, found.rmsea, found.bic]).all()


def test_nothing_depends_on_rotation_sign_or_order():
    loadings, phi, correlation = simple_structure(5)
    rng = np.random.default_rng(5)
    turn, items = np.linalg.qr(rng.normal(size=(3, 3)))[0], rng.permutation(9)
    other, other_phi = (loadings @ np.linalg.cholesky(phi) @ turn)[items], None
    shuffled = correlation[np.ix_(items, items)]
    plain, turned = model_fit(correlation, loadings, phi, 400), model_fit(shuffled, other, other_phi, 400)
    residuals = residual_fit(correlation, loadings, phi, 400), residual_fit(shuffled, other, other_phi, 400)

    for name in plain.__slots__:
        assert getattr(turned, name) == pytest.approx(getattr(plain, name), rel=1e-10, abs=1e-12), name
    for name in residuals[0].__slots__:
        assert getattr(residuals[1], name) == pytest.approx(getattr(residuals[0], name), rel=1e-11), name


def test_complexity_counts_the_factors_an_item_needs():
    loadings = np.array([[0.7, 0, 0], [0.5, -0.5, 0], [0.3, 0.3, 0.3], [0.8, 0.4, 0], [0, 0, 0]])

    np.testing.assert_allclose(complexity(loadings), [1, 2, 3, 0.8**2 / 0.4352, np.nan], rtol=1e-14)


def test_adequacy_of_one_factor_by_hand():
    """Three items with loadings a = .6 and correlations .36: R^2 = 3 a^2 / (1 + 2 * .36)."""
    correlation = np.full((3, 3), 0.36) + 0.64 * np.eye(3)
    found = score_adequacy(correlation, np.full((3, 1), 0.6), None)

    assert found.r_squared == pytest.approx(1.08 / 1.72, rel=1e-13)
    assert found.max_correlation == pytest.approx(np.sqrt(1.08 / 1.72), rel=1e-13)
    assert found.min_correlation == pytest.approx(2 * 1.08 / 1.72 - 1, rel=1e-12)
