"""Nearest controls in the space of the covariates, found in a k-d tree.

The tree only proposes. Every distance that decides is computed again, the squares summed in the order
of the columns, so that equal distances are equal here exactly where they are in MatchIt.
"""

from collections.abc import Sequence

import numpy as np

from erm_bridge.numerics import FloatArray, IntArray
from erm_bridge.numerics.matching.choosing import BLOCK, Supply
from erm_bridge.numerics.matching.pair_rules import PairRules, Window
from erm_bridge.numerics.matching.problem import NONE
from erm_bridge.numerics.matching.rankings import Points, Ranking, ranking_of, squared_distances

# Points asked for at first, and how many times as many when they were not enough.
FIRST_POINTS, GROWTH = 8, 8
# Under conditions on pairs, look at every control allowed rather than at more points than this.
POINTS_UNDER_RULES = 128
# Of all the controls a unit can have, rank so many at a time.
KEPT_ROWS = 256
# Build the tree anew when fewer of its controls than this are left.
KEPT_SHARE = 0.7
# The tree adds squares in another order: relative error of a squared distance, with room to spare.
_ROUNDING = 1e-12


class Neighbours:
    """Open controls around units, nearest first.

    Parameters
    ----------
    coordinates : array, n x q
        Finite; the distance of a pair is the Euclidean distance of its rows.
    controls : array of int
        Rows of all controls.
    supply : Supply
        Says which of them are open.
    rules : PairRules
        Pairs that are allowed.

    Notes
    -----
    Equal distances: MatchIt puts all units in a line by the first coordinate, equal ones in data order,
    and walks outward from a unit's own place, a step to the left, a step to the right and so on. Of
    equally near controls it keeps the one found last.
    """

    def __init__(self, coordinates: FloatArray, controls: IntArray, supply: Supply, rules: PairRules) -> None:
        self._coordinates, self._controls = coordinates, controls
        self._supply, self._rules = supply, rules
        self._place = np.empty(len(coordinates), dtype=np.int64)
        self._place[np.argsort(coordinates[:, 0], kind="stable")] = np.arange(len(coordinates))
        self._rankings: dict[int, Ranking] = {}
        self._window: Window | None = None
        self._plant()

    def look_ahead(self, units: Sequence[int], *, keep: bool = False) -> None:
        """Rank the points around several units at once; `keep` what is known of others."""
        self._rankings = {**(self._rankings if keep else {}), **self._ranked(units, FIRST_POINTS)}

    def nearest(self, unit: int, barred: Sequence[int]) -> tuple[int, float]:
        """Return the nearest open control that is allowed and not barred, and its squared distance.

        What a unit cannot have once is not looked at again: its `barred` may only grow.
        """
        ranking = self._rankings[unit]
        while True:
            while ranking.next < len(ranking.points):
                tied = ranking.tied()
                control = ranking.held.alone[tied[0]] if ranking.checked and len(tied) == 1 else NONE
                if control == NONE:
                    found = self._open_at(unit, ranking, tied, barred)
                    control = int(found[np.argmax(self._steps(unit, found))]) if len(found) else NONE
                elif not self._supply.open[control] or control in barred:
                    control = NONE
                if control != NONE:
                    return control, ranking.squares[ranking.next]
                ranking.next += len(tied)
            if ranking.complete:
                return NONE, np.inf
            ranking = self._rankings[unit] = self._longer(unit, ranking, barred)

    def nearest_of_all(self, units: Sequence[int], wanted: IntArray) -> dict[int, list[int]]:
        """Return the nearest open controls of each unit, up to `wanted[unit]`, nearest first."""
        chosen: dict[int, list[int]] = {}
        for start in range(0, len(units), BLOCK):
            block = units[start : start + BLOCK]
            self._rankings = self._ranked(block, int(wanted[block].max()) + 1)
            for unit in block:
                chosen[unit] = self._several(unit, int(wanted[unit]))
        self._rankings = {}
        return chosen

    def _several(self, unit: int, wanted: int) -> list[int]:
        """Return up to `wanted` controls, nearest first."""
        chosen: list[int] = []
        ranking = self._rankings[unit]
        while len(chosen) < wanted:
            if ranking.next < len(ranking.points):
                tied = ranking.tied()
                found = self._open_at(unit, ranking, tied, chosen)
                chosen += found[np.argsort(-self._steps(unit, found))].tolist()
                ranking.next += len(tied)
            elif ranking.complete:
                break
            else:
                ranking = self._longer(unit, ranking, chosen)
        return chosen[:wanted]

    def _open_at(self, unit: int, ranking: Ranking, points: list[int], barred: Sequence[int]) -> IntArray:
        """Return the controls at some points that the unit can have."""
        held = ranking.held
        rows = held.at([point for point in points if point not in held.used_up])
        rows = rows[self._supply.open[rows]]
        if not len(rows):
            held.used_up.update(points)
        if not ranking.checked:
            rows = rows[self._rules.allow(unit, rows)]
        for row in barred:
            rows = rows[rows != row]
        return rows

    def _steps(self, unit: int, rows: IntArray) -> IntArray:
        """Return at which step of the walk outward from the unit's own place each control is found."""
        away = self._place[rows] - self._place[unit]
        # A step to the right comes after the step to the left that leads as far.
        steps: IntArray = 2 * np.abs(away) + (away > 0)
        return steps

    def _plant(self) -> None:
        """Build the tree over the distinct points of the open controls."""
        from scipy.spatial import cKDTree

        rows = self._controls[self._supply.open[self._controls]]
        columns = self._coordinates[rows].T
        rows = rows[np.lexsort(columns[::-1])]
        points = self._coordinates[rows]
        starts = np.ones(len(rows), dtype=np.bool_)
        starts[1:] = (points[1:] != points[:-1]).any(axis=1)
        self._planted = len(rows)
        self._points = Points.of(rows, np.append(np.flatnonzero(starts), len(rows)))
        self._tree = cKDTree(points[starts])

    def _ranked(self, units: Sequence[int], asked: int) -> dict[int, Ranking]:
        """Ask the tree for the points around some units."""
        if self._supply.n_controls == 0:
            return {unit: Ranking(self._points, [], [], True, asked, True) for unit in units}
        if self._supply.n_controls < KEPT_SHARE * self._planted:
            self._plant()
        own: FloatArray = self._coordinates[np.asarray(units)]
        asked = min(asked, self._tree.n)
        far, found = map(np.asarray, self._tree.query(own, k=np.arange(1, asked + 1)))
        squares = squared_distances(own[:, None], self._tree.data[found])
        ranking = np.argsort(squares, axis=1)
        squares = np.take_along_axis(squares, ranking, axis=1)
        found = np.take_along_axis(found, ranking, axis=1)
        complete = asked == self._tree.n
        sure = np.full(len(own), np.inf) if complete else far[:, -1] ** 2 * (1 - _ROUNDING)
        known = (squares < sure[:, None]).sum(axis=1)
        rankings = {
            unit: Ranking(
                self._points, points[:length], square[:length], complete, asked, not self._rules.any
            )
            for unit, points, square, length in zip(
                units, found.tolist(), squares.tolist(), known.tolist(), strict=True
            )
        }
        if self._rules.any:
            return {unit: self._checked(unit, ranking) for unit, ranking in rankings.items()}
        return rankings

    def _checked(self, unit: int, ranking: Ranking) -> Ranking:
        """Leave only controls with which a pair is allowed, unless there are very many at these points."""
        if not ranking.points:
            return ranking
        points = np.array(ranking.points)
        sizes = ranking.held.first[points + 1] - ranking.held.first[points]
        if sizes.sum() > KEPT_ROWS:
            return ranking
        rows = ranking.held.at(ranking.points)
        keep = self._supply.open[rows] & self._rules.allow(unit, rows)
        squares = np.repeat(ranking.squares, sizes)[keep]
        return ranking_of(rows[keep], squares, complete=ranking.complete, asked=ranking.asked)

    def _longer(self, unit: int, ranking: Ranking, barred: Sequence[int]) -> Ranking:
        """Rank more points around a unit; where that would not do, all the controls it can have."""
        asked = ranking.asked * GROWTH
        if asked > (POINTS_UNDER_RULES if self._rules.any else self._tree.n // GROWTH):
            return self._allowed(unit, barred)
        return self._ranked([unit], asked)[unit]

    def _allowed(self, unit: int, barred: Sequence[int]) -> Ranking:
        """Rank the nearest of all controls that a unit can have."""
        if self._window is None:
            self._window = Window(self._rules, self._controls)
        rows = self._window.around(unit)
        rows = rows[self._supply.open[rows]]
        rows = rows[self._rules.allow(unit, rows) & ~np.isin(rows, barred)]
        squares = squared_distances(self._coordinates[unit], self._coordinates[rows])
        complete = len(rows) <= KEPT_ROWS
        if not complete:
            edge = np.partition(squares, KEPT_ROWS)[KEPT_ROWS]
            # As many as are tied at the edge: none of them may be left out.
            rows, squares = rows[squares <= edge], squares[squares <= edge]
        order = np.argsort(squares)
        return ranking_of(rows[order], squares[order], complete=complete, asked=self._tree.n)
