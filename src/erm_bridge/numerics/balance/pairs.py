"""How far apart the units of a pair are on a column."""

from typing import NamedTuple

import numpy as np

from erm_bridge.numerics import BoolArray, FloatArray, IntArray


class Pairs(NamedTuple):
    """The pairs of a match: rows of the units that were given partners, and rows of these; equal length."""

    focal: IntArray
    partners: IntArray


def matched_pairs(matches: IntArray, focal: BoolArray) -> Pairs:
    """List the pairs of a match matrix.

    Parameters
    ----------
    matches : array of int, focal units x ratio
        Rows of partners, focal units in data order; -1 where there is none.
    focal : array of bool, length n
        Who was given partners: the treated, or the controls for the effect on the controls.
    """
    paired = matches >= 0
    return Pairs(np.repeat(np.flatnonzero(focal), paired.sum(axis=1)), matches[paired])


def pair_distance(values: FloatArray, pairs: Pairs) -> float:
    """Return the mean of the absolute differences of a column (length n) within pairs; NaN without pairs.

    Notes
    -----
    Matching R result: `Std. Pair Dist.` of `summary(matchit(...))`, before it is divided by the standard
    deviation (MatchIt 4.7.1).
    """
    if not len(pairs.focal):
        return np.nan
    return float(np.abs(values.take(pairs.focal) - values.take(pairs.partners)).mean())


def set_distance(values: FloatArray, treated: BoolArray, sets: IntArray) -> float:
    """Return the mean absolute difference of a column over all pairs of treated and control of a set.

    Parameters
    ----------
    values : array, length n
    treated : array of bool, length n
    sets : array of int, length n
        Set of each unit; -1 for none.

    Returns
    -------
    float
        NaN where no set holds both groups.

    Notes
    -----
    Matching R result: as in `pair_distance`, of a match with subclasses. Not the pairs are added up, which
    can be n squared, but the distances of neighbouring values, each as often as pairs lie around it.
    """
    rows = np.flatnonzero(sets >= 0)
    rows = rows[np.lexsort((values[rows], sets[rows]))]
    if not len(rows):
        return np.nan
    value, group, of_set = values[rows], treated[rows], sets[rows]
    starts = np.flatnonzero(np.append(True, of_set[1:] != of_set[:-1]))
    sizes = np.diff(np.append(starts, len(rows)))
    # Within its set: treated and controls up to each unit, and in all.
    up_to = [_running(member, starts, sizes) for member in (group, ~group)]
    in_all = [np.repeat(counts[starts + sizes - 1], sizes) for counts in up_to]
    pairs = float((in_all[0] * in_all[1])[starts].sum())
    if pairs == 0:
        return np.nan
    around = up_to[0] * (in_all[1] - up_to[1]) + up_to[1] * (in_all[0] - up_to[0])
    # After the last unit of a set no pair lies around the step to the next set.
    return float(np.diff(value) @ around[:-1]) / pairs


def _running(member: BoolArray, starts: IntArray, sizes: IntArray) -> FloatArray:
    """Count members up to and with each unit, beginning anew in each set."""
    running = np.cumsum(member, dtype=np.float64)
    before = np.append(0.0, running)[starts]
    counts: FloatArray = running - np.repeat(before, sizes)
    return counts
