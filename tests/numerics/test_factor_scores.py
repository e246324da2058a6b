"""Regression weights and scores."""

import numpy as np
import pytest

from erm_bridge.errors import InputError
from erm_bridge.numerics.correlation import moments
from erm_bridge.numerics.factor_scores import SCORE_WEIGHTS, factor_scores, regression_weights


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


def test_the_registry_names_the_methods():
    assert {"regression": regression_weights} == SCORE_WEIGHTS
