"""Properties that every match must have, whichever engine made it."""

from typing import NoReturn

import numpy as np

from erm_bridge.errors import EngineError
from erm_bridge.numerics import BoolArray, FloatArray, IntArray
from erm_bridge.numerics.matching.limits import Limits
from erm_bridge.numerics.matching.problem import Pairing, Problem
from erm_bridge.numerics.matching.rankings import squared_distances
from erm_bridge.numerics.matching.turns import reuse_limit, wanted_partners
from erm_bridge.numerics.matching.weights import matching_weights
from erm_bridge.numerics.sorting import ascending_order

WEIGHT_TOLERANCE = 1e-10
# Where every pair has to be looked at, so many are; a million rows have too many.
PAIRS_LOOKED_AT = 20_000_000
BLOCK_CELLS = 2**20
BLOCK_UNITS = 2**13


def check_match(problem: Problem, pairing: Pairing, engine: str) -> None:
    """Raise if a match of nearest neighbours breaks one of its promises.

    Checked: partners are of the other group, usable and of the same stratum; none occurs twice for one unit;
    none is used more often than allowed; nobody has more partners than wanted; every distance, recomputed,
    keeps to the calipers; nobody has a partner when a nearer one was to be had, nor lacks one that was to be
    had; weights follow from the pairs.

    Parameters
    ----------
    problem : Problem
    pairing : Pairing
        With `matches`.
    engine : str
        Name for the message, with the version where there is one.

    Raises
    ------
    EngineError
        Naming the engine, the broken promise and the first row that shows it.
    """
    assert pairing.matches is not None
    rows, matches = np.flatnonzero(problem.focal), pairing.matches
    report = _Report(engine, rows, "control" if problem.estimand == "ATC" else "treated")
    wanted = wanted_partners(problem)
    _check_shape(matches, len(rows), int(wanted.max()), problem.ties == "all", engine)
    _check_partners(problem, matches, report)
    if problem.ties != "all":
        report.refuse(np.count_nonzero(matches >= 0, axis=1) > wanted, "has more partners than wanted")
    # A matrix has no distance for row -1, which stands for nobody.
    somebody = matches if problem.matrix is None else np.where(matches < 0, np.argmin(problem.focal), matches)
    distances = pair_distances(problem, rows[:, None], somebody)
    distances[matches < 0] = np.inf
    _check_limits(problem, matches, distances, report)
    _check_nearest(problem, matches, distances, wanted, report)
    _check_weights(pairing.weights, matching_weights(matches, problem.focal), engine)


def pair_distances(problem: Problem, rows: IntArray, partners: IntArray) -> FloatArray:
    """Return the distances of pairs, from two arrays of rows that can be broadcast to one shape."""
    if problem.matrix is not None:
        number = np.where(problem.treated, np.cumsum(problem.treated), np.cumsum(~problem.treated)) - 1
        one, two = (partners, rows) if problem.estimand == "ATC" else (rows, partners)
        given: FloatArray = problem.matrix[number[one], number[two]]
        return given
    if problem.coordinates is not None:
        return np.sqrt(squared_distances(problem.coordinates[rows], problem.coordinates[partners]))
    assert problem.scores is not None
    return np.abs(problem.scores[rows] - problem.scores[partners])


class _Report:
    """Turns the first true cell of a check into an error."""

    def __init__(self, engine: str, rows: IntArray, group: str) -> None:
        self._engine, self._rows, self._group = engine, rows, group

    def refuse(self, broken: BoolArray, what: str) -> None:
        if broken.any():
            self._fail(int(np.argmax(broken if broken.ndim == 1 else broken.any(axis=1))), what)

    def _fail(self, unit: int, what: str) -> NoReturn:
        row = f"{self._group} row {self._rows[unit] + 1}"
        raise EngineError(f"{self._engine}: matching went wrong: {row} {what}")


def _check_shape(matches: IntArray, units: int, ratio: int, open_ended: bool, engine: str) -> None:
    columns = max(ratio, matches.shape[1]) if open_ended else ratio
    if matches.shape != (units, columns):
        raise EngineError(f"{engine}: the matches are {matches.shape}, must be {(units, columns)}")


def _check_partners(problem: Problem, matches: IntArray, report: _Report) -> None:
    """Refuse partners that cannot be, or not so often."""
    focal, n = problem.focal, len(problem.treated)
    paired = matches >= 0
    report.refuse(matches >= n, "is matched with a row that does not exist")
    report.refuse(paired & focal[matches], "is matched with a unit of its own group")
    if problem.usable is not None:
        report.refuse(paired & ~problem.usable[matches], "is matched with a row that was discarded")
        report.refuse(paired.any(axis=1) & ~problem.usable[focal], "is matched although it was discarded")
    if matches.shape[1] > 1:
        ordered = np.sort(matches, axis=1)
        twice = (ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] >= 0)
        report.refuse(twice, "has the same partner twice")
    reuse = reuse_limit(problem)
    if reuse >= len(matches):
        return
    who = np.arange(n) if problem.units is None else np.unique(problem.units, return_inverse=True)[1]
    times = np.bincount(who[matches[paired]], minlength=n)
    shown = "shares a partner with another unit" if reuse == 1 else "has a partner that is used too often"
    report.refuse(paired & (times[who[matches]] > reuse), shown)


