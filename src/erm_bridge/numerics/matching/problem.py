"""What is to be matched, and what a method of matching returns."""

from dataclasses import dataclass

import numpy as np

from erm_bridge.numerics import BoolArray, FloatArray, IntArray
from erm_bridge.options import Estimand, MatchingOrder, TieRule

NONE = -1


@dataclass(frozen=True, slots=True)
class Caliper:
    """How far apart the units of a pair may be.

    Attributes
    ----------
    width : float
        Largest difference allowed, in units of `values`; negative: they must differ by at least that much.
    values : array, length n, or None
        The column that it is about; None: the distance itself.
    """

    width: float
    values: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class MeanBalance:
    """How equal the means of chosen groups must be.

    Attributes
    ----------
    columns : array, n x p
        The covariates in the units of the tolerances.
    tolerances : array, length p
        Largest differences of means.
    free_ratio : bool
        The sizes of the groups need not be in the ratio of the problem.
    time_limit : float
        Seconds that one stratum may take.
    """

    columns: FloatArray
    tolerances: FloatArray
    free_ratio: bool = False
    time_limit: float = 60.0


@dataclass(frozen=True, slots=True)
class Problem:
    """Units to be matched; all arrays by row of the frame (n rows).

    Attributes
    ----------
    treated : array of bool, length n
    scores : array, length n, or None
        A distance of one dimension: that of a pair is the absolute difference.
    coordinates : array, n x q, or None
        The distance of a pair is the Euclidean distance of its rows; `scores` then serve calipers and order.
    matrix : array, treated x controls, or None
        Distances as the user gives them; both groups in the order of the frame.
    usable : array of bool, length n, or None
        False for units that are discarded; None: all can be matched.
    estimand : {"ATT", "ATC", "ATE"}
    ratio : int
        How many partners a focal unit may have.
    min_controls, max_controls : number or None
        Fewest and most partners where their number varies around `ratio`; in full matching a fraction such
        as 1/3 for `min_controls` where up to three focal units may share a partner.
    omit_fraction : float
        Share of the other units that may stay out of a full matching.
    replace : bool
    reuse_max : int or None
        How often a partner may be used; None: as `replace` says.
    order : str
        Whose turn comes first.
    ties : str
        Which of equally near partners are taken.
    calipers : tuple of Caliper
    strata : array of int, length n, or None
        Units of a pair must be of one stratum.
    apart : array of int, n x a, or None
        Units of a pair must differ in every one of these columns.
    units : array of int, length n, or None
        Rows of one number are one unit, which is used once.
    balance : MeanBalance or None
        What choosing units for balanced means needs.
    seed : int or None
        Of the order `random`.
    """

    treated: BoolArray
    scores: FloatArray | None = None
    coordinates: FloatArray | None = None
    matrix: FloatArray | None = None
    usable: BoolArray | None = None
    estimand: Estimand = "ATT"
    ratio: int = 1
    min_controls: float | None = None
    max_controls: int | None = None
    omit_fraction: float = 0.0
    replace: bool = False
    reuse_max: int | None = None
    order: MatchingOrder = "largest"
    ties: TieRule = "matchit"
    calipers: tuple[Caliper, ...] = ()
    strata: IntArray | None = None
    apart: IntArray | None = None
    units: IntArray | None = None
    balance: MeanBalance | None = None
    seed: int | None = None

    @property
    def focal(self) -> BoolArray:
        """The units that are given partners: the treated, or the controls for their effect (n)."""
        return ~self.treated if self.estimand == "ATC" else self.treated

    @property
    def distance_caliper(self) -> float | None:
        """The caliper on the distance itself."""
        return next((caliper.width for caliper in self.calipers if caliper.values is None), None)


@dataclass(frozen=True, slots=True)
class Pairing:
    """Who was matched with whom.

    Attributes
    ----------
    weights : array, length n
        0 for units that are not matched.
    matches : array of int, focal x ratio, or None
        Rows of the partners, focal units in the order of the frame; -1 where there is none. None where the
        method makes no pairs.
    subclass : array of int, length n, or None
        Number of the set of each unit from 1, -1 for none; None where partners can be in several sets.
    note : str
        What must be known of the result.
    """

    weights: FloatArray
    matches: IntArray | None = None
    subclass: IntArray | None = None
    note: str = ""

    @property
    def empty(self) -> bool:
        """Whether nobody is matched."""
        return not np.any(self.weights)
