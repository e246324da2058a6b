"""Weights that follow from a division into subclasses, whichever method made them."""

import numpy as np

from erm_bridge.numerics import BoolArray, FloatArray, IntArray
from erm_bridge.options import Estimand


def subclass_weights(subclass: IntArray, treated: BoolArray, estimand: Estimand) -> FloatArray:
    """Weigh units so that in every subclass both groups stand for the units the effect is meant for.

    In a subclass with t treated units and c controls, that is t (ATT), c (ATC) or t + c (ATE) units: each
    group weighs so much together, its units alike. Then each group is scaled to average 1 over its units
    that are in a subclass, which leaves the weights of the focal group at 1.

    Parameters
    ----------
    subclass : array of int, length n
        Number of the subclass of each unit, -1 for none. Each subclass holds both groups.
    treated : array of bool, length n
    estimand : {"ATT", "ATC", "ATE"}

    Returns
    -------
    array, length n
        0 for units in no subclass.

    Notes
    -----
    Matching R call: `matchit(..., estimand =, normalize = TRUE)$weights` of the methods with subclasses
    (MatchIt 4.7.1). Source: marginal mean weighting through stratification, Hong (2010), Journal of
    Educational and Behavioral Statistics 35, 499-531.
    """
    weights = np.zeros(len(treated))
    inside = subclass >= 0
    counts = [
        np.bincount(subclass[inside & group], minlength=_size(subclass)) for group in (~treated, treated)
    ]
    focal = {"ATT": counts[1], "ATC": counts[0], "ATE": counts[0] + counts[1]}[estimand]
    for group, count in zip((~treated, treated), counts, strict=True):
        members = np.flatnonzero(inside & group)
        if not len(members):
            continue
        share = focal[subclass[members]] / count[subclass[members]]
        weights[members] = share * (len(members) / share.sum())
    return weights


def _size(subclass: IntArray) -> int:
    return int(subclass.max(initial=-1)) + 1
