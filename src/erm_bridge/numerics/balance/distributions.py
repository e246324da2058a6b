"""How far apart the cumulative distributions of two groups are."""

import numpy as np

from erm_bridge.numerics import ComplexArray, FloatArray
from erm_bridge.numerics.sorting import ascending_order


def distribution_gaps(values: FloatArray, signed: ComplexArray) -> tuple[FloatArray, FloatArray]:
    """Return the mean and the largest distance of the cumulative distributions of two groups.

    Parameters
    ----------
    values : array, length n
        One column, both groups.
    signed : array of complex, length n
        The share of each unit in its group under one weighting and, as the imaginary part, under another;
        those of controls with a minus. Both are looked up and added up in one pass.

    Returns
    -------
    mean, largest : array, length 2
        Over the distinct values of the column, those of units without weight among them, each once.

    Notes
    -----
    Matching R result: `eCDF Mean` and `eCDF Max` of `summary(matchit(...))` for columns that are not 0/1
    (MatchIt 4.7.1). The largest is the two-sample Kolmogorov-Smirnov distance.
    """
    order, ascending = ascending_order(values)
    running = np.cumsum(signed.take(order))
    # The distributions are compared after the last of equal values.
    last = np.append(ascending[1:] != ascending[:-1], True)
    if not last.all():
        running = running[last]
    gaps = np.abs(running.real), np.abs(running.imag)
    return np.array([gap.mean() for gap in gaps]), np.array([gap.max() for gap in gaps])
