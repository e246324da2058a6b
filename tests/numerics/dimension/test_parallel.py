"""Parallel analysis of eigenvalues."""

import numpy as np
import pytest

from erm_bridge.numerics.dimension import EIGENVALUES, null_correlations, numbers_needed, parallel


def structure(rng: np.random.Generator, p: int, k: int, n: int) -> np.ndarray:
    """Correlations of n rows of p items that measure k factors."""
    loadings = np.zeros((p, k))
    loadings[np.arange(p), np.arange(p) % k] = 0.7
    values = rng.normal(size=(n, k)) @ loadings.T + rng.normal(size=(n, p)) * np.sqrt(0.51)
    return np.corrcoef(values.T)


def test_mean_quantile_and_count_by_hand():
    simulated = np.array([[1.2, 1.0, 0.8], [1.4, 1.0, 0.6], [1.6, 0.9, 0.5]])
    found = parallel(np.array([1.55, 0.97, 0.48]), simulated, 0.75)

    np.testing.assert_allclose(found.mean, [1.4, 2.9 / 3, 1.9 / 3])
    # Type 7: halfway between the second and the third of three.
    np.testing.assert_allclose(found.quantile, [1.5, 1.0, 0.7])
    assert (found.by_mean, found.by_quantile) == (2, 1)


def test_eigenvalues_of_reduced_matrices():
    correlations = structure(np.random.default_rng(1), 6, 1, 500)[None]
    smc = 1 - 1 / np.diag(np.linalg.inv(correlations[0]))

    np.testing.assert_allclose(EIGENVALUES["components"](correlations).sum(), 6)
    np.testing.assert_allclose(EIGENVALUES["factors_smc"](correlations).sum(), smc.sum())
    # The factor is an eigenvector of the matrix that holds its communalities; the others add up to zero.
    factors = EIGENVALUES["factors"](correlations)[0]
    assert factors[0] == pytest.approx(factors.sum(), abs=1e-10)


@pytest.mark.parametrize("kind", list(EIGENVALUES))
@pytest.mark.parametrize("k", [1, 2, 4])
def test_clear_factors_are_counted(kind, k):
    rng = np.random.default_rng(k)
    correlation = structure(rng, 16, k, 600)
    simulated = null_correlations(rng.uniform(size=(50, numbers_needed(16))), 16, 600)
    values = EIGENVALUES[kind]

    found = parallel(values(correlation[None])[0], values(simulated), 0.95)
    assert (found.by_mean, found.by_quantile) == (k, k)


@pytest.mark.parametrize("kind", list(EIGENVALUES))
def test_the_order_of_items_and_their_signs_do_not_matter(kind):
    rng = np.random.default_rng(8)
    correlation = structure(rng, 9, 2, 300)
    order, signs = rng.permutation(9), rng.choice([-1, 1], 9)
    turned = (correlation * np.outer(signs, signs))[np.ix_(order, order)]

    values = EIGENVALUES[kind]
    np.testing.assert_allclose(values(turned[None]), values(correlation[None]), atol=1e-10)
