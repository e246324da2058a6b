"""Which units of a part of the problem may be paired."""

import numpy as np

from erm_bridge.numerics import BoolArray, FloatArray, IntArray
from erm_bridge.numerics.matching.limits import Limits

# Wider than any rounding of a difference, for a first choice that is then checked exactly.
_SLACK = 1e-9


class PairRules:
    """Conditions on pairs of units that are numbered anew.

    Parameters
    ----------
    limits : Limits
        Of the whole problem.
    rows : array of int
        Rows of the units in the problem.
    strata : array of int, length n, or None
        Codes, by row of the problem, that must be equal; None where the units are of one stratum.
    """

    def __init__(self, limits: Limits, rows: IntArray, strata: IntArray | None = None) -> None:
        self._limits, self._rows, self._strata = limits, rows, strata
        self.any = limits.on_columns or strata is not None

    def allow(self, unit: int, others: IntArray) -> BoolArray:
        """Tell which of some units a unit may be paired with."""
        partners = self._rows[others]
        own = np.broadcast_to(self._rows[unit], partners.shape)
        allowed = self._limits.allow(own, partners)
        if self._strata is not None:
            allowed &= self._strata[own] == self._strata[partners]
        return allowed

    def bounded(self) -> tuple[FloatArray, float] | None:
        """Return the values of the first column with a largest difference, and that difference."""
        for values, most in zip(self._limits.columns, self._limits.column_most, strict=True):
            if np.isfinite(most):
                return values[self._rows], float(most)
        return None


class Window:
    """The controls that the first caliper leaves for a unit, found by bisection; all without one."""

    def __init__(self, rules: PairRules, controls: IntArray) -> None:
        self._controls = controls
        self._bounded = rules.bounded()
        if self._bounded is not None:
            values = self._bounded[0]
            self._controls = controls[np.argsort(values[controls], kind="stable")]
            self._ascending = values[self._controls]

    def around(self, unit: int) -> IntArray:
        """Return the controls within the caliper of a unit, and perhaps a few at its edge."""
        if self._bounded is None:
            return self._controls
        values, most = self._bounded
        reach = most + _SLACK * (most + abs(values[unit]))
        first, last = np.searchsorted(self._ascending, [values[unit] - reach, values[unit] + reach])
        return self._controls[first : last + 1]
