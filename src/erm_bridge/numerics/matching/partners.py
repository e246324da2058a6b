"""Who is given to whom so that the total distance is smallest, on a line or by priced arcs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from erm_bridge.numerics import FloatArray, IntArray
from erm_bridge.numerics.matching.flow import Arcs, Flow, Sizes, cheapest_flow

# Distances held at once while arcs are priced, and as a whole matrix.
BLOCK = 4_000_000
WHOLE_MATRIX = 100_000_000
# Nearest partners offered to each unit before any arc is priced, and arcs added for each unit in a round.
FIRST_OFFER = 8
MORE = 4
# An arc is worth adding if it lowers the cost by more than this share of the largest distance.
WORTH = 1e-10


class Distances(Protocol):
    """Distances between focal units (rows) and others (columns); infinite where a pair is forbidden."""

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of focal units and of others."""

    @property
    def line(self) -> tuple[FloatArray, FloatArray] | None:
        """Places of focal units and others where they lie on a line and every pair is allowed; else None."""

    def block(self, rows: slice) -> FloatArray:
        """Return the distances of some focal units to all others."""


@dataclass(frozen=True)
class Partners:
    """Pairs in arrays: `focal[p]` and `other[p]` number the units of pair `p` within their groups.

    `short`: how many partners are lacking at least, because too many pairs are forbidden.
    """

    focal: IntArray
    other: IntArray
    short: int = 0


def partners_on_a_line(focal: FloatArray, other: FloatArray, sizes: Sizes) -> Partners:
    """Give partners at the smallest total distance where units lie on a line and every pair is allowed.

    Parameters
    ----------
    focal, other : array, length m and k
        Places of the units.
    sizes : Sizes
        Numbers that can be reached: `m * fewest <= k * shared`, for instance.

    Notes
    -----
    The distance of two units is the sum of the gaps between them, so the flow need only run from each place
    to the next: 2(n - 1) arcs instead of m times k. Once it is known how many partners each unit has, pairing
    both sides in ascending order is cheapest.
    """
    places = np.concatenate([focal, other])
    order = np.argsort(places, kind="stable")
    is_focal = order < len(focal)
    step = np.arange(len(places) - 1)
    gap = np.diff(places[order])
    arcs = Arcs(
        np.concatenate([step, step + 1]), np.concatenate([step + 1, step]), np.concatenate([gap, gap])
    )
    times = cheapest_flow(arcs, is_focal, sizes).partners
    pairs = np.column_stack(
        [
            np.repeat(order[is_focal], times[is_focal]),
            np.repeat(order[~is_focal] - len(focal), times[~is_focal]),
        ]
    )
    pairs = np.unique(pairs, axis=0)
    apart = np.abs(focal[pairs[:, 0]] - other[pairs[:, 1]])
    return without_needless(Partners(pairs[:, 0], pairs[:, 1]), apart)


def best_partners(distances: Distances, sizes: Sizes) -> Partners:
    """Give partners at the smallest total distance over all allowed pairs, by the method that suits.

    Parameters
    ----------
    distances : Distances
        Of every focal unit to every other.
    sizes : Sizes

    Returns
    -------
    Partners
        As few partners lacking as the allowed pairs permit, then the smallest total distance.
    """
    if distances.line is not None:
        return partners_on_a_line(*distances.line, sizes)
    n_focal, n_other = distances.shape
    if n_focal * n_other * sizes.fewest <= WHOLE_MATRIX:
        if sizes.most == sizes.fewest and sizes.shared == 1:
            return _assigned(distances.block(slice(n_focal)), sizes.fewest)
        if sizes.most >= n_other and sizes.shared >= n_focal and sizes.covered == n_other:
            return _covering(distances.block(slice(n_focal)))
    return partners_by_pricing(distances, sizes)


def _assigned(matrix: FloatArray, ratio: int) -> Partners:
    """Give each focal unit `ratio` others of its own (linear sum assignment)."""
    from scipy.optimize import linear_sum_assignment

    allowed = np.isfinite(matrix)
    # A forbidden pair costs more than all others together, so that as few as possible are taken.
    largest = float(np.max(matrix, initial=0.0, where=allowed)) or 1.0
    cost = np.where(allowed, matrix, largest * (len(matrix) * ratio + 1))
    unit, other = linear_sum_assignment(np.repeat(cost, ratio, axis=0))
    focal = unit // ratio
    there = allowed[focal, other]
    return Partners(focal[there], other[there], len(matrix) * ratio - int(there.sum()))


def _covering(matrix: FloatArray) -> Partners:
    """Give every unit at least one partner: a cheapest edge cover.

    A pair is worth taking for both its units if it costs less than both nearest partners together; whoever
    is in no such pair takes the nearest (Schrijver 2003, Combinatorial Optimization, section 19.3).
    """
    from scipy.optimize import linear_sum_assignment

    nearest_other, nearest_focal = matrix.argmin(axis=1), matrix.argmin(axis=0)
    of_focal, of_other = matrix.min(axis=1), matrix.min(axis=0)
    reachable = np.isfinite(of_focal), np.isfinite(of_other)
    with np.errstate(invalid="ignore"):
        gain = np.fmin(matrix - of_focal[:, None] - of_other, 0.0)
    focal, other = linear_sum_assignment(gain)
    worth = gain[focal, other] < 0
    focal, other = focal[worth], other[worth]
    alone = [
        np.setdiff1d(np.flatnonzero(there), taken)
        for there, taken in zip(reachable, (focal, other), strict=True)
    ]
    pairs = np.unique(
        np.column_stack(
            [
                np.concatenate([focal, alone[0], nearest_focal[alone[1]]]),
                np.concatenate([other, nearest_other[alone[0]], alone[1]]),
            ]
        ),
        axis=0,
    )
    short = sum(int((~side).sum()) for side in reachable)
    return without_needless(Partners(pairs[:, 0], pairs[:, 1], short), matrix[pairs[:, 0], pairs[:, 1]])


