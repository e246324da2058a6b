"""minres, ols, uls, wls, gls and ml: printed and exact solutions, optimality, properties, refusals."""

from collections.abc import Callable

import numpy as np
import pytest

from erm_bridge.errors import EngineError, InputError
from erm_bridge.numerics.canonical import canonical_form
from erm_bridge.numerics.correlation import smoothed
from erm_bridge.numerics.extraction import search
from erm_bridge.numerics.extraction.objective import OBJECTIVES, squared_residuals
from erm_bridge.numerics.extraction.searched import CRITERIA, extract, minres
from erm_bridge.numerics.extraction.solution import most_factors, principal_loadings

ALL = sorted(CRITERIA)


def canonical(loadings: np.ndarray) -> np.ndarray:
    return canonical_form(loadings).loadings


def reproduced(loadings: np.ndarray) -> np.ndarray:
    correlation = loadings @ loadings.T
    np.fill_diagonal(correlation, 1.0)
    return correlation


def test_harmans_eight_physical_variables(printed):
    """Minres loadings to three decimals.

    By the help page of Harman.8 in psych, whose fa() gives these, they are the solution that Harman reports.
    """
    expected = [
        [0.856, -0.324],
        [0.848, -0.411],
        [0.808, -0.409],
        [0.831, -0.342],
        [0.750, 0.571],
        [0.631, 0.492],
        [0.569, 0.510],
        [0.607, 0.351],
    ]
    found = canonical(minres(printed("physical"), 2).loadings)

    np.testing.assert_allclose(found, expected, rtol=0, atol=6e-4)


def test_school_subjects_of_lawley_and_maxwell(printed):
    """Maximum likelihood loadings and communalities as Johnson and Wichern print them (chapter 9)."""
    expected = [
        [0.553, 0.429],
        [0.568, 0.288],
        [0.392, 0.450],
        [0.740, -0.273],
        [0.724, -0.211],
        [0.595, -0.132],
    ]
    found = extract("ml", printed("subjects"), 2)

    np.testing.assert_allclose(canonical(found.loadings), expected, rtol=0, atol=6e-4)
    np.testing.assert_allclose(
        1 - found.uniquenesses, [0.490, 0.406, 0.356, 0.623, 0.569, 0.372], rtol=0, atol=6e-4
    )


def test_nine_tests_of_emmett(printed):
    """Maximum likelihood loadings of Lawley and Maxwell (1971), chapter 4; signs of factors are arbitrary."""
    expected = [
        [0.664, 0.321, 0.074],
        [0.689, 0.247, -0.193],
        [0.493, 0.302, -0.222],
        [0.837, -0.292, -0.035],
        [0.705, -0.315, -0.153],
        [0.819, -0.377, 0.105],
        [0.661, 0.396, -0.078],
        [0.458, 0.296, 0.491],
        [0.766, 0.427, -0.012],
    ]
    found = extract("ml", printed("emmett"), 3)
    signs = np.sign((found.loadings * expected).sum(axis=0))

    np.testing.assert_allclose(found.loadings * signs, expected, rtol=0, atol=6e-4)


@pytest.mark.parametrize("name", ALL)
def test_three_items_and_one_factor_have_the_closed_solution(name):
    # .56 = .8 x .7, .48 = .8 x .6, .42 = .7 x .6
    found = extract(name, np.array([[1, 0.56, 0.48], [0.56, 1, 0.42], [0.48, 0.42, 1]]), 1)

    np.testing.assert_allclose(np.abs(found.loadings[:, 0]), [0.8, 0.7, 0.6], atol=1e-11)
    np.testing.assert_allclose(found.uniquenesses, [0.36, 0.51, 0.64], atol=1e-11)
    assert found.objective < 1e-20


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(("p", "k", "seed"), [(6, 1, 1), (9, 2, 2), (12, 3, 3), (20, 4, 4), (30, 6, 5)])
def test_exact_structure_is_recovered(structured, name, p, k, seed):
    loadings = structured(seed, p, k)

    found = extract(name, reproduced(loadings), k)

    np.testing.assert_allclose(found.loadings @ found.loadings.T, loadings @ loadings.T, atol=1e-9)
    np.testing.assert_allclose(found.uniquenesses, 1 - np.square(loadings).sum(1), atol=1e-9)
    assert found.objective < 1e-15


@pytest.mark.parametrize("seed", range(8))
def test_the_minimum_of_minres_is_exact_and_no_other_loadings_are_better(sample, seed):
    """Away from the bounds the loadings minimise the criterion over all loadings, near and far."""
    correlation, rng = sample(seed, 14, 3, 250), np.random.default_rng(seed)
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


