"""Optimal full matching: sets of one focal unit with others, or of one other with focal units."""

from dataclasses import replace

import numpy as np

from erm_bridge.errors import InputError
from erm_bridge.numerics import FloatArray, IntArray
from erm_bridge.numerics.matching.allowed import AllowedDistances, strata_of
from erm_bridge.numerics.matching.flow import Sizes
from erm_bridge.numerics.matching.partners import best_partners, blocks
from erm_bridge.numerics.matching.problem import NONE, Pairing, Problem
from erm_bridge.numerics.matching.subclass_weights import subclass_weights


def full_matching(problem: Problem) -> Pairing:
    """Divide units into sets with one unit of a group at least, at the smallest total distance within sets.

    A set holds one focal unit with one or more others, or one other with several focal units. The total is
    that of the distances between the single unit of each set and all its partners. Strata are matched by
    themselves; units without any allowed partner stay out.

    Parameters
    ----------
    problem : Problem
        `min_controls`: fewest others for a focal unit, a fraction such as 1/3 where up to three focal units
        may share one, None for any number; `max_controls`: most others for a focal unit; `omit_fraction`: the
        share of others that may stay out.

    Returns
    -------
    Pairing
        Sets are numbered in the order of the frame.

    Raises
    ------
    InputError
        No matching has sets of these sizes.

    Notes
    -----
    Matching R call: `MatchIt::matchit(..., method = "full", min.controls =, max.controls =, omit.fraction
    =)`, which needs optmatch. Source: Rosenbaum 1991, Journal of the Royal Statistical Society B 53, 597-610;
    Hansen 2004, Journal of the American Statistical Association 99, 609-618; Hansen & Klopfer 2006, Journal
    of Computational and Graphical Statistics 15, 609-627.
    """
    sets = np.full(len(problem.treated), NONE, dtype=np.int64)
    made = 0
    for stratum in strata_of(problem):
        distances = _reachable(stratum)
        if 0 in distances.shape:
            continue
        sizes = _sizes(problem, *distances.shape)
        found = best_partners(distances, sizes)
        if found.short:
            raise InputError(
                "method full: the allowed pairs do not suffice for sets of the sizes asked for; widen the "
                "calipers, or loosen min_controls, max_controls or omit_fraction"
            )
        made += _number(sets, made, distances.focal[found.focal], distances.other[found.other])
    if not made:
        return Pairing(np.zeros(len(sets)), subclass=sets)
    subclass = in_order(sets)
    return Pairing(subclass_weights(subclass, problem.treated, problem.estimand), subclass=subclass)


def in_order(sets: IntArray) -> IntArray:
    """Renumber sets from 1 in the order in which their first units stand; -1 stays."""
    inside = np.flatnonzero(sets != NONE)
    _, first, number = np.unique(sets[inside], return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(1, len(first) + 1)
    numbered = np.full(len(sets), NONE, dtype=np.int64)
    numbered[inside] = rank[number.reshape(-1)]
    return numbered


def _reachable(distances: AllowedDistances) -> AllowedDistances:
    """Leave out units that have no allowed partner."""
    if distances.line is not None:
        return distances
    focal, other = (np.zeros(size, dtype=bool) for size in distances.shape)
    for start, block in blocks(distances):
        allowed: FloatArray = np.isfinite(block)
        focal[start : start + len(block)] = allowed.any(axis=1)
        other |= allowed.any(axis=0)
    return replace(distances, focal=distances.focal[focal], other=distances.other[other])


def _sizes(problem: Problem, n_focal: int, n_other: int) -> Sizes:
    """Say how many partners units may have, and refuse what cannot be."""
    least, greatest = problem.min_controls or 0, problem.max_controls
    fewest = max(1, int(np.ceil(least)))
    most = n_other if greatest is None else min(int(greatest), n_other)
    # A third is not a whole number of ninths.
    shared = n_focal if least == 0 else max(1, int(np.floor(1 / least + 1e-9)))
    covered = n_other - int(np.floor(n_other * problem.omit_fraction + 1e-9))
    if n_focal * fewest > n_other * shared or covered > n_focal * most or most < fewest:
        raise InputError(
            f"method full: {n_focal} units of the group that is given partners and {n_other} others cannot "
            f"form sets with min_controls {problem.min_controls}, max_controls {problem.max_controls} and "
            f"omit_fraction {problem.omit_fraction:g}; loosen them"
        )
    return Sizes(fewest, most, min(shared, n_focal), covered)


def _number(sets: IntArray, made: int, focal: IntArray, other: IntArray) -> int:
    """Give the units of each star a number beyond those made, and say how many stars there are."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(sets)
    pairs = coo_array((np.ones(len(focal)), (focal, other)), (n, n))
    _, label = connected_components(pairs, directed=False)
    used = np.union1d(focal, other)
    numbers, sets[used] = np.unique(label[used], return_inverse=True)
    sets[used] += made
    return len(numbers)
