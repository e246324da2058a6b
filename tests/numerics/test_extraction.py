"""Minimum residuals: printed and exact solutions, optimality, properties, refusals."""

import numpy as np
import pytest

from erm_bridge.errors import EngineError, InputError
from erm_bridge.numerics import extraction
from erm_bridge.numerics.canonical import canonical_form
from erm_bridge.numerics.extraction import (
    EXTRACTIONS,
    minres,
    most_factors,
    principal_components,
    squared_residuals,
)
from erm_bridge.numerics.newton import Minimum

# Correlations of eight measures of 305 girls: Harman, H. H. (1976), Modern Factor Analysis, 3rd edition,
# table 2.3, as in R's datasets::Harman23.cor.
EIGHT_PHYSICAL_VARIABLES = """
0.846
0.805 0.881
0.859 0.826 0.801
0.473 0.376 0.380 0.436
0.398 0.326 0.319 0.329 0.762
0.301 0.277 0.237 0.327 0.730 0.583
0.382 0.415 0.345 0.365 0.629 0.577 0.539
"""
# Minres loadings to three decimals; by the help page of Harman.8 in psych, whose fa() gives these, they are
# the solution that Harman reports.
PHYSICAL_LOADINGS = [
    [0.856, -0.324],
    [0.848, -0.411],
    [0.808, -0.409],
    [0.831, -0.342],
    [0.750, 0.571],
    [0.631, 0.492],
    [0.569, 0.510],
    [0.607, 0.351],
]


def reproduced(loadings: np.ndarray) -> np.ndarray:
    correlation = loadings @ loadings.T
    np.fill_diagonal(correlation, 1.0)
    return correlation


