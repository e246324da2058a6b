"""Nearest-neighbour matching of treated units with controls on a score.

The pairs, and their order among equal distances, are those of MatchIt 4.7.1
(`matchit(method = "nearest", distance = <scores>)` on a platform with GNU's C++ library).

All units are put in a line by score, equal scores in data order. A treated unit looks outward from its
own place, one place to the left, one to the right, and so on; places held by other treated units or by
controls already taken count as steps. That fixes the order in which equally near controls are found.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from erm_bridge.numerics import BoolArray, FloatArray, IntArray
from erm_bridge.numerics.matching.problem import NONE
from erm_bridge.numerics.matching.ties import choose
from erm_bridge.options import MatchingOrder

# Cells of one block of candidate distances: small enough to stay in the processor's cache.
BLOCK_CELLS = 2**17


def nearest(
    scores: FloatArray,
    treated: BoolArray,
    ratio: int = 1,
    replace: bool = False,
    order: MatchingOrder = "largest",
    caliper: float | None = None,
) -> IntArray:
    """Match each treated unit with its nearest controls.

    Parameters
    ----------
    scores : array, length n
        Finite numbers; the distance of a pair is their absolute difference.
    treated : array of bool, length n
    ratio : int
        How many controls a treated unit may have.
    replace : bool
        Whether a control may serve several treated units. Without replacement everyone gets a first
        match before anyone gets a second.
    order : {"largest", "smallest", "data"}
        Whose turn comes first without replacement: by score (equal ones in data order) or by row.
    caliper : float, optional
        Largest distance allowed, in units of the score; a pair exactly at it is allowed.

    Returns
    -------
    array of int, treated x ratio
        Positions (0-based rows) of the controls; treated units in data order; -1 where there is none.

    Notes
    -----
    Matching R call: `matchit(..., method = "nearest", distance = scores, ratio =, replace =,
    m.order =, caliper =, std.caliper = FALSE)$match.matrix`.

    With replacement: one sort, then at most `ratio` candidates on each side of each unit. Without: one
    pass over the treated per round; pointers lead past the controls that are taken.
    """
    line = _Line.of(scores, treated)
    limit = np.finfo(np.float64).max if caliper is None else caliper
    # MatchIt lets a single treated unit choose all its controls at once: nobody waits for a turn.
    if replace or len(line.treated_rows) == 1:
        places = _with_replacement(line, ratio, limit)
    else:
        places = _without_replacement(line, ratio, limit, _turns(line, order))
    matches = np.full((len(line.treated_rows), ratio), NONE, dtype=np.int64)
    rank_in_data = np.argsort(np.argsort(line.treated_rows))
    matches[rank_in_data, : places.shape[1]] = np.where(places == NONE, NONE, line.control_rows[places])
    return matches


@dataclass(frozen=True, slots=True)
class _Line:
    """Treated units and controls by score; m treated, c controls, both in the order of the line.

    Attributes
    ----------
    treated_rows, control_rows : array of int
        Row in the data.
    treated_scores, control_scores : array
    treated_places, control_places : array of int
        Place among everyone.
    gaps : array of int, length m
        How many controls stand to the left of each treated unit.
    """

    treated_rows: IntArray
    control_rows: IntArray
    treated_scores: FloatArray
    control_scores: FloatArray
    treated_places: IntArray
    control_places: IntArray
    gaps: IntArray

    @classmethod
    def of(cls, scores: FloatArray, treated: BoolArray) -> "_Line":
        by_score = np.argsort(scores, kind="stable")
        is_treated = treated[by_score]
        treated_places = np.flatnonzero(is_treated)
        control_places = np.flatnonzero(~is_treated)
        treated_rows, control_rows = by_score[treated_places], by_score[control_places]
        return cls(
            treated_rows=treated_rows,
            control_rows=control_rows,
            treated_scores=scores[treated_rows],
            control_scores=scores[control_rows],
            treated_places=treated_places,
            control_places=control_places,
            gaps=treated_places - np.arange(len(treated_places)),
        )


def _with_replacement(line: _Line, ratio: int, limit: float) -> IntArray:
    """Choose for each treated unit among the `width` controls on either side of it."""
    width = min(ratio, len(line.control_rows))
    chosen = np.full((len(line.treated_rows), width), NONE, dtype=np.int64)
    for block, distances in _candidates(line, width, limit):
        ranking = np.argsort(distances, axis=1)[:, : width + 1]
        nearest_first = np.take_along_axis(distances, ranking, axis=1)
        columns = np.where(np.isinf(nearest_first[:, :width]), NONE, ranking[:, :width])
        equal = nearest_first[:, 1:] == nearest_first[:, :-1]
        tied = np.flatnonzero((equal & np.isfinite(nearest_first[:, 1:])).any(axis=1))
        if len(tied):
            columns[tied] = _settle_ties(distances[tied], _steps(line, block, width)[tied], ratio)
        # Column j of the window is the control at place gap - width + j.
        places = line.gaps[block, None] - width + columns
        chosen[block] = np.where(columns == NONE, NONE, places)
    return chosen


def _candidates(line: _Line, width: int, limit: float) -> Iterator[tuple[slice, FloatArray]]:
    """Yield blocks of treated units and their distances to `width` controls left and right of them.

    Columns run from the farthest on the left to the farthest on the right; distances are infinite
    beyond the ends of the line and beyond the limit.
    """
    padding = np.full(width, np.inf)
    padded = np.concatenate([padding, line.control_scores, padding])
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * width)
    height = max(1, BLOCK_CELLS // (2 * width))
    for start in range(0, len(line.treated_rows), height):
        block = slice(start, start + height)
        distances = np.abs(windows[line.gaps[block]] - line.treated_scores[block, None])
        distances[distances > limit] = np.inf
        yield block, distances


def _steps(line: _Line, block: slice, width: int) -> IntArray:
    """Return at which step of the outward search each candidate of a window is found."""
    ends = np.zeros(width, dtype=np.int64)
    padded = np.concatenate([ends, line.control_places, ends])
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * width)
    away = windows[line.gaps[block]] - line.treated_places[block, None]
    # Odd steps go left, even steps go right.
    return np.where(away < 0, -2 * away - 1, 2 * away)


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


def _turns(line: _Line, order: MatchingOrder) -> list[int]:
    """Put the treated units, numbered along the line, in the order in which they choose."""
    if order == "smallest":
        return list(range(len(line.treated_rows)))
    if order == "data":
        turns = np.argsort(line.treated_rows)
    else:
        turns = np.argsort(-line.treated_scores, kind="stable")
    return [int(unit) for unit in turns]


def _without_replacement(line: _Line, ratio: int, limit: float, turns: list[int]) -> IntArray:
    """Let the treated units choose one free control each, in rounds.

    Controls are numbered from 1; `left[i]` leads to the last free control at or before i and
    `right[i]` to the first free one at or after i, with 0 and c + 1 as fences at infinite distance.
    """
    n_controls = len(line.control_rows)
    left, right = list(range(n_controls + 2)), list(range(n_controls + 2))
    scores = [-np.inf, *line.control_scores.tolist(), np.inf]
    places = [0, *line.control_places.tolist(), 0]
    own_score, gap = line.treated_scores.tolist(), line.gaps.tolist()
    # From where the search starts on either side: the outermost match so far, at first the own place.
    first, last = line.treated_places.tolist(), line.treated_places.tolist()
    chosen = np.full((len(turns), min(ratio, n_controls)), NONE, dtype=np.int64)
    for round_ in range(chosen.shape[1]):
        served, taken = [], []
        for unit in turns:
            low, high = gap[unit], gap[unit] + 1
            while left[low] != low:
                left[low] = low = left[left[low]]
            while right[high] != high:
                right[high] = high = right[right[high]]
            below, above = own_score[unit] - scores[low], scores[high] - own_score[unit]
            if below == above:
                goes_left = first[unit] - places[low] <= places[high] - last[unit]
            else:
                goes_left = below < above
            if (below if goes_left else above) > limit:
                continue
            if goes_left:
                pick, first[unit] = low, places[low]
            else:
                pick, last[unit] = high, places[high]
            left[pick], right[pick] = pick - 1, pick + 1
            served.append(unit)
            taken.append(pick - 1)
        chosen[served, round_] = taken
        # Controls only become fewer: who found none in this round finds none later.
        turns = served
    return chosen
