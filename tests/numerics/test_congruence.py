"""Tucker's congruence against arithmetic by hand, its laws, and assignments that greed gets wrong."""

import numpy as np
import pytest

from erm_bridge.numerics.congruence import best_assignment, congruence


@pytest.fixture
def loadings() -> np.ndarray:
    return np.random.default_rng(2).normal(size=(8, 3))


def test_two_factors_by_hand():
    a = np.array([[3.0, 0], [4, 1], [0, 0]])
    b = np.array([[1.0, 0], [0, 0], [0, 2]])

    np.testing.assert_allclose(congruence(a, b), [[3 / 5, 0], [0, 0]])


def test_a_factor_is_congruent_with_its_multiple(loadings):
    np.testing.assert_allclose(np.diag(congruence(loadings, loadings * [2, -0.5, 1])), [1, -1, 1])


def test_it_is_no_correlation():
    # Both columns are nearly constant: as loadings they are alike, as deviations opposite.
    a, b = np.array([[0.7], [0.71], [0.72]]), np.array([[0.72], [0.71], [0.7]])

    assert congruence(a, b)[0, 0] > 0.999
    assert np.corrcoef(a.T, b.T)[0, 1] == pytest.approx(-1)


def test_order_of_items_and_factors(loadings):
    other = np.random.default_rng(3).normal(size=(8, 4))
    found = congruence(loadings, other)
    rows, columns = np.array([5, 2, 0, 7, 1, 3, 6, 4]), [2, 0, 1]

    np.testing.assert_allclose(congruence(loadings[rows][:, columns], other[rows]), found[columns])
    np.testing.assert_allclose(congruence(other, loadings), found.T)
    assert (np.abs(found) <= 1).all()


def test_a_factor_without_loadings_has_no_congruence(loadings):
    empty = loadings * [1, 0, 1]

    assert np.isnan(congruence(empty, loadings)[1]).all()
    np.testing.assert_array_equal(best_assignment(congruence(empty, loadings)), [0, 1, 2])


def test_the_assignment_finds_order_and_ignores_sign(loadings):
    order = [2, 0, 1]
    np.testing.assert_array_equal(
        best_assignment(congruence(loadings[:, order] * [1, -1, -1], loadings)), order
    )


def test_the_assignment_is_not_greedy():
    # The largest coefficient, .9, would leave .1 for the other factor; together 1.0 against 1.6.
    np.testing.assert_array_equal(best_assignment(np.array([[0.9, 0.8], [0.8, 0.1]])), [1, 0])


def test_factors_that_are_left_over_have_no_partner():
    coefficients = np.array([[0.9, 0.1], [0.2, -0.3], [0.1, 0.95]])

    np.testing.assert_array_equal(best_assignment(coefficients), [0, -1, 1])
    np.testing.assert_array_equal(best_assignment(coefficients.T), [0, 2])
