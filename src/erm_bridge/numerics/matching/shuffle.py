"""A random order as R's `sample()` draws it, so that both engines take the same turns."""

import sys
from collections.abc import Sequence

import numpy as np

from erm_bridge.numerics import IntArray
from erm_bridge.numerics.draws import uniforms
from erm_bridge.numerics.matching import compiled

# R joins pieces of so many bits to whole numbers.
BITS = 16


def shuffled(n: int, seed: int | None) -> IntArray:
    """Put the numbers 0 to n - 1 in a random order.

    Notes
    -----
    Matching R call: `sample(n) - 1` with the first stream of the purpose `matching` of `numerics.draws` as
    the state of the generator, `sample.kind = "Rejection"`.
    """
    return shuffled_in_turn([n], seed)[0]


def shuffled_in_turn(sizes: Sequence[int], seed: int | None) -> list[IntArray]:
    """Put the numbers 0 to n - 1 in a random order for each of several n, one call of `sample()` each."""
    count = 4 * sum(sizes) + 64
    while True:
        draws = uniforms(seed, "matching", 1, count)[0]
        orders, at = [], 0
        for n in sizes:
            order, used = np.arange(n), np.zeros(1, dtype=np.int64)
            compiled.run(sys.modules[__name__], "shuffle", n, order, draws[at:], used)
            orders.append(order)
            at += int(used[0])
        if at <= count:
            return orders
        count *= 2


def shuffle(order, draws, used) -> None:  # type: ignore[no-untyped-def]
    """Draw without replacement: fill `order` in place; `used` becomes the number of draws needed.

    A whole number below k is made of the pieces of `ceil(log2(k))` bits and refused if it is k or more.
    """
    rest = [0] * len(order)
    for i in range(len(order)):
        rest[i] = order[i]
    at = 0
    for i in range(len(order)):
        left, bits = len(order) - i, 0
        while (1 << bits) < left:
            bits += 1
        pick = left
        while pick >= left:
            pick = 0
            for _ in range(bits // BITS + 1):
                drawn = draws[at] if at < len(draws) else 0.0
                pick = (pick << BITS) + int(drawn * (1 << BITS))
                at += 1
            pick &= (1 << bits) - 1
        order[i] = rest[pick]
        rest[pick] = rest[left - 1]
    used[0] = at
