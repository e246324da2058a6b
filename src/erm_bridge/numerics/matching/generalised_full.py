"""Generalised full matching: sets with units of both groups, in about the time of finding neighbours."""

import numpy as np

from erm_bridge.errors import InputError
from erm_bridge.numerics import FloatArray, IntArray
from erm_bridge.numerics.matching.allowed import AllowedDistances, strata_of
from erm_bridge.numerics.matching.full import in_order
from erm_bridge.numerics.matching.partners import blocks
from erm_bridge.numerics.matching.problem import NONE, Pairing, Problem
from erm_bridge.numerics.matching.subclass_weights import subclass_weights


def generalised_full_matching(problem: Problem) -> Pairing:
    """Divide units into sets that hold at least one unit of each group and are small in diameter.

    Every unit points at the nearest one of the other group. Seeds are units whose neighbourhoods (they and
    whom they point at) do not overlap, as many as can be taken one after the other, those first whose
    neighbourhood others ask for least, of those the closest. A seed's neighbourhood is a set; everyone else
    joins the set of the unit that he points at. Strata are matched by themselves.

    Parameters
    ----------
    problem : Problem
        With a caliper on the distance, no two units of a set are farther apart; units for which that cannot
        be kept stay out.

    Returns
    -------
    Pairing
        Sets are numbered in the order of the frame.

    Raises
    ------
    InputError
        There is a caliper, and a matrix of distances, which says nothing about units of one group.

    Notes
    -----
    Matching R call: `MatchIt::matchit(..., method = "quick", caliper =)`, which needs quickmatch and takes
    seeds in an order of its own. The largest distance within a set is at most four times the smallest that
    can be had. Source: Sävje, Higgins & Sekhon 2021, Political Analysis 29, 423-447.
    """
    caliper = problem.distance_caliper
    places = problem.scores if problem.coordinates is None else problem.coordinates
    if caliper is not None and (places is None or problem.matrix is not None):
        raise InputError("method generalised_full: a caliper cannot go with a matrix; remove one of them")
    sets = np.full(len(problem.treated), NONE, dtype=np.int64)
    made = 0
    for distances in strata_of(problem):
        rows = np.concatenate([distances.focal, distances.other])
        nearest, apart = _nearest_of_other_group(distances)
        radius = np.inf if caliper is None else caliper / 2
        seeds = _seeds(nearest, apart, np.flatnonzero(apart <= radius))
        seed = _joined(nearest, seeds)
        if places is not None and caliper is not None:
            seed[_length(places[rows] - places[rows[seed]]) > radius] = NONE
        inside = seed != NONE
        sets[rows[inside]] = seed[inside] + made
        made += len(rows)
    if (sets == NONE).all():
        return Pairing(np.zeros(len(sets)), subclass=sets)
    subclass = in_order(sets)
    return Pairing(subclass_weights(subclass, problem.treated, problem.estimand), subclass=subclass)


def _nearest_of_other_group(distances: AllowedDistances) -> tuple[IntArray, FloatArray]:
    """Find whom each unit points at, focal units first, and how far away that is."""
    from scipy.spatial import cKDTree

    n_focal, n_other = distances.shape
    problem = distances.problem
    places = problem.scores if problem.coordinates is None else problem.coordinates
    if problem.matrix is None and places is not None:
        columns = places.reshape(len(places), -1)
        focal, other = columns[distances.focal], columns[distances.other]
        from_focal, to_other = cKDTree(other).query(focal)
        from_other, to_focal = cKDTree(focal).query(other)
    else:
        (_, block), *_ = blocks(distances, n_focal * n_other)
        to_other, to_focal = block.argmin(axis=1), block.argmin(axis=0)
        from_focal, from_other = block.min(axis=1), block.min(axis=0)
    nearest = np.concatenate([to_other + n_focal, to_focal]).astype(np.int64)
    return nearest, np.concatenate([from_focal, from_other])


def _seeds(nearest: IntArray, apart: FloatArray, candidates: IntArray) -> IntArray:
    """Choose units whose neighbourhoods do not overlap, until no other can be added."""
    asked = np.bincount(nearest[candidates], minlength=len(nearest))
    demand = asked[candidates] + asked[nearest[candidates]]
    order = candidates[np.lexsort((apart[candidates], demand))]
    free = [True] * len(nearest)
    seeds = []
    for unit, partner in zip(order.tolist(), nearest[order].tolist(), strict=True):
        if free[unit] and free[partner]:
            free[unit] = free[partner] = False
            seeds.append(unit)
    return np.array(seeds, dtype=np.int64)


def _joined(nearest: IntArray, seeds: IntArray) -> IntArray:
    """Say for each unit which seed's set it joins, -1 for none."""
    seed = np.full(len(nearest), NONE, dtype=np.int64)
    seed[seeds] = seed[nearest[seeds]] = seeds
    return np.where(seed == NONE, seed[nearest], seed)


def _length(steps: FloatArray) -> FloatArray:
    length: FloatArray = np.linalg.norm(steps.reshape(len(steps), -1), axis=1)
    return length
