"""Sorting a long column faster than `numpy.argsort`, with the same order of values."""

import numpy as np

from erm_bridge.numerics import FloatArray, IntArray

# Below this many rows there is nothing to gain.
_LONG = 4096


def ascending_order(values: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return the rows of a column in ascending order of its values, and the values in that order.

    Parameters
    ----------
    values : array, length n
        Finite.

    Returns
    -------
    order : array of int, length n
        Equal values may stand in any order.
    ascending : array, length n

    Notes
    -----
    numpy sorts whole numbers several times faster than it sorts row numbers by value. So the leading bits
    of each value and its row number are packed into one whole number and sorted; values that share the
    leading bits, but are not equal, are then put right among themselves.
    """
    if len(values) < _LONG:
        order = np.argsort(values)
        return order, values[order]
    # Adding zero turns -0 into 0; the bits of a negative number ascend the wrong way round.
    bits = (values + 0.0).view(np.int64)
    keys = bits ^ ((bits >> 63) & np.iinfo(np.int64).max)
    rows = np.int64((1 << int(len(values) - 1).bit_length()) - 1)
    packed = (keys & ~rows) | np.arange(len(values))
    packed.sort()
    order = packed & rows
    packed &= ~rows
    return _put_right(values, order, packed)


def _put_right(values: FloatArray, order: IntArray, leading: IntArray) -> tuple[IntArray, FloatArray]:
    """Sort again what stands in runs of the same leading bits with values out of order."""
    ascending = values.take(order)
    fallen = np.flatnonzero(ascending[1:] < ascending[:-1])
    if len(fallen):
        first = np.searchsorted(leading, leading[fallen], "left")
        last = np.searchsorted(leading, leading[fallen], "right")
        # Runs do not overlap: sorted together, each stays in its place.
        mark = np.zeros(len(values) + 1, dtype=np.int64)
        runs = np.unique(np.column_stack([first, last]), axis=0)
        mark[runs[:, 0]] += 1
        mark[runs[:, 1]] -= 1
        places = np.flatnonzero(np.cumsum(mark[:-1]))
        order[places] = order[places][np.argsort(ascending[places])]
        ascending = values.take(order)
    return order, ascending
