"""Weights of every method, and scores."""

import numpy as np
import pytest

from erm_bridge.errors import InputError
from erm_bridge.numerics.correlation import moments
from erm_bridge.numerics.factor_scores import (
    NEED_UNIQUENESSES,
    SCORE_WEIGHTS,
    anderson_weights,
    bartlett_weights,
    factor_scores,
    harman_weights,
    regression_weights,
    reproduced,
    ten_berge_weights,
)
from erm_bridge.numerics.score_adequacy import score_adequacy


def test_weights_of_two_items_by_hand():
    # The inverse of a correlation of 1/2 is [[1, -1/2], [-1/2, 1]] / (3/4).
    found = regression_weights(np.array([[1, 0.5], [0.5, 1]]), np.array([[0.8], [0.6]]))

    np.testing.assert_allclose(found, [[2 / 3], [4 / 15]], rtol=1e-14)


def test_weights_are_the_regression_of_known_factors_on_items():
    """Where factors are observed their least-squares weights are R^-1 times their correlations with items."""
    rng = np.random.default_rng(4)
    factors = rng.normal(size=(300, 2))
    items = factors @ rng.normal(size=(2, 7)) + rng.normal(size=(300, 7))
    of = moments(items)
    both = moments(np.hstack([items, factors])).correlation
    standardised = (items - of.means) / of.sds
    targets = (factors - factors.mean(0)) / factors.std(0, ddof=1)

    found = regression_weights(of.correlation, both[:7, 7:])

    np.testing.assert_allclose(found, np.linalg.lstsq(standardised, targets, rcond=None)[0], atol=1e-13)


def test_scores_are_centred_and_have_the_variance_of_the_prediction():
    rng = np.random.default_rng(5)
    values = 50 + 9 * (rng.normal(size=(120, 2)) @ rng.normal(size=(2, 6)) + rng.normal(size=(120, 6)))
    of = moments(values)
    loadings = rng.uniform(0.2, 0.6, (6, 2))
    weights = regression_weights(of.correlation, loadings)
    scores = factor_scores(values, of, weights)

    assert np.abs(scores.mean(0)).max() < 1e-14
    np.testing.assert_allclose(
        np.cov(scores.T), loadings.T @ np.linalg.solve(of.correlation, loadings), atol=1e-13
    )


def test_scores_of_three_rows_by_hand():
    # Standardised with n - 1 the columns are (-1, 0, 1) and (0, 1, -1).
    values = np.array([[1.0, 20.0], [2.0, 30.0], [3.0, 10.0]])
    found = factor_scores(values, moments(values), np.array([[2.0], [3.0]]))

    np.testing.assert_allclose(found[:, 0], [-2, 3, -1], atol=1e-15)


def test_scores_do_not_depend_on_units_or_row_order():
    rng = np.random.default_rng(6)
    values, weights = rng.normal(size=(80, 4)), rng.normal(size=(4, 2))
    plain, order = factor_scores(values, moments(values), weights), rng.permutation(80)
    changed = (values * [3, 0.2, 10, 1] + [5, 0, -3, 100])[order]

    np.testing.assert_allclose(factor_scores(changed, moments(changed), weights), plain[order], atol=1e-13)


def test_a_singular_matrix_is_refused_with_its_items():
    with pytest.raises(InputError, match=r"positions \[0, 1\] are linear combinations"):
        regression_weights(np.ones((2, 2)), np.ones((2, 1)))


