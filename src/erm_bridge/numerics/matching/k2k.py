"""Pairs within strata: as many treated units as controls, whoever is nearest (k-to-k matching)."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.linalg.lapack import dpstrf

from erm_bridge.numerics import BoolArray, FloatArray, IntArray

NONE = -1
Order = Literal["data", "closest", "farthest"]
# Differences of one unit from m others, m x q, and the units themselves (for canberra and binary).
Metric = Callable[[FloatArray, FloatArray], FloatArray]


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near units are to each other, and who is preferred of those equally near.

    Attributes
    ----------
    coordinates : array, n x q
    metric : function or None
        Distance of the rows of a matrix from one row; None: all are equally near.
    places : array of int, length n, or None
        Places in a line. Of those equally near the one farthest along the line is preferred or, where there
        is no metric, the nearest; on the right or left of the unit, respectively. None: the first row.
    """

    coordinates: FloatArray
    metric: Metric | None
    places: IntArray | None

    def distances(self, unit: int, others: IntArray) -> FloatArray:
        """Return the distances of a unit from others."""
        if self.metric is None:
            return np.zeros(len(others))
        return self.metric(self.coordinates[others], self.coordinates[unit])

    def nearest(self, unit: int, others: IntArray) -> tuple[float, int]:
        """Return the smallest finite distance and who is there; infinite and -1 if there is none."""
        distances = self.distances(unit, others)
        # A distance that is not defined is no distance.
        distances = np.where(np.isfinite(distances), distances, np.inf)
        smallest = float(distances.min(initial=np.inf))
        if smallest == np.inf:
            return smallest, NONE
        tied = others[distances == smallest]
        return smallest, int(tied[np.argmin(self._rank(unit, tied))])

    def _rank(self, unit: int, others: IntArray) -> IntArray:
        if self.places is None:
            return others
        away = self.places[others] - self.places[unit]
        # MatchIt walks outward, left first, and keeps the last of several equally near units by covariates.
        steps: IntArray = np.where(away < 0, -2 * away - 1, 2 * away)
        return steps if self.metric is None else -steps


def nearness_of(
    distance: str, coordinates: FloatArray | None, n: int, power: float | None = None
) -> Nearness:
    """Choose by the name of a distance among n units; `coordinates` (n x q) where it needs any."""
    if distance == "none":
        return without_distance(n)
    assert coordinates is not None
    if distance in METRICS or (distance == "minkowski" and power not in (None, 2)):
        return by_metric(coordinates, distance, power or 2.0)
    return by_coordinates(coordinates)


def turned_as_matchit(columns: FloatArray, coordinates: FloatArray, distance: str) -> FloatArray:
    """Turn coordinates of a Mahalanobis distance so that the first one is that of MatchIt.

    Distances stay as they are; the first coordinate is the line along which one of several equally near
    units is chosen, such as units that are alike.

    Parameters
    ----------
    columns : array, n x p
        What the distance is about; at least one column varies.
    coordinates : array, n x q
        As from `distances.coordinates`.
    distance : {"mahalanobis", "robust_mahalanobis"}

    Notes
    -----
    MatchIt takes the triangular root of the inverse covariance, by Cholesky decomposition with pivots.
    """
    from scipy.stats import rankdata

    varied = columns[:, np.ptp(columns, axis=0) > 0]
    base = rankdata(varied, axis=0) if distance == "robust_mahalanobis" else varied
    base = (base - base.mean(axis=0)) / (1 if distance == "robust_mahalanobis" else base.std(axis=0, ddof=1))
    root = np.linalg.lstsq(base, coordinates - coordinates.mean(axis=0), rcond=None)[0]
    triangle, pivots, rank, _ = dpstrf(root @ root.T)
    triangle = np.triu(triangle)[:rank, np.argsort(pivots)]
    turned: FloatArray = base @ triangle.T
    return turned


def without_distance(n: int) -> Nearness:
    """Take everyone in a stratum as equally near: who is closest in the order of the data is taken."""
    return Nearness(np.zeros((n, 0)), None, np.arange(n))


def by_coordinates(coordinates: FloatArray) -> Nearness:
    """Take the Euclidean distance of the rows of a matrix (n x q); the first column is the line."""
    line = np.argsort(coordinates[:, 0], kind="stable")
    places = np.empty(len(line), dtype=np.int64)
    places[line] = np.arange(len(line))
    return Nearness(coordinates, _squared_euclidean, places)