def _check_limits(problem: Problem, matches: IntArray, distances: FloatArray, report: _Report) -> None:
    """Refuse pairs that are too far apart, too near, or of different strata."""
    rows, paired = np.flatnonzero(problem.focal)[:, None], matches >= 0
    limits = Limits.of(problem)
    report.refuse(paired & (distances > limits.most), f"has a match beyond the caliper {limits.most}")
    report.refuse(paired & (distances <= limits.least), f"has a match nearer than {limits.least}")
    if problem.strata is not None:
        other = problem.strata[rows] != problem.strata[matches]
        report.refuse(paired & other, "is matched with a row of another stratum")
    if limits.on_columns:
        allowed = limits.allow(np.broadcast_to(rows, matches.shape), matches)
        report.refuse(paired & ~allowed, "has a match that a caliper or antiexact forbids")


def _check_nearest(
    problem: Problem, matches: IntArray, distances: FloatArray, wanted: IntArray, report: _Report
) -> None:
    """Refuse that a partner who was to be had is passed over.

    To be had is whoever can still be used at the end, because then it could be used all the time.
    """
    paired = matches >= 0
    times = np.bincount(matches[paired], minlength=len(problem.treated))
    reuse = reuse_limit(problem)
    spare = ~problem.focal & (times < reuse)
    if problem.usable is not None:
        spare &= problem.usable
    withdrawn = problem.units is not None and reuse < len(matches)
    if withdrawn or not spare.any():
        return
    # Within this distance nobody may be left over.
    within = np.where(paired, distances, 0.0).max(axis=1, initial=0.0)
    within[np.count_nonzero(paired, axis=1) < wanted] = np.inf
    if problem.usable is not None:
        within[~problem.usable[problem.focal]] = -1.0
    plain = problem.scores is not None and problem.coordinates is None and problem.matrix is None
    limits = Limits.of(problem)
    every, once = reuse >= len(matches), reuse == 1
    if (every or once) and plain and problem.strata is None and not limits.on_columns and limits.least < 0:
        assert problem.scores is not None
        own, others = problem.scores[problem.focal], problem.scores[spare]
        # A partner at the caliper itself was to be had.
        bound = np.minimum(within, np.nextafter(limits.most, np.inf))
        passed_over = _passed_over_in_line(own, others, distances, bound, every)
    else:
        passed_over = _passed_over(problem, limits, matches, np.flatnonzero(spare), within)
    report.refuse(passed_over, "does not have the nearest partners")


def _passed_over_in_line(
    own: FloatArray, others: FloatArray, distances: FloatArray, within: FloatArray, among: bool
) -> BoolArray:
    """Tell who has more of `others` nearer than `within` than partners at `distances`.

    `among`: the partners are among the others. The nearest ones of a score lie next to it.
    """
    ascending = np.sort(others)
    width = min(distances.shape[1] + 1 if among else 1, len(others))
    fences = np.full(width, np.inf)
    fenced = np.concatenate([-fences, ascending, fences])
    # In order and in blocks, what is looked up stays near in memory.
    order, own = ascending_order(own)
    gaps, within = np.searchsorted(ascending, own) + width, within[order]
    there = np.zeros(len(own), dtype=np.int64)
    for start in range(0, len(own), BLOCK_UNITS):
        block = slice(start, start + BLOCK_UNITS)
        for step in range(width):
            there[block] += own[block] - fenced[gaps[block] - 1 - step] < within[block]
            there[block] += fenced[gaps[block] + step] - own[block] < within[block]
    broken = np.empty(len(own), dtype=np.bool_)
    found = np.count_nonzero(distances[order] < within[:, None], axis=1) if among else 0
    broken[order] = there > found
    return broken


def _passed_over(
    problem: Problem, limits: Limits, matches: IntArray, spare: IntArray, within: FloatArray
) -> BoolArray:
    """Tell which focal units have a spare partner nearer than `within`, by looking at all pairs."""
    rows = np.flatnonzero(problem.focal)
    broken = np.zeros(len(rows), dtype=np.bool_)
    height = max(1, BLOCK_CELLS // len(spare))
    for start in range(0, min(len(rows), max(1, PAIRS_LOOKED_AT // len(spare))), height):
        block = slice(start, start + height)
        one, two = np.broadcast_arrays(rows[block, None], spare)
        distances = pair_distances(problem, one, two)
        missed = (distances < within[block, None]) & (distances <= limits.most) & (distances > limits.least)
        missed &= limits.allow(one, two)
        if problem.strata is not None:
            missed &= problem.strata[one] == problem.strata[two]
        unit, at = np.nonzero(missed)
        new = ~(matches[start + unit] == spare[at, None]).any(axis=1)
        broken[start + unit[new]] = True
    return broken


def _check_weights(weights: FloatArray, expected: FloatArray, engine: str) -> None:
    if np.array_equal(weights, expected):
        return
    wrong = ~(np.abs(weights - expected) <= WEIGHT_TOLERANCE * np.maximum(expected, 1))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise EngineError(
            f"{engine}: the weight of row {row + 1} is {weights[row]}, its matches give {expected[row]}"
        )
