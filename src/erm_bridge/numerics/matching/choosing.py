"""Who chooses when, where controls are scarce: rounds in a fixed order, or the closest pair first.

The two procedures know nothing of distances. They ask a `Seeker` for the best control that a unit can
still have and a `Supply` who is still open.
"""

from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Protocol

import numpy as np

from erm_bridge.numerics import BoolArray, IntArray
from erm_bridge.numerics.matching.problem import NONE

# So many units look ahead at once: what they see hardly changes while they choose.
BLOCK = 2048


class Supply:
    """Who may still be matched: focal units until they have what they want, controls until used up.

    Parameters
    ----------
    usable : array of bool, length n
        Units that may be matched at all.
    focal : array of bool, length n
        Units that are given partners.
    wanted : array of int, length n
        How many partners a focal unit is to have; read for focal units only.
    reuse_max : int
        How many units a control may serve.
    units : array of int, length n, optional
        Units with the same number count as one and the same: a match of one is a match of all.
    """

    def __init__(
        self,
        usable: BoolArray,
        focal: BoolArray,
        wanted: IntArray,
        reuse_max: int,
        units: IntArray | None = None,
    ) -> None:
        self.open: BoolArray = usable.copy()
        self._left: IntArray = np.where(focal, wanted, reuse_max)
        self._focal = focal
        self._units = units
        self._rows_of = _rows_by_code(units) if units is not None else []
        self.n_controls = int(np.count_nonzero(usable & ~focal))

    def take(self, unit: int, control: int) -> None:
        """Note that a focal unit was given a control."""
        if self._units is None:
            self._count(unit)
            self._count(control)
            return
        for code in sorted({int(self._units[unit]), int(self._units[control])}):
            for row in self._rows_of[code].tolist():
                self._count(row)

    def close(self, row: int) -> None:
        """Note that a unit is out."""
        if self.open[row]:
            self.open[row] = False
            self.n_controls -= not self._focal[row]

    def _count(self, row: int) -> None:
        if self.open[row]:
            self._left[row] -= 1
            if self._left[row] <= 0:
                self.close(row)


class Seeker(Protocol):
    """Finds controls for focal units among those that are open."""

    def look_ahead(self, units: Sequence[int], *, keep: bool = False) -> None:
        """Prepare for the questions of several units at once; `keep` what is known of others."""

    def nearest(self, unit: int, barred: Sequence[int]) -> tuple[int, float]:
        """Return the best open control that is not barred, and its distance; -1 if there is none."""


def choose_in_turn(
    seeker: Seeker, supply: Supply, turns: Sequence[int], wanted: IntArray
) -> dict[int, list[int]]:
    """Let focal units choose one control each, in rounds: nobody has a second before all had a first.

    Parameters
    ----------
    seeker, supply
    turns : sequence of int
        Rows of the focal units in the order in which they choose.
    wanted : array of int, length n
        How many controls each of them is to have.

    Returns
    -------
    dict
        Rows of controls in the order in which they were chosen, by row of the focal unit.

    Notes
    -----
    Who finds none in one round takes no part in later ones: controls only become fewer.
    """
    chosen: dict[int, list[int]] = {unit: [] for unit in turns}
    for round_ in range(max((int(wanted[unit]) for unit in turns), default=0)):
        waiting = [unit for unit in turns if wanted[unit] > round_ and supply.open[unit]]
        for block in _blocks(waiting):
            if supply.n_controls == 0:
                return chosen
            seeker.look_ahead(block)
            for unit in block:
                # A match of someone with the same unit number may have closed it.
                if not supply.open[unit]:
                    continue
                control, _ = seeker.nearest(unit, chosen[unit])
                if control == NONE:
                    supply.close(unit)
                    continue
                chosen[unit].append(control)
                supply.take(unit, control)
    return chosen


def choose_closest(
    seeker: Seeker, supply: Supply, rows: Sequence[int], wanted: IntArray, *, farthest: bool = False
) -> dict[int, list[int]]:
    """Let the unit choose whose best control is closest of all (or farthest), again and again, in rounds.

    Parameters
    ----------
    seeker, supply
    rows : sequence of int
        Rows of the focal units in data order, which decides between equal distances.
    wanted : array of int, length n
    farthest : bool
        Whether the unit goes first whose nearest control is farthest away.

    Returns
    -------
    dict
        Rows of controls in the order in which they were chosen, by row of the focal unit.

    Notes
    -----
    Matching R argument: `m.order = "closest"` or `"farthest"`. A unit whose best control was taken
    meanwhile looks again; its new pair then stands before all pairs of the same distance (closest) or
    behind them (farthest), which is where MatchIt's search for its place leaves it.
    """
    chosen: dict[int, list[int]] = {unit: [] for unit in rows}
    for _ in range(max((int(wanted[unit]) for unit in rows), default=0)):
        heap = _first_pairs(seeker, supply, chosen, -1.0 if farthest else 1.0)
        later = count(len(heap))
        while heap and supply.n_controls > 0:
            _, _, unit, control = heappop(heap)
            if not supply.open[unit]:
                continue
            if supply.open[control]:
                chosen[unit].append(control)
                supply.take(unit, control)
                continue
            control, distance = seeker.nearest(unit, chosen[unit])
            if control == NONE:
                supply.close(unit)
                continue
            key = (-distance, next(later)) if farthest else (distance, -next(later))
            heappush(heap, (*key, unit, control))
    return chosen


def _first_pairs(
    seeker: Seeker, supply: Supply, chosen: dict[int, list[int]], sign: float
) -> list[tuple[float, int, int, int]]:
    """Return a heap of the best pair of each open unit: distance, place among equals, unit, control."""
    heap: list[tuple[float, int, int, int]] = []
    for block in _blocks([unit for unit in chosen if supply.open[unit]]):
        seeker.look_ahead(block, keep=True)
        for unit in block:
            control, distance = seeker.nearest(unit, chosen[unit])
            if control == NONE:
                supply.close(unit)
            else:
                heap.append((sign * distance, len(heap), unit, control))
    heapify(heap)
    return heap


def _blocks(units: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(units), BLOCK):
        yield units[start : start + BLOCK]


def _rows_by_code(codes: IntArray) -> list[IntArray]:
    """Return the rows of each code 0, 1, ..."""
    by_code = np.argsort(codes, kind="stable")
    return np.split(by_code, np.cumsum(np.bincount(codes))[:-1])