@pytest.mark.parametrize("name", ["uls", "wls", "gls", "ml"])
def test_no_other_loadings_and_uniquenesses_are_better(sample, name):
    correlation, rng = sample(5, 12, 3, 200), np.random.default_rng(5)
    found = extract(name, correlation, 3)
    value = OBJECTIVES[name](correlation, found.loadings, found.uniquenesses)

    assert found.projected_gradient < 1e-12
    assert value == found.objective
    for size in (1e-5, 1e-3, 1e-2):
        for _ in range(50):
            loadings = found.loadings + size * rng.normal(size=(12, 3))
            uniquenesses = np.clip(found.uniquenesses + size * rng.normal(size=12), 0.005, 1)
            assert OBJECTIVES[name](correlation, loadings, uniquenesses) > value


def test_loadings_are_orthogonal_and_reproduce_the_diagonal(sample):
    correlation = sample(4, 12, 3, 300)
    for name in ("minres", "uls", "wls", "gls"):
        found = extract(name, correlation, 3)
        products = found.loadings.T @ found.loadings
        np.testing.assert_allclose(products - np.diag(np.diag(products)), 0, atol=1e-13)
        assert (np.diff(np.diag(products)) < 0).all()
        if name != "gls":
            communalities = np.square(found.loadings).sum(1)
            np.testing.assert_allclose(communalities, 1 - found.uniquenesses, atol=1e-11)


def test_ml_loadings_are_orthogonal_in_the_metric_of_the_uniquenesses(sample):
    found = extract("ml", sample(4, 12, 3, 300), 3)
    products = found.loadings.T @ (found.loadings / found.uniquenesses[:, None])

    np.testing.assert_allclose(products - np.diag(np.diag(products)), 0, atol=1e-12)
    np.testing.assert_allclose(np.square(found.loadings).sum(1), 1 - found.uniquenesses, atol=1e-11)


def test_a_heywood_case_is_the_best_within_the_bounds():
    # The closed solution would need a squared loading of .9 x .9 / .7 = 1.157.
    correlation = np.array([[1, 0.9, 0.9], [0.9, 1, 0.7], [0.9, 0.7, 1]])
    found = minres(correlation, 1)

    assert found.uniquenesses[0] == 0.005
    assert found.heywood.tolist() == [True, False, False]
    assert np.square(found.loadings[0]).sum() > 0.995
    assert found.projected_gradient < 1e-12
    # A fine grid over the other two uniquenesses and the bound of the first.
    for first in (0.005, 0.01, 0.05):
        for psi in np.linspace(0.2, 0.4, 41):
            at = principal_loadings(correlation, np.array([first, psi, psi]), 1)
            assert squared_residuals(correlation, at) >= found.objective


@pytest.mark.parametrize("name", ALL)
def test_the_best_of_two_minima_is_found(name):
    """Which of two group factors is the one factor: search from the usual start alone finds the worse."""
    rng = np.random.default_rng(1)
    loadings = rng.uniform(-0.2, 0.2, (9, 3))
    loadings[np.arange(9), np.arange(9) % 3] = 0.7
    items = rng.normal(size=(300, 3)) @ loadings.T + rng.normal(size=(300, 9)) * 0.6
    correlation = np.corrcoef(items.T)
    starts = rng.uniform(0.01, 1, (60, 9))
    tried = [extract(name, correlation, 1, start=start).objective for start in starts]

    found = extract(name, correlation, 1)

    assert found.objective <= min(tried) + 1e-12
    if name == "ml":
        assert max(tried) > found.objective + 0.1
        assert extract(name, correlation, 1, start=1 / np.diag(np.linalg.inv(correlation))).objective > 2


@pytest.mark.parametrize("name", ALL)
def test_permuted_and_reflected_items_permute_and_reflect_the_loadings(sample, name):
    correlation = sample(9, 10, 2, 150)
    order, signs = np.random.default_rng(0).permutation(10), np.array([1, -1] * 5)
    plain = extract(name, correlation, 2)
    changed = extract(name, (correlation * np.outer(signs, signs))[np.ix_(order, order)], 2)
    expected = (plain.loadings * signs[:, None])[order]

    np.testing.assert_allclose(changed.loadings @ changed.loadings.T, expected @ expected.T, atol=1e-10)
    np.testing.assert_allclose(changed.uniquenesses, plain.uniquenesses[order], atol=1e-10)
    assert changed.objective == pytest.approx(plain.objective, rel=1e-11)


