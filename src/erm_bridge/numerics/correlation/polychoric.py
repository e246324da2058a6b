"""Polychoric and tetrachoric correlations by two-step maximum likelihood, for all pairs of items at once."""

from dataclasses import dataclass

import numpy as np

from erm_bridge.numerics import FloatArray, IntArray
from erm_bridge.numerics.correlation.categories import (
    Codes,
    margins,
    pairs,
    tables,
    thresholds_of,
)
from erm_bridge.numerics.correlation.likelihood import Tables, most_likely


@dataclass(frozen=True, slots=True)
class Polychoric:
    """Correlations of the normal variables that stand behind ordinal items.

    Attributes
    ----------
    correlation : array, p x p
        Exactly symmetric, exactly 1 on the diagonal; NaN where no row has both items, or where one of
        them does not vary in the rows that have both.
    thresholds : tuple of arrays
        For each item the normal quantiles of its cumulated shares, one fewer than its categories.
    n : array of int, p x p
        Rows that each correlation rests on; on the diagonal those that have the item.
    """

    correlation: FloatArray
    thresholds: tuple[FloatArray, ...]
    n: IntArray


def polychoric(items: Codes, *, local: bool = False, correct: float = 0.0) -> Polychoric:
    """Estimate polychoric correlations.

    First the thresholds from the margins, then each correlation by maximum likelihood given them.
    Matching R call: `psych::polychoric(x, smooth = FALSE, global = !local, correct = correct)`, which stops
    its search within 1e-4 of the maximum.

    Parameters
    ----------
    items : Codes, n rows x p items
    local : bool
        Thresholds of a pair from the margins of its own table, of the rows that have both items; else
        from all rows that have the item. Without missing values both are the same.
    correct : float
        What an empty cell between categories that occur counts instead of 0; only with local thresholds,
        which then come from the table with these counts, as shares of the number of rows (psych does not
        divide by the larger sum).

    References
    ----------
    Olsson, U. (1979). Maximum likelihood estimation of the polychoric correlation coefficient. Psychometrika
    44, 443-460, section 4 (the two-step method), equations 4 and 12.
    """
    counts = tables(items)
    n = counts.sum(axis=(1, 2))
    if local:
        counts = _corrected(counts, correct)
        of_rows = thresholds_of(counts.sum(axis=2), n)
        of_columns = thresholds_of(counts.sum(axis=1), n)
    else:
        rows, columns = pairs(len(items.counts))
        quantiles = thresholds_of(margins(items))
        of_rows, of_columns = quantiles[rows], quantiles[columns]
    return _solved(items, Tables(counts, of_rows, of_columns), n)


def tetrachoric(items: Codes, *, local: bool = False, correct: float = 0.5) -> Polychoric:
    """Estimate tetrachoric correlations of items of two categories.

    Matching R call: `psych::tetrachoric(x, smooth = FALSE, global = !local, correct = correct)`.

    Parameters
    ----------
    items : Codes, n rows x p items of two categories
    local : bool
        As for `polychoric`; here the table with the corrected counts is divided by their sum.
    correct : float
        What an empty cell counts instead of 0.

    References
    ----------
    Pearson, K. (1900). Mathematical contributions to the theory of evolution VII. Philosophical Transactions
    of the Royal Society A 195, 1-47.
    """
    counts = tables(items)
    n = counts.sum(axis=(1, 2))
    counts = np.where((counts == 0) & (n > 0)[:, None, None], correct, counts)
    if local:
        of_rows, of_columns = thresholds_of(counts.sum(axis=2)), thresholds_of(counts.sum(axis=1))
    else:
        rows, columns = pairs(len(items.counts))
        quantiles = thresholds_of(margins(items))
        of_rows, of_columns = quantiles[rows], quantiles[columns]
    return _solved(items, Tables(counts, of_rows, of_columns), n)


def _corrected(counts: FloatArray, correct: float) -> FloatArray:
    """Put `correct` into empty cells of rows and columns that are not empty."""
    occur = (counts.sum(axis=2) > 0)[:, :, None] & (counts.sum(axis=1) > 0)[:, None, :]
    return np.where((counts == 0) & occur, correct, counts)


def _solved(items: Codes, pairwise: Tables, n: FloatArray) -> Polychoric:
    rows, columns = pairs(len(items.counts))
    varies = [(pairwise.counts.sum(axis=axis) > 0).sum(axis=1) > 1 for axis in (1, 2)]
    estimable = np.flatnonzero(varies[0] & varies[1])
    correlation = np.full((len(items.counts),) * 2, np.nan)
    np.fill_diagonal(correlation, 1.0)
    if estimable.size:
        correlation[rows[estimable], columns[estimable]] = most_likely(pairwise[estimable])
    correlation[columns, rows] = correlation[rows, columns]
    of_items = margins(items)
    together = np.diag(of_items.sum(axis=1).astype(np.int64))
    together[rows, columns] = together[columns, rows] = n.astype(np.int64)
    thresholds = tuple(
        thresholds_of(of_item[:count]) for of_item, count in zip(of_items, items.counts, strict=True)
    )
    return Polychoric(correlation, thresholds, together)
