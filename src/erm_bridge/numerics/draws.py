"""Random numbers that R draws as well, so that what rests on them can be compared number by number.

The generator is L'Ecuyer's MRG32k3a, which R has as `RNGkind("L'Ecuyer-CMRG")`; every replicate has a stream
of its own.
"""

from functools import cache

import numpy as np

from erm_bridge.numerics import FloatArray, IntArray
from erm_bridge.numerics.row_orders import MODULUS, MULTIPLIER

# What the numbers are for, each with its own part of the generator that makes first states.
PURPOSES = ("parallel", "rotation", "bootstrap", "matching", "effect")

# The two recurrences: x(n) = one of (x(n-3), x(n-2), x(n-1)) times these, modulo m.
_M1, _M2 = 2**32 - 209, 2**32 - 22853
_FIRST, _SECOND = (-810_728, 1_403_580, 0), (-1_370_589, 0, 527_612)
# R's own constant, next to 1 / (m1 + 1).
_NORM = 2.328306549295727688e-10
# Streams start 2^127 numbers apart.
_APART = 2**127
# Numbers made side by side: a stream is cut into pieces where there are fewer streams.
_LANES = 4096

Matrix = tuple[tuple[int, ...], ...]


def uniforms(seed: int | None, purpose: str, replicates: int, count: int, first: int = 0) -> FloatArray:
    """Draw uniform numbers between 0 and 1, both excluded.

    Replicate i uses stream i + 1 after a first state that seed and purpose determine: six numbers of Park
    and Miller's generator, started as in `row_orders`, of which six are left out for each purpose listed
    before. Matching R calls: `.Random.seed <- parallel::nextRNGStream(.Random.seed); runif(count)` for each
    replicate.

    Parameters
    ----------
    seed : int, at least 0, or None
    purpose : str
        One of `PURPOSES`.
    replicates, count : int
    first : int
        Replicates to leave out, so that many can be drawn in parts.

    Returns
    -------
    array, replicates x count

    References
    ----------
    L'Ecuyer, P. (1999). Good parameters and implementations for combined multiple recursive random number
    generators. Operations Research 47(1), 159-164.
    L'Ecuyer, P., Simard, R., Chen, E. J. & Kelton, W. D. (2002). An object-oriented random-number package
    with many long streams and substreams. Operations Research 50(6), 1073-1075.
    """
    pieces = min(max(1, _LANES // max(replicates, 1)), max(count, 1))
    length = -(-count // pieces)
    values = np.empty((length, replicates, pieces))
    states = _states(seed, purpose, replicates, first)
    one, two = (_lanes(states[:, part], *recurrence, pieces, length) for part, recurrence in _RECURRENCES)
    for step in range(length):
        one = (one[1], one[2], (_FIRST[0] * one[0] + _FIRST[1] * one[1]) % _M1)
        two = (two[1], two[2], (_SECOND[0] * two[0] + _SECOND[2] * two[2]) % _M2)
        difference = one[2] - two[2]
        values[step] = np.where(difference > 0, difference, difference + _M1) * _NORM
    return np.moveaxis(values, 0, 2).reshape(replicates, pieces * length)[:, :count].copy()


def _states(seed: int | None, purpose: str, replicates: int, first: int) -> IntArray:
    """State of the stream of each replicate: replicates x 6."""
    state = 1 + (seed or 0) % (MODULUS - 1)
    drawn = []
    for _ in range(6 * (PURPOSES.index(purpose) + 1)):
        state = state * MULTIPLIER % MODULUS
        drawn.append(state)
    current = _ahead(drawn[-6:], first)
    states = np.empty((replicates, 6), dtype=np.int64)
    for replicate in range(replicates):
        current = _ahead(current, 1)
        states[replicate] = current
    return states


def _ahead(state: list[int], streams: int) -> list[int]:
    """Return the state of the stream that lies so many further on."""
    parts = [_times(_power(*r, _APART * streams), state[part], r[1]) for part, r in _RECURRENCES]
    return [*parts[0], *parts[1]]


def _lanes(
    states: IntArray, recurrence: tuple[int, ...], modulus: int, pieces: int, length: int
) -> tuple[IntArray, ...]:
    """Start each stream at its pieces: three arrays, replicates x pieces."""
    starts = np.empty((len(states), pieces, 3), dtype=np.int64)
    starts[:, 0] = states
    ahead = np.array(_power(recurrence, modulus, length), dtype=np.int64)
    for piece in range(1, pieces):
        before = starts[:, piece - 1]
        # Products of two numbers below 2^32 need 64 bits without a sign.
        products = before[:, None, :].astype(np.uint64) * ahead.astype(np.uint64) % np.uint64(modulus)
        starts[:, piece] = products.sum(axis=2).astype(np.int64) % modulus
    return tuple(starts[:, :, i].copy() for i in range(3))


@cache
def _power(recurrence: tuple[int, ...], modulus: int, exponent: int) -> Matrix:
    """Return the matrix that takes a state so many steps ahead."""
    result: Matrix = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
    square: Matrix = ((0, 1, 0), (0, 0, 1), recurrence)
    while exponent:
        if exponent % 2:
            result = _product(square, result, modulus)
        square = _product(square, square, modulus)
        exponent //= 2
    return result


def _product(a: Matrix, b: Matrix, modulus: int) -> Matrix:
    columns = list(zip(*b, strict=True))
    return tuple(tuple(_times((row,), column, modulus)[0] for column in columns) for row in a)


def _times(matrix: Matrix, vector: "list[int] | tuple[int, ...]", modulus: int) -> list[int]:
    return [sum(int(x) * int(y) for x, y in zip(row, vector, strict=True)) % modulus for row in matrix]


_RECURRENCES = ((slice(0, 3), (_FIRST, _M1)), (slice(3, 6), (_SECOND, _M2)))
