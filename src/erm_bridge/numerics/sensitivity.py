"""How far one index is from another: rank order, correlation, difference between two groups."""

from dataclasses import dataclass

import numpy as np

from erm_bridge.numerics import BoolArray, FloatArray

# Rows with equal answers can have indexes that differ in the last bits. Rounded to so many decimals of
# a standard deviation they are tied, in both engines.
TIED_DECIMALS = 10


@dataclass(frozen=True, slots=True)
class Closeness:
    """How an index goes with another of the same rows.

    Attributes
    ----------
    rank_correlation : float
        Spearman's, with average ranks of ties.
    correlation : float
        Pearson's.
    """

    rank_correlation: float
    correlation: float


def closeness(index: FloatArray, other: FloatArray) -> Closeness:
    """Compare two indexes (n) of the same rows; neither may be constant.

    Matching R calls: `cor(x, y, method = "spearman")` of `round(x / sd(x), 10)`, `cor(x, y)`.
    """
    return Closeness(_correlation(ranks(index), ranks(other)), _correlation(index, other))


def ranks(index: FloatArray) -> FloatArray:
    """Return the ranks (n) of an index from 1, their average where values are tied to ten decimals."""
    standardised = np.round((index - index.mean()) / index.std(ddof=1), TIED_DECIMALS)
    _, place, count = np.unique(standardised, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    average: FloatArray = (last - (count - 1) / 2)[place]
    return average


def standardised_difference(index: FloatArray, group: BoolArray) -> float:
    """Return the mean of the rows in a group minus that of the others, in pooled standard deviations.

    Cohen's d: the pooled variance has n - 2 degrees of freedom. It does not depend on the scale of the
    index. Matching R: the difference of means by `sqrt(((n1 - 1) * var(x1) + (n0 - 1) * var(x0)) / (n - 2))`.

    Parameters
    ----------
    index : array, n
    group : array of bool, n

    References
    ----------
    Cohen, J. (1988). Statistical Power Analysis for the Behavioral Sciences, 2nd edition, p. 66-67.
    """
    inside, outside = index[group], index[~group]
    squares = np.square(inside - inside.mean()).sum() + np.square(outside - outside.mean()).sum()
    return float((inside.mean() - outside.mean()) / np.sqrt(squares / (len(index) - 2)))


def _correlation(x: FloatArray, y: FloatArray) -> float:
    x, y = x - x.mean(), y - y.mean()
    return float((x @ y) / np.sqrt((x @ x) * (y @ y)))
