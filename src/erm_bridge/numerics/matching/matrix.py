"""Nearest controls by a given matrix of distances."""

from collections.abc import Sequence

import numpy as np

from erm_bridge.numerics import FloatArray, IntArray
from erm_bridge.numerics.matching.choosing import Supply
from erm_bridge.numerics.matching.pair_rules import PairRules
from erm_bridge.numerics.matching.problem import NONE
from erm_bridge.numerics.matching.ties import partial_sort, sort


class DistanceTable:
    """Open controls by distance, in a table.

    Parameters
    ----------
    distances : array, focal units x controls
        In data order; a pair whose distance is not finite is not allowed.
    units, controls : array of int
        Rows in the data that the table's rows and columns stand for.
    supply : Supply
        Says which controls are open.
    rules : PairRules
        Pairs that are allowed.
    width : float, optional
        Caliper on the distances; negative: they must be larger than its size.

    Notes
    -----
    Equal distances: a unit that chooses one control takes the first in data order. With several at once
    MatchIt leaves the order among equals to `std::partial_sort` and `std::sort`; see `ties`.
    """

    def __init__(
        self,
        distances: FloatArray,
        units: IntArray,
        controls: IntArray,
        supply: Supply,
        rules: PairRules,
        width: float | None = None,
    ) -> None:
        self._controls, self._supply, self._rules = controls, supply, rules
        self._row = {unit: row for row, unit in enumerate(units.tolist())}
        self._distances = distances
        self._width = width

    def look_ahead(self, units: Sequence[int], *, keep: bool = False) -> None:
        """Do nothing: all distances are known."""

    def nearest(self, unit: int, barred: Sequence[int]) -> tuple[int, float]:
        """Return the nearest open control that is allowed and not barred, and its distance."""
        columns, distances = self._allowed(unit, barred)
        if not len(columns):
            return NONE, np.inf
        first = int(np.argmin(distances))
        return int(self._controls[columns[first]]), float(distances[first])

    def nearest_of_all(self, units: Sequence[int], wanted: IntArray) -> dict[int, list[int]]:
        """Return the nearest open controls of each unit, up to `wanted[unit]`, nearest first."""
        chosen = {}
        for unit in units:
            columns, distances = self._allowed(unit, ())
            places = _smallest(distances, int(wanted[unit]))
            chosen[unit] = [int(row) for row in self._controls[columns[places]]]
        return chosen

    def _allowed(self, unit: int, barred: Sequence[int]) -> tuple[IntArray, FloatArray]:
        """Return the columns that a unit can have, and the distances there."""
        own = self._distances[self._row[unit]]
        possible = np.isfinite(own) & self._supply.open[self._controls]
        if self._width is not None:
            possible &= (own <= self._width) if self._width >= 0 else (own > -self._width)
        columns = np.flatnonzero(possible)
        if self._rules.any:
            columns = columns[self._rules.allow(unit, self._controls[columns])]
        if len(barred):
            columns = columns[~np.isin(self._controls[columns], barred)]
        return columns, own[columns]


def _smallest(distances: FloatArray, count: int) -> IntArray:
    """Return the places of the smallest distances in the order of MatchIt's match matrix.

    While exactly `count` are collected, one that is larger than all of them is passed over; from then on
    every one is collected.
    """
    start = min(count, len(distances))
    kept = np.arange(len(distances))
    if len(distances) > count:
        within = np.flatnonzero(distances[count:] <= distances[:count].max())
        kept = np.concatenate([kept[:start], kept[count + within[0] :] if len(within) else kept[:0]])
    keys = distances[kept]
    smallest = np.argsort(keys, kind="stable")[: count + 1]
    if (np.diff(keys[smallest]) > 0).all():
        return kept[smallest[:count]]
    if len(keys) > count:
        return kept[partial_sort(keys.tolist(), count)]
    return kept if (np.diff(keys) >= 0).all() else kept[sort(keys.tolist())]
