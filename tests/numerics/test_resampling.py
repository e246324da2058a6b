"""Correlations from counts of rows against numpy's of the gathered rows."""

import numpy as np
import pytest

from erm_bridge.numerics.resampling import BLOCK, PearsonStack, drawn_rows, row_counts


def test_drawn_rows_are_the_floor():
    uniforms = np.array([[1e-12, 0.24, 0.26, np.nextafter(1, 0)]])

    np.testing.assert_array_equal(drawn_rows(uniforms), [[0, 0, 1, 3]])


def test_counts():
    rows = np.array([[0, 0, 2], [1, 1, 1]])

    np.testing.assert_array_equal(row_counts(rows, 3), [[2, 0, 1], [0, 3, 0]])


@pytest.mark.parametrize("n", [30, BLOCK, BLOCK + 1, 2 * BLOCK + 77])
def test_correlations_of_gathered_rows(n):
    rng = np.random.default_rng(n)
    values = rng.normal(size=(n, 4)) @ rng.normal(size=(4, 4)) * [1, 1e-6, 1e6, 1] + [0, 1e3, 1e9, -5]
    rows = rng.integers(0, n, (3, n))

    correlations, defined = PearsonStack(values)(row_counts(rows, n))

    assert defined.all()
    for drawn, found in zip(rows, correlations, strict=True):
        np.testing.assert_allclose(found, np.corrcoef(values[drawn].T), rtol=0, atol=1e-12)
        np.testing.assert_array_equal(found, found.T)
        np.testing.assert_array_equal(np.diag(found), np.ones(4))


def test_an_item_that_is_constant_in_a_replicate_is_found():
    values = np.column_stack([np.arange(5.0), [1e6, 1e6, 1e6, 1e6, 1e6 + 1]])
    counts = np.array([[1, 1, 1, 2, 0], [1, 1, 1, 1, 1]])

    _, defined = PearsonStack(values)(counts)

    assert defined.tolist() == [False, True]


def test_the_size_of_the_stack_does_not_matter():
    rng = np.random.default_rng(3)
    values, counts = rng.normal(size=(50, 3)), rng.multinomial(50, np.full(50, 1 / 50), size=7)
    together, _ = PearsonStack(values)(counts)

    for b in range(7):
        np.testing.assert_allclose(PearsonStack(values)(counts[b : b + 1])[0][0], together[b], atol=1e-15)
