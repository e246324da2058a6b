"""Common support: which units lie where the other group has none."""

import numpy as np

from erm_bridge.errors import EngineError
from erm_bridge.numerics import BoolArray, FloatArray

# How far a unit may lie beyond the hull, as a share of the columns' range: what a solver takes for zero.
BEYOND = 1e-6


def outside_range(scores: FloatArray, treated: BoolArray, groups: str) -> BoolArray:
    """Find units whose score lies outside the range of the other group's.

    Parameters
    ----------
    scores : array, length n
    treated : array of bool, length n
    groups : {"treated", "control", "both"}
        Of whom units are discarded.

    Returns
    -------
    array of bool, length n
        True: discarded.

    Notes
    -----
    Matching R argument: `discard` of `MatchIt::matchit()`. Nobody lies outside the range of the own group,
    so only units of the named groups are ever discarded.
    """
    others = {"treated": (~treated,), "control": (treated,), "both": (treated, ~treated)}[groups]
    low = max(float(scores[group].min()) for group in others)
    high = min(float(scores[group].max()) for group in others)
    outside: BoolArray = (scores < low) | (scores > high)
    return outside


def outside_hull(columns: FloatArray, treated: BoolArray, groups: str) -> BoolArray:
    """Find units that lie outside the convex hull of the other group's covariates.

    Parameters
    ----------
    columns : array, n x p
        Finite numbers.
    treated, groups
        As in `outside_range`.

    Returns
    -------
    array of bool, length n
        True: discarded.

    Notes
    -----
    One linear program for each distinct unit that lies within the other group's range in every column: it
    looks for the mixture of the other group that comes closest in the column where it is farthest.
    Source: King, G. and Zeng, L. (2006). The dangers of extreme counterfactuals. Political Analysis 14,
    131-159, section 3. It was MatchIt's `discard = "hull.both"` by the package WhatIf, until that left CRAN.
    """
    outside = np.zeros(len(treated), dtype=np.bool_)
    for name, group in (("treated", treated), ("control", ~treated)):
        if groups in (name, "both"):
            outside[group] = ~_inside(columns[group], columns[~group])
    return outside


def _inside(points: FloatArray, cloud: FloatArray) -> BoolArray:
    """Tell which points lie in the convex hull of a cloud."""
    low, size = cloud.min(axis=0), np.ptp(cloud, axis=0)
    scale = np.where(size > 0, size, 1)
    corners = np.unique((cloud - low) / scale, axis=0)
    distinct, which = np.unique((points - low) / scale, axis=0, return_inverse=True)
    within = ((distinct >= -BEYOND) & (distinct <= size / scale + BEYOND)).all(axis=1)
    for i in np.flatnonzero(within):
        within[i] = _gap(distinct[i], corners) <= BEYOND
    inside: BoolArray = within[which.reshape(-1)]
    return inside


def _gap(point: FloatArray, corners: FloatArray) -> float:
    """Return the smallest largest difference between a point and a mixture of corners."""
    from scipy.optimize import linprog

    m, p = corners.shape
    beside = np.full((p, 1), -1.0)
    solution = linprog(
        np.concatenate([np.zeros(m), [1.0]]),
        A_ub=np.block([[corners.T, beside], [-corners.T, beside]]),
        b_ub=np.concatenate([point, -point]),
        A_eq=np.concatenate([np.ones(m), [0.0]])[None],
        b_eq=[1.0],
        method="highs",
    )
    if solution.fun is None:
        raise EngineError(f"the search for the convex hull failed: {solution.message}")
    return float(solution.fun)
