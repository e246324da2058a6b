"""Ranks, and correlations of ranks."""

import numpy as np

from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.correlation.sample_moments import moments


def average_ranks(values: FloatArray) -> FloatArray:
    """Rank each column from 1; tied values share the mean of their ranks.

    Matching R call: `apply(x, 2, rank)`.

    Parameters
    ----------
    values : array, n x p, without missing values
    """
    ranks = np.empty(values.shape, order="F")
    for j, column in enumerate(values.T):
        _, places, counts = np.unique(column, return_inverse=True, return_counts=True)
        ranks[:, j] = (np.cumsum(counts) - (counts - 1) / 2)[places]
    return ranks


def spearman(values: FloatArray) -> FloatArray:
    """Return Spearman's rank correlations (p x p): Pearson's of average ranks.

    Matching R call: `cor(x, method = "spearman")`.

    Parameters
    ----------
    values : array, n x p, without missing values
    """
    return moments(average_ranks(values)).correlation
