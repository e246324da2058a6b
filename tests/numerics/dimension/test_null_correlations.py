"""Correlations of uncorrelated items have the distribution of simulated data."""

import numpy as np
import pytest
from scipy import stats

from erm_bridge.errors import InputError
from erm_bridge.numerics.dimension.null_correlations import null_correlations, numbers_needed


def drawn(rng: np.random.Generator, p: int, n: int, replicates: int) -> np.ndarray:
    return null_correlations(rng.uniform(size=(replicates, numbers_needed(p))), p, n)


def test_two_items_by_hand():
    # Chi-squares with 4 and 3 degrees of freedom at their medians, a normal deviate of 1.
    u = np.array([[0.5, 0.5, stats.norm.cdf(1)]])
    second = stats.chi2.ppf(0.5, 3)

    np.testing.assert_allclose(null_correlations(u, 2, 5)[0, 1, 0], 1 / np.sqrt(1 + second), rtol=1e-13)


@pytest.mark.parametrize(("p", "n"), [(3, 4), (5, 10), (8, 9), (6, 500)])
def test_each_correlation_has_its_exact_distribution(p, n):
    """r sqrt((n - 2) / (1 - r^2)) is Student's t with n - 2 degrees of freedom (Fisher 1915)."""
    correlations = drawn(np.random.default_rng(7), p, n, 4000)

    for i, j in ((1, 0), (p - 1, 0), (p - 1, p - 2)):
        r = correlations[:, i, j]
        assert stats.kstest(r * np.sqrt((n - 2) / (1 - r**2)), stats.t(n - 2).cdf).pvalue > 0.001


@pytest.mark.parametrize(("p", "n"), [(5, 8), (10, 50), (12, 400)])
def test_eigenvalues_are_distributed_as_those_of_simulated_rows(p, n):
    rng = np.random.default_rng(3)
    found = np.linalg.eigvalsh(drawn(rng, p, n, 2000))
    simulated = np.linalg.eigvalsh([np.corrcoef(rng.normal(size=(n, p)).T) for _ in range(2000)])

    for position in range(p):
        assert stats.ks_2samp(found[:, position], simulated[:, position]).pvalue > 0.001


def test_they_are_correlation_matrices_even_of_a_million_rows():
    for n in (13, 10**6):
        found = drawn(np.random.default_rng(1), 12, n, 20)
        assert (np.diagonal(found, axis1=1, axis2=2) == 1).all()
        np.testing.assert_array_equal(found, found.transpose(0, 2, 1))
        assert (np.linalg.eigvalsh(found) > 0).all()
        assert np.abs(np.triu(found, 1)).max() < (1 if n == 13 else 6e-3)


def test_rows_must_outnumber_items():
    with pytest.raises(InputError, match="5 items needs more than 5 rows, found 5"):
        null_correlations(np.full((1, 15), 0.5), 5, 5)
