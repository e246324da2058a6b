"""What the choice among equally near partners can do to the effect: the exact bounds, with replacement."""

from dataclasses import dataclass

import numpy as np

from erm_bridge.numerics import BoolArray, FloatArray, IntArray
from erm_bridge.numerics.matching.all_ties import farthest, tied_pairs
from erm_bridge.numerics.matching.limits import Limits
from erm_bridge.numerics.matching.line import Line
from erm_bridge.numerics.matching.problem import NONE, Problem
from erm_bridge.numerics.matching.turns import wanted_partners
from erm_bridge.numerics.matching.with_replacement import independently

# Pairs looked at together.
BLOCK_PAIRS = 4_000_000


@dataclass(frozen=True, slots=True)
class TieEnvelope:
    """The smallest and the largest effect over all choices among ties, and its expected value."""

    low: float
    high: float
    mean: float


def tie_envelope(problem: Problem, outcome: FloatArray) -> TieEnvelope:
    """Bound the difference of means over every choice among equally near partners.

    With replacement the choices of the focal units do not depend on each other: the effect is smallest where
    each takes, of those who are as near as its last partner, the ones with the outcomes that make it so. The
    expected value is that of a choice in which all of them are equally likely.

    Parameters
    ----------
    problem : Problem
        With `scores` and replacement without limit; somebody has a partner.
    outcome : array, length n
    """
    assert problem.scores is not None
    line, limits = Line.of(problem, problem.scores), Limits.of(problem)
    found = independently(problem, line, limits, wanted_partners(problem))
    counts, radius = (found != NONE).sum(axis=1), farthest(line, found)
    rows = np.flatnonzero(problem.focal)
    matched = counts > 0
    units, same = _alike(line, limits, counts, matched)
    partners = np.empty((len(units), 3))
    for block in _blocks(line, radius, units):
        part = units[block]
        pairs = tied_pairs(line.part(part), limits, radius[part], rows[part])
        partners[block] = _means(line, pairs, part, counts[part], radius[part], outcome)
    low, high, mean = partners[same].mean(axis=0)
    own = float(outcome[rows[matched]].mean())
    if problem.estimand == "ATC":
        return TieEnvelope(low - own, high - own, mean - own)
    return TieEnvelope(own - high, own - low, own - mean)


def _alike(line: Line, limits: Limits, counts: IntArray, matched: BoolArray) -> tuple[IntArray, IntArray]:
    """Pick one of all matched units that face the same choice; and which of those each of them is."""
    units = np.flatnonzero(matched)
    if limits.on_columns:
        return units, np.arange(len(units))
    choice = np.column_stack([line.scores[units], line.begins[units], counts[units]])
    _, first, same = np.unique(choice, axis=0, return_index=True, return_inverse=True)
    return units[first], same.reshape(-1)


def _blocks(line: Line, radius: FloatArray, units: IntArray) -> list[slice]:
    """Cut units into runs that do not have too many pairs together."""
    first, last = line.part(units).reach(radius[units])
    run = np.cumsum(last - first) // BLOCK_PAIRS
    edges = [0, *(np.flatnonzero(np.diff(run)) + 1).tolist(), len(units)]
    return [slice(edges[i], edges[i + 1]) for i in range(len(edges) - 1)]


def _means(
    line: Line,
    pairs: tuple[IntArray, IntArray],
    part: IntArray,
    counts: IntArray,
    radius: FloatArray,
    outcome: FloatArray,
) -> FloatArray:
    """Return the smallest, largest and expected mean outcome of the partners: units x 3."""
    unit, partner = pairs
    values = outcome[line.partner_rows[partner]]
    last = np.abs(line.scores[part][unit] - line.partner_scores[partner]) == radius[unit]
    # Those who are taken in any case first, then those among whom is chosen, by outcome.
    order = np.lexsort((values, last, unit))
    unit, values, last = unit[order], values[order], last[order]
    sure = np.bincount(unit[~last], minlength=len(part))
    tied = np.bincount(unit[last], minlength=len(part))
    place = np.arange(len(unit)) - np.repeat(np.cumsum(sure + tied) - tied, sure + tied)
    chosen = (counts - sure)[unit]

    def mean(weights: FloatArray | BoolArray) -> FloatArray:
        total: FloatArray = np.bincount(unit, weights=weights * values, minlength=len(part)) / counts
        return total

    lowest, highest = place < chosen, (place < 0) | (place >= tied[unit] - chosen)
    return np.column_stack([mean(lowest), mean(highest), mean(np.where(last, chosen / tied[unit], 1.0))])
