"""Weights of factors and the index: worked by hand, and properties."""

import numpy as np
import pytest

from erm_bridge.numerics.composite import (
    COMPOSITE_WEIGHTS,
    composite_index,
    composite_weights,
    variance_shares,
)

SHARES = np.array([0.25, 0.15])
EIGENVALUES = np.array([1.8, 1.2, 0.6, 0.4])


def test_shares_of_uncorrelated_factors():
    loadings = np.array([[0.8, 0.0], [0.6, 0.0], [0.0, 0.5], [0.0, 0.5]])

    np.testing.assert_allclose(variance_shares(loadings), [1.0 / 4, 0.5 / 4], rtol=1e-15)


def test_shares_of_correlated_factors():
    # L'L = [[1, .24], [.24, .45]]; phi = [[1, .5], [.5, 1]]; diag(phi L'L) = 1 + .12, .12 + .45.
    loadings = np.array([[0.8, 0.3], [0.6, 0.0], [0.0, 0.6]])
    phi = np.array([[1.0, 0.5], [0.5, 1.0]])

    found = variance_shares(loadings, phi)

    np.testing.assert_allclose(found, [1.12 / 3, 0.57 / 3], rtol=1e-15)
    communalities = np.diag(loadings @ phi @ loadings.T)
    assert found.sum() == pytest.approx(communalities.mean(), rel=1e-15)


def test_a_stack_gives_the_shares_of_each():
    rng = np.random.default_rng(0)
    loadings, angle = rng.normal(size=(4, 6, 3)), rng.normal(size=(4, 3, 8))
    phi = np.array([np.corrcoef(a) for a in angle])

    for given in (None, phi):
        stack = variance_shares(loadings, given)
        for b in range(4):
            one = variance_shares(loadings[b], None if given is None else given[b])
            np.testing.assert_allclose(stack[b], one, rtol=1e-14)


@pytest.mark.parametrize(
    ("kind", "undivided", "divided"),
    [
        ("variance", [0.25, 0.15], [0.625, 0.375]),
        ("initial_variance", [0.45, 0.30], [0.6, 0.4]),
        ("equal", [1.0, 1.0], [0.5, 0.5]),
    ],
)
def test_worked_weights(kind, undivided, divided):
    np.testing.assert_allclose(composite_weights(kind, SHARES, EIGENVALUES), undivided, rtol=1e-15)
    np.testing.assert_allclose(composite_weights(kind, SHARES, EIGENVALUES, divide=True), divided, rtol=1e-15)


def test_the_article_s_index():
    # 100 x (.25 x 2 + .15 x -1) and 100 x (.25 x 0 + .15 x 1).
    scores = np.array([[2.0, -1.0], [0.0, 1.0]])

    index = composite_index(scores, composite_weights("variance", SHARES, EIGENVALUES), 100)

    np.testing.assert_allclose(index, [35.0, 15.0], rtol=1e-14)


@pytest.mark.parametrize("kind", COMPOSITE_WEIGHTS)
def test_dividing_only_scales(kind):
    scores = np.random.default_rng(1).normal(size=(50, 2))
    plain = composite_weights(kind, SHARES, EIGENVALUES)
    divided = composite_weights(kind, SHARES, EIGENVALUES, divide=True)

    assert divided.sum() == pytest.approx(1, rel=1e-15)
    np.testing.assert_allclose(
        composite_index(scores, divided) * plain.sum(), composite_index(scores, plain), rtol=1e-13, atol=1e-15
    )


def test_equal_divided_weights_give_the_mean_of_the_scores():
    scores = np.random.default_rng(2).normal(size=(20, 2))
    weights = composite_weights("equal", SHARES, EIGENVALUES, divide=True)

    np.testing.assert_allclose(composite_index(scores, weights), scores.mean(axis=1), rtol=1e-14, atol=1e-16)


def test_the_standard_deviation_of_uncorrelated_unit_scores():
    rng = np.random.default_rng(3)
    scores, _ = np.linalg.qr(rng.normal(size=(200, 2)) - 0)
    scores -= scores.mean(axis=0)
    scores = scores @ np.linalg.inv(np.linalg.cholesky(np.cov(scores.T))).T
    weights = composite_weights("variance", SHARES, EIGENVALUES)

    index = composite_index(scores, weights, 100)

    assert index.std(ddof=1) == pytest.approx(100 * np.sqrt(0.25**2 + 0.15**2), rel=1e-12)
