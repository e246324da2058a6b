"""Row orders: the printed check value of the generator, permutations, and R's own."""

import numpy as np
import pytest

from erm_bridge.numerics.row_orders import MODULUS, row_orders


def keys(n: int, seed: int | None) -> list[int]:
    """The generator, one number at a time."""
    state, found = 1 + (seed or 0) % (MODULUS - 1), []
    for _ in range(n):
        state = 16_807 * state % MODULUS
        found.append(state)
    return found


def test_the_generator_has_the_printed_value():
    # Park & Miller 1988, page 1195: from 1 the 10,001st number is 1043618065.
    assert keys(10_000, None)[-1] == 1_043_618_065


@pytest.mark.parametrize("seed", [None, 0, 7, MODULUS - 2, MODULUS - 1, 10**12])
@pytest.mark.parametrize("n", [1, 2, 5, 1000])
def test_orders_sort_the_rows_by_successive_numbers(n, seed):
    drawn = np.array(keys(3 * n, seed)).reshape(3, n)
    for order, expected in zip(row_orders(n, 3, seed), drawn, strict=True):
        np.testing.assert_array_equal(order, np.argsort(expected))


def test_orders_are_permutations_that_differ():
    orders = list(row_orders(500, 20, seed=3))
    assert all(np.array_equal(np.sort(order), np.arange(500)) for order in orders)
    assert len({tuple(order) for order in orders}) == 20
    # Each row stands at the middle on average: the mean of 20 has the SD 500 / sqrt(240) = 32.
    places = np.mean([np.argsort(order) for order in orders], axis=0)
    assert np.abs(places - 249.5).max() < 5 * 32
    assert list(row_orders(5, 0)) == []
