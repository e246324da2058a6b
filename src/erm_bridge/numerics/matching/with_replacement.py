"""Nearest partners where everyone may choose without regard to the others."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from erm_bridge.numerics import BoolArray, FloatArray, IntArray
from erm_bridge.numerics.matching import compiled, loops
from erm_bridge.numerics.matching.limits import Limits
from erm_bridge.numerics.matching.line import Line
from erm_bridge.numerics.matching.problem import NONE, Problem
from erm_bridge.numerics.matching.searching import search_of, start_of
from erm_bridge.numerics.matching.ties import choose

# Cells of one block of candidate distances: small enough to stay in the processor's cache.
BLOCK_CELLS = 2**17
BLOCK_UNITS = 2**13


def independently(problem: Problem, line: Line, limits: Limits, wanted: IntArray) -> IntArray:
    """Choose the nearest partners of each focal unit, equally near ones as MatchIt does.

    Returns
    -------
    array of int, m x max(wanted)
        Partners by their number in the line; -1 where there is none.
    """
    chosen = np.full((len(wanted), wanted.max()), NONE, dtype=np.int64)
    for ratio in np.unique(wanted):
        units = np.flatnonzero(wanted == ratio)
        width = min(int(ratio), len(line.partner_rows))
        if not limits.on_columns:
            units = _in_line(units, line)
            found, tied = _merged(line.part(units), limits, width)
            chosen[units, :width] = found
            units = units[tied]
        part = line.part(units)
        for block, window in _windows(problem, part, units, limits, width):
            chosen[units[block], :width] = _nearest_in(part, block, window, limits.most, int(ratio))
    return chosen


def _in_line(units: IntArray, line: Line) -> IntArray:
    """Put focal units in the order of the line: the partners of neighbours are near in memory, too."""
    standing = np.full(int(line.places.max(initial=-1)) + 1, NONE, dtype=np.int64)
    standing[line.places[units]] = units
    in_line: IntArray = standing[standing != NONE]
    return in_line


def _merged(line: Line, limits: Limits, width: int) -> tuple[IntArray, BoolArray]:
    """Merge the partners to the left and to the right of each focal unit, nearest first.

    Returns
    -------
    chosen : array of int, m x width
        Partners by their number in the line; -1 where there is none.
    tied : array of bool, length m
        Whether partners among these, or the next one, are equally near: then there may be others to choose.
    """
    chosen = np.empty((len(line.scores), width), dtype=np.int64)
    tied = np.zeros(len(line.scores), dtype=np.bool_)
    lows, highs = _sides(line, limits)
    fenced = np.append(line.partner_scores, np.inf)
    for start in range(0, len(line.scores), BLOCK_UNITS):
        block = slice(start, start + BLOCK_UNITS)
        own, left, right, before = line.scores[block], lows[block] - 1, highs[block], None
        begins, ends = line.begins[block], line.ends[block]
        for turn in range(width + 1):
            more = right < ends
            below = np.where(left >= begins, own - fenced[left], np.inf)
            above = np.where(more, fenced[right] - own, np.inf)
            goes_left, nearest = below < above, np.minimum(below, above)
            near = (nearest <= limits.most) & (nearest < np.inf)
            if before is not None:
                tied[block] |= near & (nearest == before)
            if turn < width:
                chosen[block, turn] = np.where(near, np.where(goes_left, left, right), NONE)
            left, right, before = left - goes_left, right + (more & ~goes_left), nearest
    return chosen, tied


def _sides(line: Line, limits: Limits) -> tuple[IntArray, IntArray]:
    """Return the partner next to the last on the left of each focal unit, and the first on the right."""
    return (line.gaps, line.gaps) if limits.least < 0 else line.reach(limits.least)


def _windows(
    problem: Problem, line: Line, units: IntArray, limits: Limits, width: int
) -> Iterator[tuple[slice, IntArray]]:
    """Yield blocks of focal units and `width` candidates left and right of them, by their number.

    Columns run from the farthest on the left to the farthest on the right; -1 where there is none.
    """
    height = max(1, BLOCK_CELLS // (2 * width))
    if limits.on_columns:
        collected = np.zeros(len(units) * 2 * width, dtype=np.int64)
        search = search_of(problem, line, limits, units)
        compiled.run(loops, "outward", len(problem.treated), search, start_of(search, 1), width, collected)
        for start in range(0, len(units), height):
            block = slice(start, start + height)
            yield block, collected.reshape(-1, 2 * width)[block] - 1
        return
    lows, highs = _sides(line, limits)
    left, right = np.arange(-width, 0), np.arange(width)
    for start in range(0, len(units), height):
        block = slice(start, start + height)
        found = np.concatenate([lows[block, None] + left, highs[block, None] + right], axis=1)
        inside = (found >= line.begins[block, None]) & (found < line.ends[block, None])
        yield block, np.where(inside, found, NONE)


def _nearest_in(line: Line, block: slice, window: IntArray, limit: float, ratio: int) -> IntArray:
    """Choose among the candidates of each unit: their numbers, nearest first."""
    width = window.shape[1] // 2
    distances = np.abs(line.partner_scores[window] - line.scores[block, None])
    distances[(window == NONE) | (distances > limit)] = np.inf
    ranking = np.argsort(distances, axis=1)[:, : width + 1]
    nearest_first = np.take_along_axis(distances, ranking, axis=1)
    columns = np.where(np.isinf(nearest_first[:, :width]), NONE, ranking[:, :width])
    equal = nearest_first[:, 1:] == nearest_first[:, :-1]
    tied = np.flatnonzero((equal & np.isfinite(nearest_first[:, 1:])).any(axis=1))
    if len(tied):
        away = line.partner_places[window[tied]] - line.places[block][tied, None]
        # Odd steps go left, even steps go right.
        steps = np.where(away < 0, -2 * away - 1, 2 * away)
        columns[tied] = _settle_ties(distances[tied], steps, ratio)
    return np.where(columns == NONE, NONE, np.take_along_axis(window, columns, axis=1))


def _settle_ties(distances: FloatArray, steps: IntArray, ratio: int) -> IntArray:
    """Choose columns for treated units with equally near candidates; -1 for none.

    The choice depends only on the order of the distances as the candidates are found, so it is worked
    out once for each such pattern: data with many ties have few patterns.
    """
    width = distances.shape[1] // 2
    found = np.argsort(np.where(np.isinf(distances), np.iinfo(np.int64).max, steps), axis=1, kind="stable")
    patterns, member = np.unique(
        _ranks(np.take_along_axis(distances, found, axis=1)), axis=0, return_inverse=True
    )
    choices = np.full((len(patterns), width), NONE, dtype=np.int64)
    for row, pattern in enumerate(patterns.tolist()):
        chosen = _chosen(tuple(rank for rank in pattern if rank >= 0), ratio)
        choices[row, : len(chosen)] = chosen
    picked = choices[member.reshape(-1)]
    return np.where(picked == NONE, NONE, np.take_along_axis(found, picked, axis=1))


# Repeated matching, as for the tie envelope, meets the same patterns again and again.
_chosen = lru_cache(maxsize=2**16)(choose)


def _ranks(distances: FloatArray) -> IntArray:
    """Rank each row's distances, equal ones alike, from 0; -1 for infinite ones."""
    ranking = np.argsort(distances, axis=1, kind="stable")
    ascending = np.take_along_axis(distances, ranking, axis=1)
    rises = np.zeros(distances.shape, dtype=np.int64)
    rises[:, 1:] = ascending[:, 1:] != ascending[:, :-1]
    ranks = np.empty_like(rises)
    np.put_along_axis(ranks, ranking, np.cumsum(rises, axis=1), axis=1)
    ranks[np.isinf(distances)] = NONE
    return ranks
