"""Nearest partners where everyone may choose without regard to the others."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from erm_bridge.numerics import FloatArray, IntArray
from erm_bridge.numerics.matching import compiled, loops
from erm_bridge.numerics.matching.limits import Limits
from erm_bridge.numerics.matching.line import Line
from erm_bridge.numerics.matching.problem import NONE, Problem
from erm_bridge.numerics.matching.searching import search_of, start_of
from erm_bridge.numerics.matching.ties import choose

# Cells of one block of candidate distances: small enough to stay in the processor's cache.
BLOCK_CELLS = 2**17


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
        part = line if len(units) == len(wanted) else line.part(units)
        for block, window in _windows(problem, part, units, limits, width):
            chosen[units[block], :width] = _nearest_in(part, block, window, limits.most, int(ratio))
    return chosen


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
    lows, highs = (line.gaps, line.gaps) if limits.least < 0 else line.reach(limits.least)
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
