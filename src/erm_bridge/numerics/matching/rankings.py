"""Controls around a unit in the order of their distance; those at one point belong together."""

from dataclasses import dataclass, field

import numpy as np

from erm_bridge.numerics import FloatArray, IntArray
from erm_bridge.numerics.matching.problem import NONE


@dataclass(frozen=True, slots=True)
class Points:
    """Distinct points and the controls at each: those of point i are `rows[first[i] : first[i + 1]]`.

    `alone[i]` is the row of the only control at point i, -1 where there are several; all controls of the
    points in `used_up` are closed.
    """

    rows: IntArray
    first: IntArray
    alone: list[int]
    used_up: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, rows: IntArray, first: IntArray) -> "Points":
        """Take the controls point by point, and where each point begins, with the end."""
        alone = np.where(np.diff(first) == 1, rows[first[:-1]], NONE)
        return cls(rows, first, alone.tolist())

    def at(self, points: list[int]) -> IntArray:
        """Return the controls at some points."""
        parts = [self.rows[self.first[point] : self.first[point + 1]] for point in points]
        return np.concatenate(parts) if parts else self.rows[:0]


@dataclass(slots=True)
class Ranking:
    """Points around a unit by squared distance.

    Attributes
    ----------
    held : Points
    points : list of int
    squares : list of float
        Squared distances, below the smallest at which a point may be missing.
    complete : bool
        Whether no point is missing at all.
    asked : int
        How many points were asked for.
    checked : bool
        Whether only controls are left with which a pair is allowed.
    next : int
        Where the search goes on: nothing before can be had any more.
    """

    held: Points
    points: list[int]
    squares: list[float]
    complete: bool
    asked: int
    checked: bool
    next: int = 0

    def tied(self) -> list[int]:
        """Return the next points, all at the same distance."""
        end = self.next + 1
        while end < len(self.squares) and self.squares[end] == self.squares[self.next]:
            end += 1
        return self.points[self.next : end]


def ranking_of(rows: IntArray, squares: FloatArray, *, complete: bool, asked: int) -> Ranking:
    """Return a ranking in which each control is a point of its own."""
    points = Points.of(rows, np.arange(len(rows) + 1))
    return Ranking(points, list(range(len(rows))), squares.tolist(), complete, asked, True)


def squared_distances(one: FloatArray, other: FloatArray) -> FloatArray:
    """Return squared Euclidean distances along the last axis, the squares summed from first to last."""
    total: FloatArray = np.zeros(np.broadcast_shapes(one.shape, other.shape)[:-1])
    for column in range(one.shape[-1]):
        gap = one[..., column] - other[..., column]
        total += gap * gap
    return total
