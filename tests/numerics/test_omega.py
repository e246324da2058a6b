"""Schmid-Leiman and omega against a hierarchy worked by hand, Thurstone's data and their own laws."""

import numpy as np
import pytest

from erm_bridge.errors import InputError
from erm_bridge.numerics.omega import Omega, SchmidLeiman, group_factors, omega, schmid_leiman

# The hierarchy of Jensen, A. R. & Weng, L. J. (1994). What is a good g? Intelligence 18(3), 231-258: three
# factors with three tests each, and the loadings of the factors on g.
PATTERN = np.zeros((9, 3))
PATTERN[np.arange(9), np.arange(9) // 3] = [0.8, 0.7, 0.6, 0.7, 0.6, 0.5, 0.6, 0.5, 0.4]
ON_G = np.array([0.9, 0.8, 0.7])


def correlations(pattern: np.ndarray, phi: np.ndarray) -> np.ndarray:
    found = pattern @ phi @ pattern.T
    np.fill_diagonal(found, 1)
    return found


def one_second_order_factor(loadings: np.ndarray) -> np.ndarray:
    return np.outer(loadings, loadings) + np.diag(1 - np.square(loadings))


@pytest.fixture
def thurstone(printed) -> np.ndarray:
    return printed("thurstone")


@pytest.fixture
def hierarchy() -> np.ndarray:
    return correlations(PATTERN, one_second_order_factor(ON_G))


def by_minres_and_oblimin(correlation: np.ndarray, factors: int) -> tuple[SchmidLeiman, Omega]:
    oblique = group_factors(correlation, factors)
    solution = schmid_leiman(oblique.loadings, oblique.phi)
    return solution, omega(correlation, solution)


def check_the_hierarchy(solution: SchmidLeiman, found: Omega, atol: float) -> None:
    """The sum of the loadings on g is 4.38; the groups add 3.1518 and the uniquenesses 5.64."""
    general = np.repeat(ON_G, 3) * PATTERN.sum(axis=1)
    np.testing.assert_allclose(solution.general, general, atol=atol)
    np.testing.assert_allclose(solution.uniquenesses.sum(), 5.64, atol=atol)
    variance = 4.38**2 + 3.1518 + 5.64
    assert found.hierarchical == pytest.approx(4.38**2 / variance, abs=atol)
    assert found.total == pytest.approx(1 - 5.64 / variance, abs=atol)
    assert found.limit == pytest.approx(4.38**2 / (4.38**2 + 3.1518), abs=atol)
    assert found.ecv == pytest.approx(np.square(general).sum() / (9 - 5.64), abs=atol)


def test_the_hierarchy_of_jensen_and_weng_by_hand(hierarchy):
    solution = schmid_leiman(PATTERN, one_second_order_factor(ON_G))
    found = omega(hierarchy, solution)

    check_the_hierarchy(solution, found, 1e-10)
    np.testing.assert_allclose(solution.second_order, ON_G, atol=1e-10)
    np.testing.assert_allclose(solution.group, PATTERN * np.sqrt([0.19, 0.36, 0.51]), atol=1e-10)
    # The first three tests: (.9 x 2.1)^2 by g and .19 x 2.1^2 by their group, of 3 + 2 x 1.46.
    by_general, by_group = 1.89**2 / 5.92, 0.19 * 2.1**2 / 5.92
    np.testing.assert_allclose(found.subscales[0], [by_general + by_group, by_general, by_group], atol=1e-10)
    np.testing.assert_array_equal(found.subscale_of, np.arange(9) // 3)


def test_the_hierarchy_is_found_in_its_correlations(hierarchy):
    check_the_hierarchy(*by_minres_and_oblimin(hierarchy, 3), 1e-10)


def test_printed_omega_of_the_nine_tests_of_thurstone(thurstone):
    """As the overview of psych prints `omega(Thurstone)`: .74, .93, .79 and the loadings on g."""
    solution, found = by_minres_and_oblimin(thurstone, 3)

    np.testing.assert_allclose([found.hierarchical, found.total, found.limit], [0.74, 0.93, 0.79], atol=5e-3)
    printed = [0.71, 0.73, 0.68, 0.65, 0.62, 0.56, 0.59, 0.58, 0.54]
    np.testing.assert_allclose(solution.general, printed, atol=5e-3)
    np.testing.assert_array_equal(found.subscale_of, np.arange(9) // 3)


def test_printed_subscales_of_the_nine_tests_of_thurstone(thurstone):
    """Revelle, W. (2025), vignette `omega` of psychTools 2.5.3, pages 15-16: of groups."""
    solution, found = by_minres_and_oblimin(thurstone, 3)

    expected = [[0.92, 0.58, 0.34], [0.83, 0.50, 0.32], [0.79, 0.47, 0.32]]
    np.testing.assert_allclose(found.subscales, expected, atol=5e-3)
    group = solution.group * np.sign(solution.group[[0, 3, 6], [0, 1, 2]])
    own = group[np.arange(9), np.arange(9) // 3]
    np.testing.assert_allclose(own, [0.56, 0.55, 0.52, 0.56, 0.49, 0.41, 0.62, 0.34, 0.46], atol=5e-3)
    assert group[7, 0] == pytest.approx(0.24, abs=5e-3)
    assert found.ecv == pytest.approx(0.60, abs=5e-3)


def test_general_and_group_factors_reproduce_what_oblique_factors_do(thurstone):
    """Three correlations of factors are reproduced exactly, so all common variance is kept."""
    oblique = group_factors(thurstone, 3)
    solution = schmid_leiman(oblique.loadings, oblique.phi)
    together = np.column_stack([solution.general, solution.group])

    by_oblique = oblique.loadings @ oblique.phi @ oblique.loadings.T
    np.testing.assert_allclose(together @ together.T, by_oblique, atol=1e-9)
    np.testing.assert_allclose(np.square(together).sum(axis=1), 1 - solution.uniquenesses, atol=1e-9)


def test_two_factors_share_the_root_of_their_correlation():
    phi = np.array([[1, 0.49], [0.49, 1]])
    solution = schmid_leiman(PATTERN[:6, :2], phi)

    np.testing.assert_allclose(solution.second_order, [0.7, 0.7])
    np.testing.assert_allclose(solution.general, 0.7 * PATTERN[:6, :2].sum(axis=1))
    np.testing.assert_allclose(solution.group, PATTERN[:6, :2] * np.sqrt(0.51))
    # Turning a factor round turns its correlation round and changes nothing else.
    turned = schmid_leiman(PATTERN[:6, :2] * [1, -1], phi * [[1, -1], [-1, 1]])
    np.testing.assert_allclose(turned.general, solution.general)


def test_one_factor_is_the_general_factor():
    loadings = np.array([[0.8], [0.7], [0.6], [0.5]])
    correlation = correlations(loadings, np.eye(1))
    solution = schmid_leiman(loadings, np.eye(1))
    found = omega(correlation, solution)

    # McDonald (1999), eq. 6.20b: the squared sum by itself plus the uniquenesses, where the model is exact.
    by_hand = 2.6**2 / (2.6**2 + 4 - np.square(loadings).sum())
    assert found.total == found.hierarchical == pytest.approx(by_hand)
    assert (found.limit, found.ecv) == pytest.approx((1, 1))
    assert solution.group.shape == (4, 0)
    assert found.subscales.shape == (0, 3)


def test_parallel_items_have_alpha_for_omega():
    loadings = np.full((5, 1), 0.6)
    found = omega(correlations(loadings, np.eye(1)), schmid_leiman(loadings, np.eye(1)))

    assert found.total == pytest.approx(5 * 0.36 / (1 + 4 * 0.36))


def test_order_and_sign_of_factors_and_items(thurstone):
    oblique = group_factors(thurstone, 3)
    solution = schmid_leiman(oblique.loadings, oblique.phi)
    factors, signs, items = [2, 0, 1], np.array([1, -1, -1]), np.array([4, 8, 0, 2, 1, 7, 3, 6, 5])
    turned = schmid_leiman(
        oblique.loadings[items][:, factors] * signs,
        oblique.phi[np.ix_(factors, factors)] * np.outer(signs, signs),
    )
    here, there = omega(thurstone, solution), omega(thurstone[np.ix_(items, items)], turned)

    np.testing.assert_allclose(turned.general, solution.general[items], atol=1e-9)
    for name in ("total", "hierarchical", "limit", "ecv"):
        assert getattr(there, name) == pytest.approx(getattr(here, name), rel=1e-9)
    np.testing.assert_allclose(there.subscales, here.subscales[factors], atol=1e-9)


def test_a_factor_beyond_the_general_one_has_no_group_left():
    """Correlations that ask for a loading of 1.1 on the general factor: an improper solution."""
    solution = schmid_leiman(PATTERN, np.array([[1, 0.9, 0.8], [0.9, 1, 0.6], [0.8, 0.6, 1]]))

    assert solution.second_order[0] > 1
    assert (solution.group[:, 0] == 0).all()
    assert (np.square(solution.group[:, 1:]).sum(axis=0) > 0).all()


def test_a_group_without_items_has_no_share():
    pattern = np.column_stack([PATTERN[:, :2], np.full(9, 0.01)])
    pattern[6:, 0] = 0.5
    phi = one_second_order_factor(ON_G)
    found = omega(correlations(pattern, phi), schmid_leiman(pattern, phi))

    assert np.isnan(found.subscales[2]).all()
    assert np.isfinite(found.subscales[:2]).all()


def test_dependent_factors_are_refused():
    phi = np.array([[1, 1, 0.5], [1, 1, 0.5], [0.5, 0.5, 1]])
    with pytest.raises(InputError, match="3 group factors are linear combinations"):
        schmid_leiman(PATTERN, phi)