def oblique(seed: int = 7, p: int = 9, k: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Correlations of 300 rows, and a pattern, factor correlations and uniquenesses near to theirs."""
    rng = np.random.default_rng(seed)
    loadings = rng.normal(0, 0.1, (p, k))
    loadings[np.arange(p), np.arange(p) % k] += 0.65
    phi = np.full((k, k), 0.35) + 0.65 * np.eye(k)
    uniquenesses = 1 - np.diag(reproduced(loadings, phi))
    values = rng.normal(size=(300, k)) @ np.linalg.cholesky(phi).T @ loadings.T
    values += rng.normal(size=(300, p)) * np.sqrt(uniquenesses)
    return np.corrcoef(values.T), loadings, phi, uniquenesses


def test_bartletts_scores_are_unbiased_given_the_factors():
    given = oblique()

    np.testing.assert_allclose(bartlett_weights(*given).T @ given[1], np.eye(3), atol=1e-13)


def test_bartletts_weights_by_hand():
    """One factor, two items: W = (l_i / u_i) / sum(l^2 / u), here with l^2 / u of 16/9 and 9/16."""
    loadings = np.array([[0.8], [0.6]])
    found = bartlett_weights(np.eye(2), loadings, None, np.array([0.36, 0.64]))

    np.testing.assert_allclose(
        found[:, 0], np.array([0.8 / 0.36, 0.6 / 0.64]) / (16 / 9 + 9 / 16), rtol=1e-14
    )


def test_anderson_rubin_scores_are_uncorrelated_with_variance_one():
    correlation, *rest = oblique()
    weights = anderson_weights(correlation, *rest)

    np.testing.assert_allclose(weights.T @ correlation @ weights, np.eye(3), atol=1e-13)


def test_ten_berges_scores_correlate_as_the_factors():
    correlation, loadings, phi, uniquenesses = oblique()
    weights = ten_berge_weights(correlation, loadings, phi, uniquenesses)
    orthogonal = ten_berge_weights(correlation, loadings, None, uniquenesses)

    np.testing.assert_allclose(weights.T @ correlation @ weights, phi, atol=1e-13)
    np.testing.assert_allclose(orthogonal.T @ correlation @ orthogonal, np.eye(3), atol=1e-13)


@pytest.mark.parametrize("method", ["anderson", "tenberge"])
def test_a_single_factor_has_scores_of_unit_variance(method):
    correlation, loadings, _, _ = oblique(k=1)
    weights = SCORE_WEIGHTS[method](correlation, loadings, None, 1 - np.square(loadings[:, 0]))

    assert (weights.T @ correlation @ weights).item() == pytest.approx(1, rel=1e-13)


def test_harmans_weights_are_those_of_regression_where_the_model_is_exact():
    _, loadings, _, uniquenesses = oblique()
    uniquenesses = 1 - np.diag(reproduced(loadings, None))
    exact = reproduced(loadings, None) + np.diag(uniquenesses)
    found = harman_weights(exact, loadings, None, uniquenesses)

    np.testing.assert_allclose(found, regression_weights(exact, loadings), atol=1e-13)


def test_no_scores_correlate_more_with_their_factor_than_those_of_regression():
    given = oblique()
    correlation, loadings, phi, _ = given
    with_factors = loadings @ phi
    adequacy = score_adequacy(correlation, loadings, phi)
    for method, weights_of in SCORE_WEIGHTS.items():
        weights = weights_of(*given)
        sds = np.sqrt(np.diag(weights.T @ correlation @ weights))
        validity = np.diag(weights.T @ with_factors) / sds
        assert (validity <= adequacy.max_correlation + 1e-13).all(), method
    best = regression_weights(correlation, loadings, phi)
    np.testing.assert_allclose(np.diag(best.T @ correlation @ best), adequacy.r_squared, atol=1e-13)


@pytest.mark.parametrize("method", SCORE_WEIGHTS)
def test_weights_follow_order_and_sign_of_factors_and_items(method):
    correlation, loadings, phi, uniquenesses = oblique()
    items, factors = np.array([3, 0, 8, 1, 2, 7, 4, 6, 5]), np.array([2, 0, 1])
    signs = np.array([1.0, -1.0, 1.0])
    plain = SCORE_WEIGHTS[method](correlation, loadings, phi, uniquenesses)
    moved = SCORE_WEIGHTS[method](
        correlation[np.ix_(items, items)],
        (loadings[:, factors] * signs)[items],
        phi[np.ix_(factors, factors)] * np.outer(signs, signs),
        uniquenesses[items],
    )

    np.testing.assert_allclose(moved, (plain[:, factors] * signs)[items], atol=1e-13)


@pytest.mark.parametrize("uniqueness", [0.0, -0.02])
@pytest.mark.parametrize("method", NEED_UNIQUENESSES)
def test_a_heywood_case_is_refused_by_name(method, uniqueness):
    correlation, loadings, phi, uniquenesses = oblique()
    uniquenesses[[2, 5]] = uniqueness

    with pytest.raises(InputError, match=rf"{method} divides by the uniqueness.*positions \[2, 5\].*Heywood"):
        SCORE_WEIGHTS[method](correlation, loadings, phi, uniquenesses)


@pytest.mark.parametrize("method", sorted(set(SCORE_WEIGHTS) - set(NEED_UNIQUENESSES)))
def test_the_other_methods_take_heywood_cases(method):
    correlation, loadings, phi, uniquenesses = oblique()
    uniquenesses[2] = 0

    assert np.isfinite(SCORE_WEIGHTS[method](correlation, loadings, phi, uniquenesses)).all()


@pytest.mark.parametrize("method", ["bartlett", "anderson", "tenberge"])
@pytest.mark.parametrize("second", [np.zeros(4), np.array([0.8, 0.7, 0.6, 0.5]) / 2])
def test_scores_of_a_factor_that_is_none_are_refused(method, second):
    loadings = np.column_stack([[0.8, 0.7, 0.6, 0.5], second])
    uniquenesses = 1 - np.square(loadings).sum(axis=1)
    correlation = loadings @ loadings.T + np.diag(uniquenesses)

    with pytest.raises(InputError, match=f"{method} needs as many factors .* hold 1 of 2"):
        SCORE_WEIGHTS[method](correlation, loadings, None, uniquenesses)