def partners_by_pricing(distances: Distances, sizes: Sizes) -> Partners:
    """Give partners as `best_partners` does, whatever the sizes, holding few of the distances.

    Notes
    -----
    Few pairs are offered at first; then, round by round, those are added whose reduced cost at the current
    dual values is negative. Without such a pair the solution is optimal among all pairs (Ahuja, Magnanti &
    Orlin 1993, Network Flows, section 9.3).
    """
    arcs, largest = _first_offer(distances)
    n_focal, n_other = distances.shape
    focal = np.arange(n_focal + n_other) < n_focal
    # More than a detour over all units can cost.
    lacking = (n_focal + n_other) * (largest or 1.0)
    count = MORE
    while True:
        flow = cheapest_flow(arcs, focal, sizes, lacking)
        more, gain = _cheapest_at(distances, flow, count)
        if gain <= WORTH * largest:
            break
        arcs = _distinct(arcs.joined(more))
        # Whoever is in want of partners cannot be choosy.
        count = 2 * count if flow.short else MORE
    used = flow.through > 0
    found = Partners(arcs.tail[used], arcs.head[used] - n_focal, flow.short)
    return without_needless(found, arcs.cost[used])


def without_needless(partners: Partners, distances: FloatArray) -> Partners:
    """Drop pairs both of whose units have another partner, the farthest first, so that sets become stars."""
    of_focal, of_other = np.bincount(partners.focal), np.bincount(partners.other)
    keep = np.ones(len(partners.focal), dtype=bool)
    doubtful = np.flatnonzero((of_focal[partners.focal] > 1) & (of_other[partners.other] > 1))
    for pair in doubtful[np.argsort(-distances[doubtful], kind="stable")]:
        i, j = partners.focal[pair], partners.other[pair]
        if of_focal[i] > 1 and of_other[j] > 1:
            keep[pair] = False
            of_focal[i] -= 1
            of_other[j] -= 1
    return Partners(partners.focal[keep], partners.other[keep], partners.short)


def blocks(distances: Distances, size: int = BLOCK) -> Iterator[tuple[int, FloatArray]]:
    """Yield about `size` distances at a time, with the number of the first row."""
    n_focal, n_other = distances.shape
    step = max(1, size // max(n_other, 1))
    for start in range(0, n_focal, step):
        yield start, distances.block(slice(start, min(start + step, n_focal)))


def _first_offer(distances: Distances) -> tuple[Arcs, float]:
    """Offer every unit its nearest partners; also find the largest allowed distance."""
    n_focal, n_other = distances.shape
    largest = 0.0
    offers = []
    nearest, by = np.full(n_other, np.inf), np.zeros(n_other, dtype=np.int64)
    for start, block in blocks(distances):
        largest = max(largest, float(np.max(block, initial=0.0, where=np.isfinite(block))))
        offers.append(_smallest(block, FIRST_OFFER, start, n_focal, block))
        row = np.argmin(block, axis=0)
        closest = block[row, np.arange(n_other)]
        nearer = closest < nearest
        nearest[nearer], by[nearer] = closest[nearer], row[nearer] + start
    there = np.flatnonzero(np.isfinite(nearest))
    arcs = Arcs(by[there], there + n_focal, nearest[there])
    for offer in offers:
        arcs = arcs.joined(offer)
    return _distinct(arcs), largest


def _smallest(values: FloatArray, count: int, start: int, n_focal: int, costs: FloatArray) -> Arcs:
    """Take from each row the `count` cells with the smallest finite values, as arcs."""
    count = min(count, values.shape[1])
    columns = np.argpartition(values, count - 1, axis=1)[:, :count]
    rows = np.broadcast_to(np.arange(len(values))[:, None], columns.shape)
    taken = np.isfinite(values[rows, columns])
    rows, columns = rows[taken], columns[taken]
    return Arcs(rows + start, columns + n_focal, costs[rows, columns])


def _cheapest_at(distances: Distances, flow: Flow, count: int) -> tuple[Arcs, float]:
    """Find pairs of small reduced cost, `count` of every focal unit, and how far below 0 the smallest lies.

    Those above 0 are taken along: they are what the next round would ask for.
    """
    n_focal, n_other = distances.shape
    own, theirs = flow.potential[:n_focal], flow.potential[n_focal:]
    arcs = Arcs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    gain = 0.0
    for start, block in blocks(distances):
        reduced = block + theirs
        reduced -= own[start : start + len(block), None]
        gain = max(gain, -float(reduced.min(initial=0.0)))
        arcs = arcs.joined(_smallest(reduced, count, start, n_focal, block))
        row = np.argmin(reduced, axis=0)
        column = np.flatnonzero(reduced[row, np.arange(n_other)] < 0)
        arcs = arcs.joined(Arcs(row[column] + start, column + n_focal, block[row[column], column]))
    return arcs, gain


def _distinct(arcs: Arcs) -> Arcs:
    """Drop arcs that occur twice."""
    _, first = np.unique(np.column_stack([arcs.tail, arcs.head]), axis=0, return_index=True)
    return Arcs(arcs.tail[first], arcs.head[first], arcs.cost[first])
