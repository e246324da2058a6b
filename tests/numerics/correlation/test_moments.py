"""Means, standard deviations and correlations, and what they refuse."""

import numpy as np
import pytest

from erm_bridge.errors import InputError
from erm_bridge.numerics.correlation import (
    constant_columns,
    dependent_items,
    moments,
    refuse_singular,
)


def test_four_rows_by_hand():
    found = moments(np.array([[1.0, 1.0], [2.0, 3.0], [3.0, 2.0], [4.0, 4.0]]))

    # Squares about the mean 2.5 add up to 5 in both columns, products to 4.
    assert found.n == 4
    assert found.means.tolist() == [2.5, 2.5]
    np.testing.assert_allclose(found.sds, np.sqrt([5 / 3, 5 / 3]), rtol=1e-15)
    np.testing.assert_allclose(found.correlation, [[1, 0.8], [0.8, 1]], rtol=1e-15)


def test_a_large_mean_costs_no_digits():
    rng = np.random.default_rng(3)
    # Whole numbers, so that shifting by a power of two is exact.
    values = rng.integers(0, 7, (500, 4)).astype(float)
    shifted = moments(values + 2.0**40)
    plain = moments(values)

    np.testing.assert_allclose(shifted.correlation, plain.correlation, rtol=0, atol=1e-14)
    np.testing.assert_allclose(shifted.sds, plain.sds, rtol=1e-14)
    np.testing.assert_allclose(shifted.means - 2.0**40, plain.means, atol=1e-4)


def test_the_matrix_is_symmetric_with_ones_on_the_diagonal():
    correlation = moments(np.random.default_rng(5).normal(size=(77, 9))).correlation

    assert np.array_equal(correlation, correlation.T)
    assert np.array_equal(np.diag(correlation), np.ones(9))


def test_row_order_rescaling_and_item_order():
    rng = np.random.default_rng(6)
    values = rng.normal(size=(200, 5)) @ rng.normal(size=(5, 5))
    correlation = moments(values).correlation
    order = [3, 0, 4, 2, 1]

    by_rows = moments(values[rng.permutation(200)]).correlation
    np.testing.assert_allclose(by_rows, correlation, atol=1e-14)
    rescaled = moments(values * [2, 0.1, 30, 4, -5] + [1, 2, 3, 4, 5]).correlation
    np.testing.assert_allclose(
        rescaled, correlation * np.outer([1, 1, 1, 1, -1], [1, 1, 1, 1, -1]), atol=1e-14
    )
    np.testing.assert_allclose(
        moments(values[:, order]).correlation, correlation[np.ix_(order, order)], atol=1e-14
    )


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_missing_and_infinite_values_are_refused_by_position(bad):
    values = np.arange(12.0).reshape(4, 3) ** 2
    values[2, 1] = bad

    with (
        np.errstate(invalid="ignore"),
        pytest.raises(InputError, match=r"positions \[1\] hold missing or infinite"),
    ):
        moments(values)


def test_constant_columns_are_refused_by_position():
    # 0.1 added up and divided is not 0.1 again: a spread of the size of rounding must not pass.
    values = np.column_stack([np.arange(10.0), np.full(10, 0.1), np.arange(10.0) ** 2, np.full(10, 3.0)])

    assert constant_columns(values) == (1, 3)
    with pytest.raises(InputError, match=r"positions \[1, 3\] are constant"):
        moments(values)


def test_one_row_is_refused():
    with pytest.raises(InputError, match="at least 2 rows, found 1"):
        moments(np.ones((1, 3)))


def test_dependent_items_are_all_named():
    rng = np.random.default_rng(2)
    free = rng.normal(size=(60, 6))
    total = free[:, [1]] + free[:, [4]]
    reverse = 7 - free[:, [2]]

    assert dependent_items(moments(free).correlation) == ()
    assert dependent_items(moments(np.hstack([free, total])).correlation) == (1, 4, 6)
    assert dependent_items(moments(np.hstack([free, total, reverse])).correlation) == (1, 2, 4, 6, 7)
    with pytest.raises(InputError, match=r"positions \[2, 6\] are linear combinations of each other"):
        refuse_singular(moments(np.hstack([free, reverse])).correlation)


def test_fewer_rows_than_items_are_dependent():
    values = np.random.default_rng(8).normal(size=(5, 8))

    assert dependent_items(moments(values).correlation)


@pytest.mark.parametrize("n", [4095, 4096, 4097, 10_000])
def test_blocks_of_rows_add_up_whatever_their_number(n):
    values = np.random.default_rng(n).normal(3, 2, (n, 4)) @ np.diag([1, 10, 1e4, 1e-4])
    centred = values - values.mean(axis=0)

    found = moments(values)

    np.testing.assert_allclose(found.means, values.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(found.sds, np.sqrt(np.square(centred).sum(axis=0) / (n - 1)), rtol=1e-14)
    np.testing.assert_allclose(found.correlation, np.corrcoef(values.T), rtol=0, atol=1e-15)


def test_an_item_that_varies_late_is_not_constant():
    values = np.ones((5000, 2))
    values[::2, 1] = 0
    values[-1, 0] = 2

    assert constant_columns(values) == ()
    assert constant_columns(values[:-1]) == (0,)
