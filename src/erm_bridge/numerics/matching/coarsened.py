"""Coarsening of numbers into bins and of categories into groups, for coarsened exact matching."""

from collections.abc import Callable, Sequence

import numpy as np

from erm_bridge.numerics import FloatArray, IntArray

# A rule's name, a number of bins (0: every value its own), or the places to cut.
Cutpoints = str | int | Sequence[float]


def coarsen(values: FloatArray, cutpoints: Cutpoints) -> IntArray:
    """Put numbers into bins.

    Parameters
    ----------
    values : array, length n
        Finite numbers.
    cutpoints : str, int or sequence of float
        `"sturges"`, `"scott"` or `"fd"` (Freedman and Diaconis): a number of bins by rule; a whole number
        of bins of equal width from the smallest to the largest value, 0 for every value its own; `"q5"`:
        five bins between quantiles; or the numbers at which to cut, a bin beginning at its cut point.

    Returns
    -------
    array of int, length n
        Number of the bin, 0 or more.

    Notes
    -----
    Matching R call: `matchit(..., method = "cem", cutpoints = list(...))` (MatchIt 4.7.1), where one single
    cut point, or the one of `"q2"`, is taken for a number of bins. Here it is a cut point.
    Source: Iacus, King and Porro (2012), Political Analysis 20, 1-24.
    """
    if isinstance(cutpoints, str) and cutpoints.startswith("q"):
        return _bins(values, _quantile_cuts(values, int(cutpoints[1:])))
    if isinstance(cutpoints, str):
        cutpoints = BIN_RULES[cutpoints](values)
    if isinstance(cutpoints, int):
        return _equal_values(values) if cutpoints == 0 else _bins(values, _equal_cuts(values, cutpoints))
    return _bins(values, np.sort(np.asarray(cutpoints, dtype=np.float64)))


def regroup(labels: Sequence[str], groups: Sequence[Sequence[str]]) -> IntArray:
    """Join levels of a category.

    Parameters
    ----------
    labels : sequence of str
        The levels.
    groups : sequence of sequences of str
        Levels that count as one; no level stands in two groups. Levels in no group stay as they are.

    Returns
    -------
    array of int
        For each level the position of the first level of its group.
    """
    first = {label: labels.index(group[0]) for group in groups for label in group}
    return np.array([first.get(label, place) for place, label in enumerate(labels)], dtype=np.int64)


def _bins(values: FloatArray, cuts: FloatArray) -> IntArray:
    return np.searchsorted(cuts, values, side="right").astype(np.int64)


def _equal_values(values: FloatArray) -> IntArray:
    return np.unique(values, return_inverse=True)[1].reshape(-1).astype(np.int64)


def _equal_cuts(values: FloatArray, bins: int) -> FloatArray:
    low, high = float(values.min()), float(values.max())
    cuts: FloatArray = low + np.arange(1, bins, dtype=np.float64) * ((high - low) / bins)
    return cuts


def _quantile_cuts(values: FloatArray, bins: int) -> FloatArray:
    step = 1 / bins
    return quantiles(values, np.minimum(step + np.arange(bins - 1) * step, 1 - step))


def quantiles(values: FloatArray, shares: FloatArray) -> FloatArray:
    """Return quantiles of finite numbers, interpolated as `stats::quantile(type = 7)` does.

    `numpy.quantile` interpolates by another formula, whose last bit can put a value into another bin.
    """
    # Places count from 1: that decides how they are rounded.
    place = 1 + (len(values) - 1) * shares
    part = place - np.floor(place)
    below = np.floor(place).astype(np.int64) - 1
    above = np.ceil(place).astype(np.int64) - 1
    ordered = np.sort(values)
    between: FloatArray = (1 - part) * ordered[below] + part * ordered[above]
    return np.where(ordered[below] == ordered[above], ordered[below], between)


def _sturges(values: FloatArray) -> int:
    return int(np.ceil(np.log2(len(values)) + 1))


def _scott(values: FloatArray) -> int:
    width = 3.5 * np.sqrt(values.var(ddof=1)) * len(values) ** (-1 / 3)
    return max(1, int(np.ceil(np.ptp(values) / width))) if width > 0 else 1


def _freedman_diaconis(values: FloatArray) -> int:
    """Count bins of twice the spread of the middle half; where that is nothing, of a wider part."""
    rounded = np.array([float(f"{value:.5g}") for value in values])
    share, width = 1 / 4, 0.0
    while width == 0 and share >= 1 / 512:
        low, high = quantiles(rounded, np.array([share, 1 - share]))
        width = (high - low) / (1 - 2 * share)
        share /= 2
    if width == 0:
        width = 3.5 * float(np.sqrt(values.var(ddof=1)))
    return int(np.ceil(np.ptp(values) / width * len(values) ** (1 / 3))) if width > 0 else 1


BIN_RULES: dict[str, Callable[[FloatArray], int]] = {
    "sturges": _sturges,
    "scott": _scott,
    "fd": _freedman_diaconis,
}
