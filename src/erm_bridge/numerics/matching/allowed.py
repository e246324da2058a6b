"""Distances of what is to be matched, infinite where a pair is forbidden."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from erm_bridge.numerics import FloatArray, IntArray
from erm_bridge.numerics.matching.problem import Problem


@dataclass(frozen=True)
class AllowedDistances:
    """Distances between some focal rows and some other rows of a problem.

    Attributes
    ----------
    problem : Problem
    focal, other : array of int
        Rows of the frame.
    """

    problem: Problem
    focal: IntArray
    other: IntArray

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of focal and other rows."""
        return len(self.focal), len(self.other)

    @property
    def line(self) -> tuple[FloatArray, FloatArray] | None:
        """Places of focal and other rows where they lie on a line and no pair is forbidden; else None."""
        problem = self.problem
        several = problem.coordinates is not None or problem.matrix is not None
        if several or problem.scores is None or problem.calipers or problem.apart is not None:
            return None
        return problem.scores[self.focal], problem.scores[self.other]

    def block(self, rows: slice) -> FloatArray:
        """Return the distances of some focal rows to all others, infinite where forbidden."""
        problem, focal = self.problem, self.focal[rows]
        distances = between(problem, focal, self.other)
        forbidden = np.zeros(distances.shape, dtype=bool)
        for caliper in problem.calipers:
            values = caliper.values
            apart = distances if values is None else np.abs(values[focal][:, None] - values[self.other])
            forbidden |= apart > caliper.width if caliper.width >= 0 else apart < -caliper.width
        for codes in () if problem.apart is None else problem.apart.T:
            forbidden |= codes[focal][:, None] == codes[self.other]
        return np.where(forbidden, np.inf, distances)


def between(problem: Problem, some: IntArray, others: IntArray) -> FloatArray:
    """Return the distances between rows of both groups, whatever is forbidden."""
    from scipy.spatial.distance import cdist

    if problem.matrix is not None:
        place = np.zeros(len(problem.treated), dtype=np.int64)
        place[problem.treated] = np.arange(problem.treated.sum())
        place[~problem.treated] = np.arange((~problem.treated).sum())
        if len(some) and not problem.treated[some[0]]:
            return np.ascontiguousarray(problem.matrix[np.ix_(place[others], place[some])].T)
        return problem.matrix[np.ix_(place[some], place[others])]
    if problem.coordinates is not None:
        return cdist(problem.coordinates[some], problem.coordinates[others])
    if problem.scores is None:
        raise ValueError("a problem needs scores, coordinates or a matrix of distances")
    return np.abs(problem.scores[some][:, None] - problem.scores[others])


def strata_of(problem: Problem) -> Iterator[AllowedDistances]:
    """Yield for each stratum that has usable rows of both groups the distances between them."""
    for rows in strata_rows(problem):
        focal = problem.focal[rows]
        yield AllowedDistances(problem, rows[focal], rows[~focal])


def strata_rows(problem: Problem) -> Iterator[IntArray]:
    """Yield the usable rows of each stratum that has some of both groups."""
    focal = problem.focal
    usable = np.ones(len(focal), dtype=bool) if problem.usable is None else problem.usable
    if problem.strata is None:
        groups = [np.flatnonzero(usable)]
    else:
        rows = np.flatnonzero(usable)
        order = rows[np.argsort(problem.strata[rows], kind="stable")]
        groups = np.split(order, np.flatnonzero(np.diff(problem.strata[order])) + 1)
    for rows in groups:
        if len(rows) and 0 < focal[rows].sum() < len(rows):
            yield rows
