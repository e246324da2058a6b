"""Subclassification on a score: bins between quantiles of the units the effect is meant for."""

import numpy as np

from erm_bridge.numerics import BoolArray, FloatArray, IntArray
from erm_bridge.numerics.matching.coarsened import quantiles
from erm_bridge.options import Estimand


def subclassify(
    scores: FloatArray,
    treated: BoolArray,
    usable: BoolArray,
    shares: FloatArray,
    estimand: Estimand = "ATT",
    least: int = 1,
) -> IntArray:
    """Divide units into subclasses by score.

    The borders are quantiles of the scores of the treated (ATT), of the controls (ATC) or of everyone
    (ATE). A subclass that has fewer than `least` units of a group gets the missing ones from the next
    subclass on the side that has more to spare, those nearest to it first.

    Parameters
    ----------
    scores : array, length n
        Finite numbers.
    treated, usable : arrays of bool, length n
        Units that are not usable count for the borders, but are in no subclass.
    shares : array
        Ascending shares from 0 to 1, the borders' places among the quantiles.
    estimand : {"ATT", "ATC", "ATE"}
    least : int
        Units of each group that a subclass must have; 0: subclasses that lack a group are left out.

    Returns
    -------
    array of int, length n
        1, 2, ... by ascending score; -1 for units in no subclass.

    Raises
    ------
    ValueError
        There are too few units of a group to give every subclass `least` of them, or so many scores are
        equal that there are fewer subclasses than asked for.

    Notes
    -----
    Matching R call: `matchit(..., method = "subclass", subclass =, min.n =)$subclass` (MatchIt 4.7.1).
    """
    aimed = {"ATT": treated, "ATC": ~treated, "ATE": np.ones(len(scores), dtype=bool)}[estimand]
    borders = quantiles(scores[aimed], shares)
    bins = np.clip(np.searchsorted(borders, scores[usable], side="right"), 1, len(shares) - 1)
    found, bins = np.unique(bins, return_inverse=True)
    if len(found) < len(shares) - 1:
        raise ValueError(
            f"of {len(shares) - 1} subclasses only {len(found)} have units: too many scores are equal"
        )
    if least:
        for group in (treated[usable], ~treated[usable]):
            bins[group] = _filled(bins[group], scores[usable][group], len(found), least)
    subclass = np.full(len(scores), -1, dtype=np.int64)
    subclass[usable] = _with_both(bins.reshape(-1), treated[usable])
    return subclass


def equal_shares(subclasses: int) -> FloatArray:
    """Return the shares of so many subclasses with equally many focal units."""
    shares = np.arange(subclasses + 1, dtype=np.float64) * (1 / subclasses)
    shares[-1] = 1.0
    return shares


def _with_both(bins: IntArray, treated: BoolArray) -> IntArray:
    """Give the subclasses that hold both groups numbers from 1, the others -1."""
    both = np.intersect1d(bins[treated], bins[~treated])
    place = np.minimum(np.searchsorted(both, bins), max(len(both) - 1, 0))
    return np.where(np.isin(bins, both), place + 1, -1)


def _filled(bins: IntArray, scores: FloatArray, size: int, least: int) -> IntArray:
    """Move units of one group until each of the subclasses 0 to size - 1 has `least` of them."""
    if len(bins) < size * least:
        raise ValueError(f"{len(bins)} units of a group cannot give each of {size} subclasses {least}")
    bins = bins.copy()
    # In each round every subclass sets one unit aside; who has none left takes one from a neighbour.
    left = np.bincount(bins, minlength=size)
    for _ in range(least):
        while (left == 0).any():
            poor = int(np.argmin(left))
            giver = _giver(left, poor)
            members = np.flatnonzero(bins == giver)
            towards = scores[members] if giver < poor else -scores[members]
            # Of equal scores the last in the data moves.
            moved = members[len(members) - 1 - np.argmax(towards[::-1])]
            bins[moved] = poor
            left[poor] += 1
            left[giver] -= 1
        left -= 1
    return bins


def _giver(left: IntArray, poor: int) -> int:
    """Choose the subclass that gives a unit: the next one, on the side that has more to spare nearby."""
    away = np.arange(len(left)) - poor
    rich = left > 1
    pull = sum(((left[rich] - 1) / away[rich]).tolist())
    goes_left = poor == len(left) - 1 or (poor > 0 and pull <= 0)
    if goes_left:
        return poor - 1
    return poor + 1 + int(np.argmax(left[poor + 1 :] > 0))
