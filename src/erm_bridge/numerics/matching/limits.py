"""Which pairs may be: calipers, and columns in which the units of a pair must differ."""

from dataclasses import dataclass, replace

import numpy as np

from erm_bridge.numerics import BoolArray, FloatArray, IntArray
from erm_bridge.numerics.matching.problem import Problem


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on the differences of a pair: more than `least`, at most `most`.

    Attributes
    ----------
    least, most : float
        Of the distance.
    column_least, column_most : array, length q
    columns : array, q x n
        Columns with a caliper.
    codes : array of int, a x n
        Columns in which the units must differ.
    """

    least: float
    most: float
    column_least: FloatArray
    column_most: FloatArray
    columns: FloatArray
    codes: IntArray

    @classmethod
    def of(cls, problem: Problem) -> "Limits":
        """Take the limits of a problem; beside coordinates a caliper on the distance is one on the scores."""
        n = len(problem.treated)
        own = None if problem.coordinates is None else problem.scores
        calipers = [
            replace(caliper, values=own) if caliper.values is None else caliper
            for caliper in problem.calipers
        ]
        apart = np.empty((n, 0), dtype=np.int64) if problem.apart is None else problem.apart
        on_distance = [caliper.width for caliper in calipers if caliper.values is None]
        on_columns = [caliper for caliper in calipers if caliper.values is not None]
        widths = np.array([caliper.width for caliper in on_columns])
        return cls(
            least=max((-width for width in on_distance if width < 0), default=-1.0),
            most=min((width for width in on_distance if width >= 0), default=np.inf),
            column_least=np.where(widths < 0, -widths, -1.0),
            column_most=np.where(widths < 0, np.inf, widths),
            columns=np.array([caliper.values for caliper in on_columns], dtype=np.float64).reshape(-1, n),
            codes=np.ascontiguousarray(apart.T),
        )

    @property
    def on_columns(self) -> bool:
        """Whether the distance alone does not decide which pairs may be."""
        return len(self.columns) + len(self.codes) > 0

    def allow(self, rows: IntArray, partners: IntArray) -> BoolArray:
        """Tell which pairs keep to the limits on columns; two arrays of rows of one shape."""
        allowed = np.ones(rows.shape, dtype=np.bool_)
        for values, least, most in zip(self.columns, self.column_least, self.column_most, strict=True):
            apart = np.abs(values[rows] - values[partners])
            allowed &= (apart > least) & (apart <= most)
        for codes in self.codes:
            allowed &= codes[rows] != codes[partners]
        return allowed
