"""Nearest-neighbour matching on distances between covariates, or on a given matrix of distances.

The pairs, and their order among equal distances, are those of MatchIt 4.7.1; see `Neighbours` and
`DistanceTable` for the rules.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from erm_bridge.numerics import IntArray
from erm_bridge.numerics.matching.choosing import Supply, choose_closest, choose_in_turn
from erm_bridge.numerics.matching.limits import Limits
from erm_bridge.numerics.matching.matrix import DistanceTable
from erm_bridge.numerics.matching.neighbours import Neighbours
from erm_bridge.numerics.matching.pair_rules import PairRules
from erm_bridge.numerics.matching.problem import NONE, Problem
from erm_bridge.numerics.matching.shuffle import shuffled_in_turn
from erm_bridge.numerics.matching.turns import reuse_limit, wanted_partners


def nearest_on_covariates(problem: Problem) -> IntArray:
    """Give every focal unit its nearest partners by `coordinates` or `matrix`.

    Parameters
    ----------
    problem : Problem
        With coordinates or a matrix. Where there are both coordinates and scores, the scores serve the
        caliper on the distance, the variable ratio and the orders `largest` and `smallest`. `strata` are
        matched one after another.

    Returns
    -------
    array of int, focal x largest number wanted
        Rows of the partners, focal units in data order; -1 where there is none.

    Raises
    ------
    ValueError
        The order or the variable ratio needs scores and there are none; ties are to be broken in another way
        than MatchIt's.

    Notes
    -----
    Matching R calls: `matchit(..., method = "nearest", distance = "mahalanobis")` (or another such
    distance), `matchit(..., mahvars = ~ x + y)` and `matchit(..., distance = <matrix>)`.

    With replacement one query of a k-d tree for each unit: about n log n. Without, candidates are
    queried for many units at once while they choose, and the tree is built anew when it has thinned out.
    """
    _refuse_what_needs_scores(problem)
    focal = np.flatnonzero(problem.focal)
    wanted = np.zeros(len(problem.treated), dtype=np.int64)
    wanted[focal] = wanted_partners(problem)
    matches = np.full((len(focal), int(wanted.max())), NONE, dtype=np.int64)
    line_of = np.cumsum(problem.focal) - 1
    units = distinct_units(problem)
    limits = Limits.of(problem)
    parts = [_Part(problem, limits, rows, wanted[rows], units) for rows in _parts(problem, units)]
    for part, turns in zip(parts, _turns(problem, parts), strict=True):
        for unit, controls in part.chosen(turns).items():
            matches[line_of[part.rows[unit]], : len(controls)] = part.rows[controls]
    return matches


def as_scores(problem: Problem) -> Problem:
    """Take coordinates of one dimension, without scores beside them, for scores: MatchIt does."""
    if problem.coordinates is None or problem.coordinates.shape[1] > 1 or problem.scores is not None:
        return problem
    return replace(problem, scores=problem.coordinates[:, 0], coordinates=None)


def distinct_units(problem: Problem) -> IntArray | None:
    """Return the unit numbers where they matter: somebody occurs twice, and use is limited."""
    units, focal = problem.units, problem.focal
    if units is None or reuse_limit(problem) >= np.count_nonzero(focal):
        return None
    repeated = any(len(np.unique(units[group])) < np.count_nonzero(group) for group in (focal, ~focal))
    return units if repeated else None


def _parts(problem: Problem, units: IntArray | None) -> Iterator[IntArray]:
    """Yield the rows that are matched among themselves: strata, unless a unit can be in several."""
    if problem.strata is None or units is not None:
        yield np.arange(len(problem.treated))
        return
    by_stratum = np.argsort(problem.strata, kind="stable")
    ends = np.flatnonzero(np.diff(problem.strata[by_stratum])) + 1
    for rows in np.split(by_stratum, ends):
        if 0 < np.count_nonzero(problem.focal[rows]) < len(rows):
            yield rows


class _Part:
    """Units that are matched among themselves, numbered anew from 0.

    Parameters
    ----------
    problem : Problem
    limits : Limits
        Those of the problem.
    rows : array of int
        Their rows, ascending.
    wanted : array of int
        How many partners each of them is to have.
    units : array of int, length n, or None
        Unit numbers of all rows, where they matter.
    """

    def __init__(
        self, problem: Problem, limits: Limits, rows: IntArray, wanted: IntArray, units: IntArray | None
    ) -> None:
        self._problem, self.rows, self._wanted = problem, rows, wanted
        self._focal = problem.focal[rows]
        usable = np.ones(len(rows), dtype=np.bool_) if problem.usable is None else problem.usable[rows]
        self._unlimited = units is None and reuse_limit(problem) >= np.count_nonzero(self._focal)
        own = None if units is None else np.unique(units[rows], return_inverse=True)[1].reshape(-1)
        self._supply = Supply(usable, self._focal, wanted, reuse_limit(problem), own)
        strata = None if units is None else problem.strata
        self._rules = PairRules(limits, rows, strata)

    def chosen(self, turns: list[int]) -> dict[int, list[int]]:
        """Let the focal units choose; returns their partners in the order in which they were chosen."""
        if not turns or not self._supply.n_controls:
            return {}
        seeker = self._seeker()
        if self._unlimited:
            return seeker.nearest_of_all(turns, self._wanted)
        order = self._problem.order
        if order in ("closest", "farthest"):
            return choose_closest(seeker, self._supply, turns, self._wanted, farthest=order == "farthest")
        return choose_in_turn(seeker, self._supply, turns, self._wanted)

    @property
    def waiting(self) -> IntArray:
        """The focal units that can be matched, in data order."""
        return np.flatnonzero(self._focal & self._supply.open)

    @property
    def last_waiting(self) -> int:
        """Number of the last of them among all focal units here, from 1."""
        return int(np.count_nonzero(self._focal[: self.waiting[-1] + 1]))

    def _seeker(self) -> Neighbours | DistanceTable:
        """Return what finds the nearest controls."""
        problem, controls = self._problem, np.flatnonzero(~self._focal)
        if problem.coordinates is not None:
            return Neighbours(problem.coordinates[self.rows], controls, self._supply, self._rules)
        assert problem.matrix is not None
        units = np.flatnonzero(self._focal)
        table = problem.matrix if problem.estimand != "ATC" else problem.matrix.T
        line = np.where(problem.focal, np.cumsum(problem.focal), np.cumsum(~problem.focal)) - 1
        part = table[np.ix_(line[self.rows[units]], line[self.rows[controls]])]
        return DistanceTable(part, units, controls, self._supply, self._rules, problem.distance_caliper)


def _turns(problem: Problem, parts: list[_Part]) -> list[list[int]]:
    """Put the focal units of each part in the order in which they choose."""
    waiting = [part.waiting for part in parts]
    if problem.order == "random":
        # R's sample() of a single number k puts 1 to k in order.
        sizes = [
            part.last_waiting if len(units) == 1 else len(units)
            for part, units in zip(parts, waiting, strict=True)
        ]
        orders = shuffled_in_turn(sizes, problem.seed)
        shuffled = [
            units[order] if len(units) > 1 else units for units, order in zip(waiting, orders, strict=True)
        ]
        return [[int(unit) for unit in units] for units in shuffled]
    if problem.order in ("largest", "smallest"):
        assert problem.scores is not None
        keys = -problem.scores if problem.order == "largest" else problem.scores
        waiting = [
            units[np.argsort(keys[part.rows[units]], kind="stable")]
            for part, units in zip(parts, waiting, strict=True)
        ]
    return [[int(unit) for unit in units] for units in waiting]


def _refuse_what_needs_scores(problem: Problem) -> None:
    if problem.ties != "matchit":
        raise ValueError(f"ties: {problem.ties} is not there for distances between covariates")
    if problem.scores is not None:
        return
    if problem.order in ("largest", "smallest"):
        raise ValueError(f"order: {problem.order} needs scores")
    if problem.max_controls is not None:
        raise ValueError("max_controls: a variable ratio needs scores")
