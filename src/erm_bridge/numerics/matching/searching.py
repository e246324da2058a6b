"""The data of a problem in the form in which the loops take it."""

from typing import Any

import numpy as np
import numpy.typing as npt

from erm_bridge.numerics import FloatArray, IntArray
from erm_bridge.numerics.matching.limits import Limits
from erm_bridge.numerics.matching.line import Line
from erm_bridge.numerics.matching.loops import Search, State
from erm_bridge.numerics.matching.problem import Problem
from erm_bridge.numerics.matching.turns import UNLIMITED


def search_of(
    problem: Problem,
    line: Line,
    limits: Limits,
    units: IntArray,
    *,
    wanted: IntArray | None = None,
    reuse: int = UNLIMITED,
    stable: bool = False,
) -> Search:
    """Describe the search of some focal units, numbered in data order, for partners.

    Parameters
    ----------
    wanted : array of int, length m, optional
        How many partners each may have.
    reuse : int
        How often a partner may be used.
    stable : bool
        See `Search`.
    """
    rows, partners = np.flatnonzero(problem.focal)[units], line.partner_rows
    # The stable rule finds all that have the unit's own score on one side.
    lows, highs = line.gaps, line.gaps
    if limits.least >= 0:
        lows, highs = line.reach(limits.least)
    elif stable:
        lows = highs = line.reach(0.0)[0]
    allowed = np.full(len(units) + len(partners), reuse, dtype=np.int64)
    if wanted is not None:
        allowed[: len(units)] = wanted
    members, heads, groups = _used_together(problem, rows, partners, reuse)
    return Search(
        scores=line.scores,
        places=line.places,
        begins=line.begins + 1,
        ends=line.ends,
        lows=lows,
        highs=highs + 1,
        limit=limits.most,
        partner_scores=_fenced(line.partner_scores),
        partner_places=_fenced(line.partner_places),
        starts=_starts(problem, line) if stable else np.zeros(0, dtype=np.int64),
        ranks=_fenced(partners),
        least=limits.column_least,
        most=limits.column_most,
        values=limits.columns[:, rows].ravel(),
        partner_values=_fenced(limits.columns[:, partners]).ravel(),
        codes=limits.codes[:, rows].ravel(),
        partner_codes=_fenced(limits.codes[:, partners]).ravel(),
        allowed=allowed,
        members=members,
        heads=heads,
        groups=groups,
        stable=stable,
    )


def start_of(search: Search, width: int) -> State:
    """Return the state in which nobody has been chosen; those without a stratum's partner are gone."""
    units, fences = len(search.scores), len(search.partner_scores)
    gone = np.zeros(len(search.allowed), dtype=np.bool_)
    gone[:units] = search.ends < search.begins
    return State(
        left=np.arange(fences),
        right=np.arange(fences),
        times=np.zeros(len(search.allowed), dtype=np.int64),
        gone=gone,
        chosen=np.zeros(units * width, dtype=np.int64),
        width=width,
    )


def _fenced(values: FloatArray | IntArray) -> npt.NDArray[Any]:
    """Put a zero before the first and one after the last, along the last axis."""
    return np.pad(values, [(0, 0)] * (values.ndim - 1) + [(1, 1)])


def _starts(problem: Problem, line: Line) -> IntArray:
    """Return for each partner the first of its stratum with the same score; all numbered from 1."""
    scores, numbers = line.partner_scores, np.arange(len(line.partner_rows))
    new = np.ones(len(scores), dtype=np.bool_)
    new[1:] = scores[1:] != scores[:-1]
    if problem.strata is not None:
        strata = problem.strata[line.partner_rows]
        new[1:] |= strata[1:] != strata[:-1]
    starts = np.maximum.accumulate(np.where(new, numbers, 0)) + 1
    return np.concatenate([[0], starts, [len(scores) + 1]])


def _used_together(
    problem: Problem, rows: IntArray, partners: IntArray, reuse: int
) -> tuple[IntArray, IntArray, IntArray]:
    """Group the rows that are one unit: members by group, where each group begins, group of each row.

    All three are empty where every row is a unit of its own within its arm, or reuse is not limited.
    """
    nothing = np.zeros(0, dtype=np.int64)
    if problem.units is None or reuse >= len(rows):
        return nothing, nothing, nothing
    focal = problem.focal
    if all(len(np.unique(problem.units[arm])) == arm.sum() for arm in (focal, ~focal)):
        return nothing, nothing, nothing
    groups = np.unique(problem.units[np.concatenate([rows, partners])], return_inverse=True)[1]
    heads = np.concatenate([[0], np.cumsum(np.bincount(groups))])
    return np.argsort(groups, kind="stable"), heads, groups
