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
        Equal values stand in the order of their rows: `numpy.argsort(values, kind="stable")`.
    ascending : array, length n

    Notes
    -----
    numpy sorts whole numbers several times faster than it sorts row numbers by value. So the leading bits
    of each value and its row number are packed into one whole number and sorted; values that share the
    leading bits, but are not equal, are then put right among themselves.
    """
    if len(values) < _LONG:
        order = np.argsort(values, kind="stable")
        return order, values[order]
    # Adding zero turns -0 into 0; the bits of a negative number ascend the wrong way round.
    packed: IntArray = (values + 0.0).view(np.int64)
    if packed.min() < 0:
        packed ^= (packed >> 63) & np.iinfo(np.int64).max
    rows = np.int64((1 << int(len(values) - 1).bit_length()) - 1)
    packed &= ~rows
    packed |= np.arange(len(values))
    packed.sort()
    order = packed & rows
    ascending = values.take(order)
    _put_right(order, ascending, packed, rows)
    return order, ascending


def _put_right(order: IntArray, ascending: FloatArray, packed: IntArray, rows: np.int64) -> None:
    """Sort again what stands in runs of the same leading bits with values out of order, in place."""
    fallen = np.flatnonzero(ascending[1:] < ascending[:-1])
    if not len(fallen):
        return
    leading = packed[fallen] & ~rows
    first = np.unique(np.searchsorted(packed, leading))
    sizes = np.searchsorted(packed, packed[first] | rows, side="right") - first
    # Runs do not overlap: sorted together, each stays in its place, equal values in the order of rows.
    places = np.repeat(first - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
    again = np.argsort(ascending[places], kind="stable")
    order[places], ascending[places] = order[places][again], ascending[places][again]
