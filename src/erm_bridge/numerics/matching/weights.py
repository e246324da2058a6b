"""Weights and set numbers that follow from who was matched with whom."""

import numpy as np

from erm_bridge.numerics import BoolArray, FloatArray, IntArray


def matching_weights(matches: IntArray, treated: BoolArray) -> FloatArray:
    """Weigh the units of a match for the effect on the treated.

    A matched treated unit has weight 1 and shares 1 equally among its controls; a control's shares are
    added up and scaled so that they average 1 over the matched controls.

    Parameters
    ----------
    matches : array of int, treated x ratio
        Rows of controls, treated units in data order; -1 where there is none.
    treated : array of bool, length n

    Returns
    -------
    array, length n
        0 for units that are not matched.

    Notes
    -----
    Matching R call: `matchit(..., method = "nearest", normalize = TRUE)$weights` (MatchIt 4.7.1).
    """
    paired = matches >= 0
    found = np.count_nonzero(paired, axis=1)
    shares = np.repeat(1.0 / np.maximum(found, 1), found)
    partners = matches.reshape(-1) if len(shares) == matches.size else matches[paired]
    weights: FloatArray = np.zeros(len(treated))
    weights += np.bincount(partners, weights=shares, minlength=len(treated))
    used = weights[weights != 0]
    if len(used):
        weights *= len(used) / used.sum()
    weights[np.flatnonzero(treated)[found > 0]] = 1.0
    return weights


def subclasses(matches: IntArray, treated: BoolArray) -> IntArray:
    """Give each matched set of a match without replacement a number.

    Parameters
    ----------
    matches, treated
        As in `matching_weights`; no control occurs twice.

    Returns
    -------
    array of int, length n
        1, 2, ... for the matched treated units in data order and their controls; -1 if not matched.

    Notes
    -----
    Matching R call: `matchit(..., method = "nearest", replace = FALSE)$subclass` (MatchIt 4.7.1).
    """
    paired = matches >= 0
    matched = paired.any(axis=1)
    numbers = np.cumsum(matched)
    sets = np.full(len(treated), -1, dtype=np.int64)
    sets[np.flatnonzero(treated)[matched]] = numbers[matched]
    sets[matches[paired]] = np.repeat(numbers, paired.sum(axis=1))
    return sets
