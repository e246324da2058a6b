"""Everyone in a line by score: where each unit stands and which partners are near it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from erm_bridge.numerics import BoolArray, FloatArray, IntArray
from erm_bridge.numerics.matching.problem import Problem
from erm_bridge.numerics.sorting import ascending_order


@dataclass(frozen=True, slots=True)
class Line:
    """Focal units in data order; their possible partners by stratum, score and data order.

    Everyone has a place in the line by score, equal scores in data order: units that are discarded or
    of another stratum too.

    Attributes
    ----------
    scores : array, length m
        Of the focal units.
    places : array of int, length m
    partner_rows : array of int, length c
        Row in the data.
    partner_scores : array, length c
    partner_places : array of int, length c
    gaps : array of int, length m
        Where the focal unit would stand among the partners.
    begins, ends : array of int, length m
        First partner of its stratum, and the one after the last; the same number where there is none, as for
        a focal unit that is discarded.
    """

    scores: FloatArray
    places: IntArray
    partner_rows: IntArray
    partner_scores: FloatArray
    partner_places: IntArray
    gaps: IntArray
    begins: IntArray
    ends: IntArray

    @classmethod
    def of(cls, problem: Problem, scores: FloatArray) -> "Line":
        """Line up everyone who is to be matched on `scores`, one for each row."""
        order, ascending = ascending_order(scores)
        focal = problem.focal
        usable = np.ones(len(order), np.bool_) if problem.usable is None else problem.usable
        is_focal = focal[order]
        is_partner: BoolArray = ~is_focal & usable[order]
        partner_places = np.flatnonzero(is_partner)
        focal_places = np.flatnonzero(is_focal)
        own = focal_places[np.argsort(order[focal_places])]
        if problem.strata is None:
            gaps: IntArray = np.cumsum(is_partner, dtype=np.int64)[own]
            begins: IntArray = np.zeros_like(gaps)
            ends: IntArray = np.full_like(gaps, len(partner_places))
        else:
            stratum = problem.strata[order[partner_places]].astype(np.int64)
            by_stratum = np.argsort(stratum, kind="stable")
            partner_places, stratum = partner_places[by_stratum], stratum[by_stratum]
            wanted = problem.strata[focal].astype(np.int64)
            # Stratum and place in one number, ascending along the partners.
            gaps = np.searchsorted(stratum * len(order) + partner_places, wanted * len(order) + own)
            begins = np.searchsorted(stratum, wanted)
            ends = np.searchsorted(stratum, wanted, side="right")
        return cls(
            scores=scores[focal],
            places=own,
            partner_rows=order[partner_places],
            partner_scores=ascending[partner_places],
            partner_places=partner_places,
            gaps=gaps,
            begins=np.where(usable[focal], begins, gaps),
            ends=np.where(usable[focal], ends, gaps),
        )

    def part(self, units: IntArray) -> "Line":
        """Take some of the focal units."""
        return replace(
            self,
            scores=self.scores[units],
            places=self.places[units],
            gaps=self.gaps[units],
            begins=self.begins[units],
            ends=self.ends[units],
        )

    def reach(self, radius: FloatArray | float) -> tuple[IntArray, IntArray]:
        """Find the partners within a distance of each focal unit, those at exactly that distance too.

        Parameters
        ----------
        radius : number or array, length m
            Not negative.

        Returns
        -------
        tuple of two arrays of int, length m
            The first partner within the radius and the one after the last. Distances are compared as they
            are computed, rounding included.
        """
        padded = np.append(self.partner_scores, np.inf)
        gaps = np.clip(self.gaps, self.begins, self.ends)
        first = _bisect(lambda at: self.scores - padded[at] <= radius, self.begins, gaps)
        return first, _bisect(lambda at: padded[at] - self.scores > radius, gaps, self.ends)


def _bisect(holds: Callable[[IntArray], BoolArray], low: IntArray, high: IntArray) -> IntArray:
    """Return the first position from `low` on at which `holds` is true; `high` where it never is."""
    while (low < high).any():
        middle = (low + high) // 2
        held = holds(middle)
        low, high = np.where(held | (low == high), low, middle + 1), np.where(held, middle, high)
    return low