@pytest.mark.parametrize("name", ALL)
def test_the_start_does_not_matter_for_a_clear_structure(sample, name):
    correlation, rng = sample(12, 15, 3, 500), np.random.default_rng(4)
    plain = extract(name, correlation, 3)

    for _ in range(5):
        other = extract(name, correlation, 3, start=rng.uniform(0.1, 1, 15))
        np.testing.assert_allclose(other.uniquenesses, plain.uniquenesses, atol=1e-10)


def test_uls_is_minres_but_for_heywood_cases(sample, printed):
    clear, improper = sample(3, 12, 3, 300), printed("census")

    for name in ("uls", "ols"):
        np.testing.assert_allclose(
            extract(name, clear, 3).uniquenesses, minres(clear, 3).uniquenesses, atol=1e-11
        )
    assert extract("uls", clear, 3).objective == pytest.approx(minres(clear, 3).objective, rel=1e-12)
    assert minres(improper, 2).uniquenesses[0] == extract("uls", improper, 2).uniquenesses[0] == 0.005
    assert squared_residuals(improper, extract("uls", improper, 2).loadings) > minres(improper, 2).objective


@pytest.mark.parametrize("name", ALL)
def test_uncorrelated_items_have_no_factor(name):
    found = extract(name, np.eye(5), 2)

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
def test_a_number_of_factors_that_is_not_identified_is_refused(sample, factors):
    with pytest.raises(InputError, match=rf"6 items determine at most 3 factors, {factors} are asked for"):
        minres(sample(1, 6, 2, 100), factors)


def test_a_singular_matrix_is_refused_with_its_items():
    correlation = np.eye(4) + 0.5 * (1 - np.eye(4))
    correlation[0, 3] = correlation[3, 0] = 1.0

    with pytest.raises(InputError, match=r"positions \[0, 3\] are linear combinations"):
        extract("ml", correlation, 1)


def test_a_missed_minimum_is_an_error(monkeypatch, sample):
    monkeypatch.setattr(search, "NOT_CONVERGED", -1.0)

    with pytest.raises(EngineError, match=r"ml: no minimum found in \d+ steps.*try fewer factors than 2"):
        extract("ml", sample(1, 9, 2, 100), 2)


@pytest.fixture
def nearly_singular() -> Callable[[int], np.ndarray]:
    """Return correlations of twelve items that contradict each other, smoothed: eigenvalues of 1e-10."""

    def matrix(seed: int) -> np.ndarray:
        rng = np.random.default_rng(seed)
        loadings = np.kron(np.eye(4), np.full((3, 1), 0.8))
        correlation = loadings @ loadings.T + np.tril(rng.uniform(-0.5, 0.5, (12, 12)), -1)
        correlation = np.clip(np.tril(correlation, -1), -0.95, 0.95)
        return smoothed(correlation + correlation.T + np.eye(12))

    return matrix


@pytest.mark.parametrize("seed", range(5))
def test_the_likelihood_is_largest_where_correlations_are_nearly_singular(nearly_singular, seed):
    """Judged by S^-1 (S - R) S^-1, which has all digits, as the model S is far from singular."""
    correlation = nearly_singular(seed)
    assert np.linalg.eigvalsh(correlation)[0] < 2e-10

    found = extract("ml", correlation, 4)

    inverse = np.linalg.inv(found.loadings @ found.loadings.T + np.diag(found.uniquenesses))
    slopes = inverse - inverse @ correlation @ inverse
    np.testing.assert_allclose(slopes @ found.loadings, 0, atol=1e-9)
    np.testing.assert_allclose(np.diag(slopes)[~found.heywood], 0, atol=1e-9)
    assert (np.diag(slopes)[found.heywood] > 0).all()


def test_a_minimum_missed_for_want_of_digits_says_what_to_do(monkeypatch, nearly_singular):
    monkeypatch.setattr(search, "NOT_CONVERGED", -1.0)

    with pytest.raises(EngineError, match=r"nearly singular \(smallest eigenvalue .*e-1\d\): leave out"):
        extract("ml", nearly_singular(0), 4)


@pytest.mark.parametrize("name", ["uls", "wls", "gls", "ml"])
def test_factors_that_tie_with_what_is_left_out(name):
    """Two blocks of items alike and one factor: the derivatives have a jump where the blocks meet."""
    correlation = np.kron(np.eye(2), 0.5 * np.eye(4) + 0.5)

    found = extract(name, correlation, 1)

    assert np.isfinite(found.loadings).all()
    assert found.projected_gradient < 1e-8
