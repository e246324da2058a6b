"""Ordinal items as codes 0, 1, ...: their thresholds, and the tables of all pairs of them at once."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from erm_bridge.numerics import FloatArray, IntArray
from erm_bridge.numerics.correlation.bivariate_normal import INFINITE

# psych calls an item continuous that has more distinct values (its max.cat and ncat).
MOST_CATEGORIES = 8
MISSING = -1
BLOCK = 8192


@dataclass(frozen=True, slots=True)
class Codes:
    """Ordinal items by the rank of their values.

    Attributes
    ----------
    codes : array of int, n x p
        0 for the smallest value of the item, and so on; `MISSING` where there is none.
    counts : array of int, p
        How many values each item has.
    """

    codes: npt.NDArray[np.int16]
    counts: IntArray


def distinct(values: FloatArray, most: int = MOST_CATEGORIES) -> IntArray:
    """Count the distinct values of each item; `most` + 1 stands for every larger number.

    Parameters
    ----------
    values : array, n x p
        NaN where missing.
    """
    return np.array([min(len(_levels(column)), most + 1) for column in values.T], dtype=np.int64)


def categorise(values: FloatArray) -> Codes:
    """Replace values by their ranks among the distinct values of the item.

    Parameters
    ----------
    values : array, n x p
        NaN where missing.
    """
    codes = np.zeros(values.shape, dtype=np.int16, order="F")
    counts = np.empty(values.shape[1], dtype=np.int64)
    for j, column in enumerate(values.T):
        levels = _levels(column)
        counts[j] = len(levels)
        for level in levels[1:]:
            codes[:, j] += column >= level
        codes[np.isnan(column), j] = MISSING
    return Codes(codes, counts)


def _levels(column: FloatArray) -> FloatArray:
    found = np.unique(column)
    return found[~np.isnan(found)]


def pairs(items: int) -> tuple[IntArray, IntArray]:
    """Return the positions of both items of each pair, the row and the column of the lower triangle."""
    rows, columns = np.tril_indices(items, -1)
    return rows.astype(np.int64), columns.astype(np.int64)


def tables(items: Codes) -> FloatArray:
    """Count how often each two categories meet, for all pairs of items.

    Returns
    -------
    array, pairs x m x m
        In the order of `pairs()`; m is the largest number of categories, and what an item does not have
        is 0. Rows with a missing value are left out of the pairs they are missing in.
    """
    n, p = items.codes.shape
    most = int(items.counts.max())
    levels = np.arange(most, dtype=np.int16)
    together = np.zeros((p * most, p * most))
    for start in range(0, n, BLOCK):
        block = items.codes[start : start + BLOCK]
        # Whole numbers up to the size of a block are exact in single precision.
        members = (block[:, :, None] == levels).reshape(len(block), -1).astype(np.float32)
        together += members.T @ members
    rows, columns = pairs(p)
    return together.reshape(p, most, p, most)[rows, :, columns, :]


def margins(items: Codes) -> FloatArray:
    """Count the categories of each item (p x m) over all rows in which the item is there."""
    most = int(items.counts.max())
    return np.stack([np.bincount(column + 1, minlength=most + 1)[1:] for column in items.codes.T]).astype(
        float
    )


def thresholds_of(counts: FloatArray, total: FloatArray | None = None) -> FloatArray:
    """Return the normal quantiles below which the first, the first two, ... categories lie.

    Parameters
    ----------
    counts : array, ... x m
        Weights of the categories.
    total : array, ..., optional
        What the weights are shares of; their sum if not given.

    Returns
    -------
    array, ... x (m - 1)
        `-INFINITE` before the first category that occurs and `INFINITE` from the last one on.
    """
    whole = counts.sum(axis=-1) if total is None else total
    below = np.cumsum(counts, axis=-1)[..., :-1]
    above = whole[..., None] - below
    # Of two tails the smaller one has the digits.
    tail = np.clip(np.minimum(below, above) / whole[..., None], 0, None)
    found: FloatArray = np.clip(np.where(below <= above, 1.0, -1.0) * ndtri(tail), -INFINITE, INFINITE)
    return found
