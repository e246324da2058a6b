"""Smoothing of matrices that are not positive definite."""

import numpy as np

from erm_bridge.numerics.correlation import dependent_items, smoothed

INDEFINITE = np.array([[1, 0.9, 0.2], [0.9, 1, 0.9], [0.2, 0.9, 1]])


def test_a_definite_matrix_comes_back_as_it_is():
    given = np.array([[1, 0.5], [0.5, 1]])

    assert smoothed(given) is given


def test_an_indefinite_matrix_becomes_one_of_correlations():
    assert dependent_items(INDEFINITE) == (0, 1, 2)
    found = smoothed(INDEFINITE)

    assert np.array_equal(found, found.T)
    assert np.array_equal(np.diag(found), np.ones(3))
    assert 0 < np.linalg.eigvalsh(found)[0] < 1e-9
    assert dependent_items(found) == ()


def test_the_raised_eigenvalue_by_hand():
    # Eigenvalues of [[1, 1], [1, 1]] are 0 and 2. 0 becomes 1e-10, both are scaled to add up to 2.
    found = smoothed(np.ones((2, 2)))

    small = 1e-10 * 2 / (2 + 1e-10)
    np.testing.assert_allclose(1 - found[0, 1], small, rtol=1e-5)
