"""How far apart the cumulative distributions of two groups are."""

import numpy as np

from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.sorting import ascending_order


def distribution_gaps(values: FloatArray, signed: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the mean and the largest distance of the cumulative distributions of two groups.

    Parameters
    ----------
    values : array, length n
        One column, both groups.
    signed : array, k x n
        For each of k weightings the share of each unit in its group, that of controls with a minus.

    Returns
    -------
    mean, largest : array, length k
        Over the distinct values of the column, those of units without weight among them, each once.

    Notes
    -----
    Matching R result: `eCDF Mean` and `eCDF Max` of `summary(matchit(...))` for columns that are not 0/1
    (MatchIt 4.7.1). The largest is the two-sample Kolmogorov-Smirnov distance.
    """
    order, ascending = ascending_order(values)
    # The distributions are compared after the last of equal values.
    last = np.append(ascending[1:] != ascending[:-1], True)
    tied = not last.all()
    mean, largest = np.empty(len(signed)), np.empty(len(signed))
    for i, shares in enumerate(signed):
        gaps = np.cumsum(shares.take(order))
        np.abs(gaps, out=gaps)
        if tied:
            gaps = gaps[last]
        mean[i], largest[i] = gaps.mean(), gaps.max()
    return mean, largest
