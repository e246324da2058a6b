"""Orders of rows that any program can reproduce: a random number generator small enough to write down."""

from collections.abc import Iterator

import numpy as np

from erm_bridge.numerics import IntArray

MODULUS = 2**31 - 1
MULTIPLIER = 16_807


def row_orders(n: int, count: int, seed: int | None = None) -> Iterator[IntArray]:
    """Yield random orders of n rows (positions, 0-based).

    Keys come from x -> 16807 x mod (2^31 - 1), starting at x = 1 + seed mod (2^31 - 2), or at 1 without a
    seed; the first number used is the one after the start. Each order takes the next n keys and sorts
    the rows by them. No key occurs twice in an order: the generator runs through all of 1 to 2^31 - 2.

    Parameters
    ----------
    n : int
        Rows, fewer than 2^31 - 2.
    count : int
        How many orders.
    seed : int, at least 0, or None

    References
    ----------
    Park, S. K. & Miller, K. W. (1988). Random number generators: good ones are hard to find.
    Communications of the ACM 31(10), 1192-1201.
    """
    state = 1 + (seed or 0) % (MODULUS - 1)
    powers = _powers(n)
    for _ in range(count):
        # Products stay below 2^62.
        keys = powers * state % MODULUS
        state = int(keys[-1])
        yield np.argsort(keys)


def _powers(n: int) -> IntArray:
    """Return the multiplier to the powers 1 to n, modulo the modulus, by doubling."""
    powers = np.array([MULTIPLIER], dtype=np.int64)
    while len(powers) < n:
        powers = np.concatenate([powers, powers * powers[-1] % MODULUS])
    return powers[:n]