def sample_correlation(seed: int, p: int, k: int, n: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    loadings = rng.uniform(-0.3, 0.3, (p, k))
    loadings[np.arange(p), np.arange(p) % k] = rng.uniform(0.5, 0.8, p)
    noise = rng.normal(size=(n, p)) * np.sqrt(1 - np.square(loadings).sum(1))
    return np.corrcoef((rng.normal(size=(n, k)) @ loadings.T + noise).T)


def test_harmans_eight_physical_variables():
    correlation = np.eye(8)
    correlation[np.tril_indices(8, -1)] = [float(text) for text in EIGHT_PHYSICAL_VARIABLES.split()]
    correlation = correlation + np.tril(correlation, -1).T

    found = canonical_form(minres(correlation, 2).loadings).loadings

    np.testing.assert_allclose(found, PHYSICAL_LOADINGS, rtol=0, atol=6e-4)


def test_three_items_and_one_factor_have_the_closed_solution():
    # .56 = .8 x .7, .48 = .8 x .6, .42 = .7 x .6
    found = minres(np.array([[1, 0.56, 0.48], [0.56, 1, 0.42], [0.48, 0.42, 1]]), 1)

    np.testing.assert_allclose(np.abs(found.loadings[:, 0]), [0.8, 0.7, 0.6], atol=1e-11)
    np.testing.assert_allclose(found.uniquenesses, [0.36, 0.51, 0.64], atol=1e-11)
    assert found.objective < 1e-20


@pytest.mark.parametrize(("p", "k", "seed"), [(6, 1, 1), (9, 2, 2), (12, 3, 3), (20, 4, 4), (30, 6, 5)])
def test_exact_structure_is_recovered(p, k, seed):
    rng = np.random.default_rng(seed)
    loadings = rng.uniform(-0.35, 0.35, (p, k))
    loadings[np.arange(p), np.arange(p) % k] += 0.5
    correlation = reproduced(loadings)

    found = minres(correlation, k)

    np.testing.assert_allclose(found.loadings @ found.loadings.T, loadings @ loadings.T, atol=1e-9)
    np.testing.assert_allclose(found.uniquenesses, 1 - np.square(loadings).sum(1), atol=1e-9)
    assert found.objective < 1e-18


@pytest.mark.parametrize("seed", range(8))
def test_the_minimum_is_exact_and_no_other_loadings_are_better(seed):
    """Away from the bounds the loadings minimise the criterion over all loadings, near and far."""
    correlation, rng = sample_correlation(seed, 14, 3, 250), np.random.default_rng(seed)
    found = minres(correlation, 3)

    assert found.projected_gradient < 1e-12
    assert found.uniquenesses.min() > 0.005
    assert found.objective == squared_residuals(correlation, found.loadings)
    for size in (1e-6, 1e-4, 1e-2, 1):
        moved = found.loadings + size * rng.normal(size=(50, 14, 3))
        assert min(squared_residuals(correlation, one) for one in moved) > found.objective
    residuals = correlation - found.loadings @ found.loadings.T
    np.fill_diagonal(residuals, 0)
    # Stationary over loadings: the off-diagonal residuals are orthogonal to every factor.
    np.testing.assert_allclose(residuals @ found.loadings, 0, atol=1e-11)


def test_loadings_are_orthogonal_and_reproduce_the_diagonal():
    found = minres(sample_correlation(4, 12, 3, 300), 3)
    products = found.loadings.T @ found.loadings

    np.testing.assert_allclose(products - np.diag(np.diag(products)), 0, atol=1e-13)
    assert (np.diff(np.diag(products)) < 0).all()
    np.testing.assert_allclose(np.square(found.loadings).sum(1), 1 - found.uniquenesses, atol=1e-11)


def test_a_heywood_case_is_the_best_within_the_bounds():
    # The closed solution would need a squared loading of .9 x .9 / .7 = 1.157.
    correlation = np.array([[1, 0.9, 0.9], [0.9, 1, 0.7], [0.9, 0.7, 1]])
    found = minres(correlation, 1)

    assert found.uniquenesses[0] == 0.005
    assert np.square(found.loadings[0]).sum() > 0.995
    assert found.projected_gradient < 1e-12
    # A fine grid over the other two uniquenesses and the bound of the first.
    for first in (0.005, 0.01, 0.05):
        for psi in np.linspace(0.2, 0.4, 41):
            at = extraction.principal_loadings(correlation, np.array([first, psi, psi]), 1)
            assert squared_residuals(correlation, at) >= found.objective


def slopes(name: str, correlation: np.ndarray, psi: np.ndarray, k: int) -> np.ndarray:
    """Central differences of the value or the gradient by each uniqueness."""
    steps = 1e-6 * np.eye(len(psi))
    after, before = (
        np.array(
            [getattr(extraction._minres_point(correlation, psi + sign * step, k), name) for step in steps]
        )
        for sign in (1, -1)
    )
    return (after - before) / 2e-6


@pytest.mark.parametrize(("p", "k", "largest"), [(9, 2, 0.9), (6, 2, 0.3), (12, 6, 1.0)])
def test_the_gradient_is_that_of_the_criterion_anywhere(p, k, largest):
    """Also where fewer than k eigenvalues are positive: the third case."""
    correlation = sample_correlation(3, p, min(k, 3), 80)
    psi = np.random.default_rng(1).uniform(largest / 2, largest, p)
    positive = (np.linalg.eigvalsh(correlation - np.diag(psi)) > 0).sum()
    assert (positive < k) == (k == 6)

    gradient = extraction._minres_point(correlation, psi, k).gradient

    np.testing.assert_allclose(slopes("value", correlation, psi, k), gradient, atol=1e-8)


def test_the_hessian_is_exact_at_a_minimum_within_the_bounds():
    correlation = sample_correlation(3, 9, 2, 80)
    best = minres(correlation, 2).uniquenesses

    hessian = extraction._minres_point(correlation, best, 2).hessian

    np.testing.assert_allclose(slopes("gradient", correlation, best, 2), hessian, atol=1e-8)
    assert np.linalg.eigvalsh(hessian)[0] > 0


def test_permuted_and_reflected_items_permute_and_reflect_the_loadings():
    correlation = sample_correlation(9, 10, 2, 150)
    order, signs = np.random.default_rng(0).permutation(10), np.array([1, -1] * 5)
    plain = minres(correlation, 2)
    changed = minres((correlation * np.outer(signs, signs))[np.ix_(order, order)], 2)
    expected = (plain.loadings * signs[:, None])[order]

    np.testing.assert_allclose(changed.loadings @ changed.loadings.T, expected @ expected.T, atol=1e-11)
    np.testing.assert_allclose(changed.uniquenesses, plain.uniquenesses[order], atol=1e-11)
    assert changed.objective == pytest.approx(plain.objective, rel=1e-12)


def test_the_start_does_not_matter_for_a_clear_structure():
    correlation, rng = sample_correlation(12, 15, 3, 500), np.random.default_rng(4)
    plain = minres(correlation, 3)

    for _ in range(5):
        other = minres(correlation, 3, start=rng.uniform(0.1, 1, 15))
        np.testing.assert_allclose(other.uniquenesses, plain.uniquenesses, atol=1e-11)


def test_uncorrelated_items_have_no_factor():
    found = minres(np.eye(5), 2)

    assert np.array_equal(found.loadings, np.zeros((5, 2)))
    assert found.objective == 0


def test_a_factor_too_many_for_an_exact_structure_stays_small():
    correlation = reproduced(np.array([[0.8], [0.7], [0.6], [0.5], [0.4], [0.7], [0.6]]))

    assert minres(correlation, 2).objective < 1e-12


@pytest.mark.parametrize(("p", "k"), [(3, 1), (4, 1), (5, 2), (6, 3), (7, 3), (8, 4), (10, 6), (25, 18)])
def test_most_factors(p, k):
    """Degrees of freedom ((p - k)^2 - (p + k)) / 2 are at least 0 for k and negative for k + 1."""
    assert most_factors(p) == k
    assert (p - k) ** 2 - (p + k) >= 0 > (p - k - 1) ** 2 - (p + k + 1)


@pytest.mark.parametrize("factors", [0, -1, 4, 6])
def test_a_number_of_factors_that_is_not_identified_is_refused(factors):
    with pytest.raises(InputError, match=rf"6 items determine at most 3 factors, {factors} are asked for"):
        minres(sample_correlation(1, 6, 2, 100), factors)


def test_a_singular_matrix_is_refused_with_its_items():
    correlation = np.eye(4) + 0.5 * (1 - np.eye(4))
    correlation[0, 3] = correlation[3, 0] = 1.0

    with pytest.raises(InputError, match=r"positions \[0, 3\] are linear combinations"):
        minres(correlation, 1)


def test_a_missed_minimum_is_an_error(monkeypatch):
    missed = Minimum(np.full(9, 0.5), 1.0, 1e-3, 500)
    monkeypatch.setattr(extraction, "minimise", lambda *_: missed)

    with pytest.raises(EngineError, match=r"no minimum found in 500 steps.*try fewer factors than 2"):
        minres(sample_correlation(1, 9, 2, 100), 2)


def test_the_registry_names_the_methods():
    assert [(name, method.extract) for name, method in EXTRACTIONS.items()] == [
        ("minres", minres),
        ("pca", principal_components),
    ]


def test_components_of_a_worked_example():
    # Two pairs correlated .6 and .4: eigenvalues 1.6, 1.4, .6, .4 with vectors (1, 1) / sqrt(2) in each pair.
    correlation = np.kron(np.eye(2), np.ones((2, 2)))
    correlation[0, 1] = correlation[1, 0] = 0.6
    correlation[2, 3] = correlation[3, 2] = 0.4
    np.fill_diagonal(correlation, 1)

    found = principal_components(correlation, 2)

    expected = np.zeros((4, 2))
    expected[:2, 0], expected[2:, 1] = np.sqrt(0.8), np.sqrt(0.7)
    np.testing.assert_allclose(np.abs(found.loadings), expected, atol=1e-14)
    np.testing.assert_allclose(found.uniquenesses, [0.2, 0.2, 0.3, 0.3], atol=1e-14)
    assert found.objective == pytest.approx(0.6**2 + 0.4**2, rel=1e-13)


@pytest.mark.parametrize("k", [1, 3, 9])
def test_components_are_the_best_approximation(k):
    correlation = sample_correlation(2, 9, 3, 200)
    dropped = np.linalg.eigvalsh(correlation)[: 9 - k]

    found = principal_components(correlation, k)

    assert found.objective == pytest.approx(np.square(dropped).sum(), rel=1e-10, abs=1e-25)
    np.testing.assert_allclose(np.square(found.loadings).sum(1) + found.uniquenesses, 1, rtol=1e-14)


@pytest.mark.parametrize("k", [0, 10])
def test_more_components_than_items_are_refused(k):
    with pytest.raises(InputError, match="9 items have at most 9 components"):
        principal_components(sample_correlation(2, 9, 3, 200), k)
