"""Means, standard deviations and correlations of complete rows, in one walk over blocks of them."""

from dataclasses import dataclass

import numpy as np

from erm_bridge.errors import InputError
from erm_bridge.numerics import BoolArray, FloatArray

# Rows that are centred at once: with some tens of items they stay in the processor's cache.
BLOCK = 4096
# Rows in which most items show already that they vary.
FIRST_ROWS = 256


@dataclass(frozen=True, slots=True)
class Moments:
    """Sufficient statistics of n rows of p items.

    Attributes
    ----------
    n : int
    means, sds : array, p
        Standard deviations have denominator n - 1.
    correlation : array, p x p
        Pearson correlations; exactly symmetric, exactly 1 on the diagonal.
    """

    n: int
    means: FloatArray
    sds: FloatArray
    correlation: FloatArray


def moments(values: FloatArray) -> Moments:
    """Compute means, standard deviations and Pearson correlations.

    Needs memory for one block of rows beside the values. Matching R calls: `colMeans(x)`,
    `apply(x, 2, sd)`, `cor(x)`.

    Parameters
    ----------
    values : array, n x p
        Complete: a missing value is refused, never skipped.

    Raises
    ------
    InputError
        A value is missing or infinite, there are fewer than two rows, or a column is constant; the
        message names positions of columns.
    """
    n = values.shape[0]
    if n < 2:
        raise InputError(f"correlations need at least 2 rows, found {n}")
    means = values.mean(axis=0)
    refuse_items("hold missing or infinite values", ~np.isfinite(means))
    constant = np.zeros(len(means), dtype=bool)
    constant[list(constant_columns(values))] = True
    refuse_items("are constant", constant)
    products, sums = _centred_products(values, means)
    # What rounding left of the mean: matters where the mean is large against the spread.
    remainder = sums / n
    products -= n * np.outer(remainder, remainder)
    lengths = np.sqrt(np.diag(products))
    correlation = products / np.outer(lengths, lengths)
    np.fill_diagonal(correlation, 1.0)
    return Moments(n, means + remainder, lengths / np.sqrt(n - 1), correlation)


def _centred_products(values: FloatArray, means: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return X'X (p x p) and the column sums (p) of the values less their means."""
    n, p = values.shape
    products, sums = np.zeros((p, p)), np.zeros(p)
    block = np.empty((p, min(BLOCK, n)))
    for start in range(0, n, BLOCK):
        rows = values[start : start + BLOCK]
        centred = block[:, : len(rows)]
        np.subtract(rows.T, means[:, None], out=centred)
        products += centred @ centred.T
        sums += centred.sum(axis=1)
    return products, sums


def constant_columns(values: FloatArray) -> tuple[int, ...]:
    """Return the positions of the columns that hold one value only.

    Parameters
    ----------
    values : array, n x p, without missing values
    """
    first = values[:FIRST_ROWS]
    suspects = np.flatnonzero(first.min(axis=0) == first.max(axis=0))
    return tuple(int(j) for j in suspects if values[:, j].min() == values[:, j].max())


def refuse_items(what: str, which: BoolArray) -> None:
    """Refuse items by their positions.

    Raises
    ------
    InputError
        `which` (p) is true for an item.
    """
    positions = np.flatnonzero(which)
    if positions.size:
        raise InputError(f"items at positions {positions.tolist()} {what}")
