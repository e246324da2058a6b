"""Flows of smallest cost between two groups of units: the common core of optimal and full matching."""

from dataclasses import dataclass, field

import numpy as np

from erm_bridge.errors import EngineError
from erm_bridge.numerics import BoolArray, FloatArray, IntArray

# HiGHS stops at reduced costs above minus this; costs are scaled to 1 at most.
DUAL_TOLERANCE = 1e-10
# How far a solution at a corner may lie from whole numbers by rounding.
WHOLE = 1e-6


@dataclass(frozen=True)
class Sizes:
    """How many partners units may have.

    Attributes
    ----------
    fewest, most : int
        Partners of one focal unit; `most` at least 1.
    shared : int
        Focal units that may have one other unit as partner.
    covered : int
        How many of the other units have a partner, at least.
    """

    fewest: int
    most: int
    shared: int = 1
    covered: int = 0


@dataclass(frozen=True)
class Arcs:
    """Ways from node `tail` to node `head`, numbered from 0, each with the cost of one unit of flow."""

    tail: IntArray
    head: IntArray
    cost: FloatArray

    def joined(self, more: "Arcs") -> "Arcs":
        """Return these arcs and more."""
        sides = ((getattr(self, name), getattr(more, name)) for name in ("tail", "head", "cost"))
        return Arcs(*(np.concatenate(side) for side in sides))


@dataclass(frozen=True)
class Flow:
    """A flow of smallest cost.

    Attributes
    ----------
    partners : array of int
        For each node how many partners it has, those that it lacks included.
    through : array of int
        Flow of each arc.
    potential : array
        Dual of each node: an arc from `i` to `j` that was not offered can lower the cost only if its own is
        smaller than `potential[i] - potential[j]`.
    short : int
        How many partners are lacking at least, because the arcs allow no more.
    """

    partners: IntArray
    through: IntArray
    potential: FloatArray
    short: int


def cheapest_flow(arcs: Arcs, focal: BoolArray, sizes: Sizes, lacking: float | None = None) -> Flow:
    """Find the cheapest flow from focal nodes to the others that gives each as many partners as it must have.

    Parameters
    ----------
    arcs : Arcs
        Costs are not negative.
    focal : array of bool, one per node
    sizes : Sizes
    lacking : float, optional
        Cost of a partner that cannot be had; None: all can.

    Returns
    -------
    Flow

    Raises
    ------
    EngineError
        The solver found no solution.

    Notes
    -----
    A linear programme over a network matrix, whose corners are whole numbers (Hansen & Klopfer 2006, Journal
    of Computational and Graphical Statistics 15, 609-627, section 3); HiGHS's dual simplex ends at a corner.
    One row per node says that what leaves it less what arrives is its number of partners (of another node:
    minus that number), and one row counts the other nodes that have a partner.
    """
    focals, others = np.flatnonzero(focal), np.flatnonzero(~focal)
    counted = len(focal)
    scale = max(float(arcs.cost.max(initial=0.0)), lacking or 0.0) or 1.0
    programme = _Programme()
    along = programme.add(arcs.tail, 1, arcs.head, cost=arcs.cost / scale)
    given = programme.add(focals, -1, low=sizes.fewest, high=sizes.most)
    first = programme.add(others, 1, np.full(len(others), counted), high=1)
    further = programme.add(others, 1, high=sizes.shared - 1)
    programme.add(np.array([counted]), 1, high=len(others) - sizes.covered)
    if lacking is None:
        missed = []
    else:
        cost = np.array(lacking / scale)
        missed = [
            programme.add(focals, 1, cost=cost, high=sizes.fewest),
            programme.add(np.array([counted]), -1, cost=cost, high=sizes.covered),
        ]
    balance = np.append(np.zeros(counted), -sizes.covered)
    whole, potential = programme.solve(balance)
    partners = np.zeros(counted, dtype=np.int64)
    partners[focals] = whole[given]
    partners[others] = whole[first] + whole[further]
    short = sum(int(whole[part].sum()) for part in missed)
    return Flow(partners, whole[along], potential[:-1] * scale, short)


@dataclass
class _Programme:
    """A linear programme whose columns have one or two entries, of opposite signs."""

    rows: list[IntArray] = field(default_factory=list)
    columns: list[IntArray] = field(default_factory=list)
    entries: list[FloatArray] = field(default_factory=list)
    costs: list[FloatArray] = field(default_factory=list)
    bounds: list[FloatArray] = field(default_factory=list)
    width: int = 0

    def add(
        self,
        rows: IntArray,
        sign: int,
        opposite: IntArray | None = None,
        *,
        cost: FloatArray | float = 0.0,
        low: float = 0.0,
        high: float = np.inf,
    ) -> slice:
        """Add a column for each of some rows and say where they stand."""
        size = len(rows)
        place = np.arange(self.width, self.width + size)
        for at, value in ((rows, sign), (opposite, -sign)):
            if at is not None:
                self.rows.append(at)
                self.columns.append(place)
                self.entries.append(np.full(size, float(value)))
        self.costs.append(np.broadcast_to(np.asarray(cost, dtype=np.float64), size))
        self.bounds.append(np.broadcast_to(np.array([low, high], dtype=np.float64), (size, 2)))
        self.width += size
        return slice(self.width - size, self.width)

    def solve(self, balance: FloatArray) -> tuple[IntArray, FloatArray]:
        """Return the cheapest corner at which the rows add up to `balance`, and the rows' dual values."""
        from scipy.optimize import linprog
        from scipy.sparse import coo_array

        places = (np.concatenate(self.rows), np.concatenate(self.columns))
        matrix = coo_array((np.concatenate(self.entries), places), (len(balance), self.width))
        # The stubs know no sparse matrices.
        result = linprog(  # type: ignore[call-overload]
            np.concatenate(self.costs),
            A_eq=matrix.tocsc(),
            b_eq=balance,
            bounds=np.vstack(self.bounds),
            method="highs-ds",
            options={"dual_feasibility_tolerance": DUAL_TOLERANCE},
        )
        if result.status != 0:
            raise EngineError(f"python: the solver found no matching: {result.message}")
        whole = np.round(result.x)
        if np.abs(whole - result.x).max() > WHOLE:
            raise EngineError("python: the solver did not end at whole numbers")
        return whole.astype(np.int64), np.asarray(result.eqlin.marginals)