def by_metric(coordinates: FloatArray, metric: str, power: float = 2.0) -> Nearness:
    """Take a distance of `METRICS` or, with any power above 0, `"minkowski"`."""
    return Nearness(coordinates, _minkowski(power) if metric == "minkowski" else METRICS[metric], None)


def pairs_in_strata(
    strata: IntArray, focal: BoolArray, nearness: Nearness, order: Order = "data"
) -> IntArray:
    """Give each focal unit one partner from its stratum, without replacement.

    Parameters
    ----------
    strata : array of int, length n
        Stratum of each unit, -1 for none.
    focal : array of bool, length n
        Who is given partners: the treated, or the controls (ATC).
    nearness : Nearness
    order : {"data", "closest", "farthest"}
        Who chooses first: by row; who has the nearest partner; who has the farthest nearest partner.

    Returns
    -------
    array of int, focal x 1
        Row of the partner, focal units in data order; -1 for none.

    Notes
    -----
    Matching R call: `matchit(..., method = "cem", k2k = TRUE, k2k.method =, m.order =)$match.matrix`
    (MatchIt 4.7.1).
    """
    partner = np.full(len(focal), NONE, dtype=np.int64)
    by_stratum = np.argsort(strata, kind="stable")
    ends = np.flatnonzero(np.diff(strata[by_stratum])) + 1
    for members in np.split(by_stratum, ends):
        if len(members) and strata[members[0]] >= 0:
            units, others = members[focal[members]], members[~focal[members]]
            if order == "data":
                _in_turn(units, others, nearness, partner)
            else:
                _by_distance(units, others, nearness, partner, farthest=order == "farthest")
    return partner[focal][:, None]


def _in_turn(units: IntArray, others: IntArray, nearness: Nearness, partner: IntArray) -> None:
    for unit in units.tolist():
        partner[unit] = nearness.nearest(unit, others)[1]
        others = others[others != partner[unit]]


def _by_distance(
    units: IntArray, others: IntArray, nearness: Nearness, partner: IntArray, *, farthest: bool
) -> None:
    """Serve the unit whose nearest free partner is the nearest (or farthest) of all, and so on.

    A unit whose partner is taken looks for another and waits again: before those with the same distance or,
    with `farthest`, after them.
    """
    sign = -1 if farthest else 1
    waiting = []
    for place, unit in enumerate(units.tolist()):
        distance, found = nearness.nearest(unit, others)
        waiting.append((sign * distance, place, unit, found))
    heapq.heapify(waiting)
    free = np.zeros(len(partner), dtype=np.bool_)
    free[others] = True
    turn = len(units) if farthest else 0
    while waiting and free[others].any():
        _, _, unit, found = heapq.heappop(waiting)
        if found == NONE:
            continue
        if free[found]:
            partner[unit] = found
            free[found] = False
            continue
        distance, found = nearness.nearest(unit, others[free[others]])
        turn -= sign
        heapq.heappush(waiting, (sign * distance, turn, unit, found))


def _squared_euclidean(others: FloatArray, unit: FloatArray) -> FloatArray:
    """Add the squares column by column: in another order a tie would be none."""
    total = np.zeros(len(others))
    for column, value in zip(others.T, unit, strict=True):
        total += (value - column) ** 2
    return total


def _canberra(others: FloatArray, unit: FloatArray) -> FloatArray:
    """Sum |x - y| / (|x| + |y|) over the columns in which not both are 0, as if there were no others."""
    size = np.abs(others) + np.abs(unit)
    counted = size > 0
    parts = np.divide(np.abs(others - unit), size, out=np.zeros_like(size), where=counted)
    with np.errstate(divide="ignore", invalid="ignore"):
        total: FloatArray = parts.sum(axis=1) / (counted.sum(axis=1) / others.shape[1])
    return total


def _binary(others: FloatArray, unit: FloatArray) -> FloatArray:
    """Share of the columns in which one is 0 among those in which not both are."""
    either = ((others != 0) | (unit != 0)).sum(axis=1)
    one = ((others != 0) != (unit != 0)).sum(axis=1)
    share: FloatArray = np.divide(one, either, out=np.zeros(len(one)), where=either > 0)
    return share


def _minkowski(power: float) -> Metric:
    def metric(others: FloatArray, unit: FloatArray) -> FloatArray:
        total: FloatArray = (np.abs(others - unit) ** power).sum(axis=1) ** (1 / power)
        return total

    return metric


METRICS: dict[str, Metric] = {
    "maximum": lambda others, unit: np.abs(others - unit).max(axis=1),
    "manhattan": lambda others, unit: np.abs(others - unit).sum(axis=1),
    "canberra": _canberra,
    "binary": _binary,
}
