"""Correlations of items with missing values, each from the rows that have both items."""

from dataclasses import dataclass

import numpy as np

from erm_bridge.numerics import FloatArray, IntArray
from erm_bridge.numerics.correlation.ranks import average_ranks
from erm_bridge.numerics.correlation.sample_moments import moments

# A variance of a pair's rows below this share of the item's own is rounding.
NO_VARIANCE = 1e-13


@dataclass(frozen=True, slots=True)
class Pairwise:
    """Correlations and the rows they rest on.

    Attributes
    ----------
    correlation : array, p x p
        NaN where fewer than two rows have both items, or one of them does not vary there.
    n : array of int, p x p
    """

    correlation: FloatArray
    n: IntArray


def counts_of_pairs(values: FloatArray) -> IntArray:
    """Count the rows that have both items (p x p).

    Parameters
    ----------
    values : array, n x p
        NaN where missing.
    """
    there = (~np.isnan(values)).astype(float)
    counts: IntArray = (there.T @ there).astype(np.int64)
    return counts


def pearson_pairwise(values: FloatArray) -> Pairwise:
    """Compute Pearson correlations pair by pair.

    Matching R call: `cor(x, use = "pairwise.complete.obs")`.

    Parameters
    ----------
    values : array, n x p
        NaN where missing.
    """
    there = ~np.isnan(values)
    n = there.sum(axis=0)
    known = np.where(there, values, 0.0)
    means = known.sum(axis=0) / np.maximum(n, 1)
    centred = np.where(there, values - means, 0.0)
    mask = there.astype(float)
    together = np.maximum(mask.T @ mask, 1)
    # Row i, column j: the sum of item i over the rows that have item j too.
    sums = centred.T @ mask
    squares = np.square(centred).T @ mask - np.square(sums) / together
    products = centred.T @ centred - sums * sums.T / together
    own = np.diag(squares)[:, None]
    squares = np.where(squares > NO_VARIANCE * own, squares, np.nan)
    correlation = np.clip(products / np.sqrt(squares * squares.T), -1, 1)
    np.fill_diagonal(correlation, np.where(np.isnan(np.diag(correlation)), np.nan, 1.0))
    return Pairwise(correlation, counts_of_pairs(values))


def spearman_pairwise(values: FloatArray) -> Pairwise:
    """Compute rank correlations, ranked among the rows of each pair.

    Matching R call: `cor(x, use = "pairwise.complete.obs", method = "spearman")`.

    Parameters
    ----------
    values : array, n x p
        NaN where missing.
    """
    p = values.shape[1]
    there = ~np.isnan(values)
    correlation = np.eye(p)
    for i, j in zip(*np.tril_indices(p, -1), strict=True):
        pair = average_ranks(values[there[:, i] & there[:, j]][:, [i, j]])
        varies = len(pair) > 1 and (pair.min(axis=0) < pair.max(axis=0)).all()
        correlation[i, j] = correlation[j, i] = moments(pair).correlation[0, 1] if varies else np.nan
    return Pairwise(correlation, counts_of_pairs(values))
