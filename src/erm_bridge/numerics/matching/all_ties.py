"""All partners that are as near as the last one taken."""

import numpy as np

from erm_bridge.errors import InputError
from erm_bridge.numerics import FloatArray, IntArray
from erm_bridge.numerics.matching.limits import Limits
from erm_bridge.numerics.matching.line import Line
from erm_bridge.numerics.matching.problem import NONE, Problem

# A match matrix of one gigabyte.
MOST_CELLS = 2**27


def all_ties(problem: Problem, line: Line, limits: Limits, found: IntArray) -> IntArray:
    """Add to the nearest partners of each focal unit all that are as far as the last of them.

    Parameters
    ----------
    found : array of int, m x ratio
        Partners by their number in the line, nearest first; -1 where there is none.

    Returns
    -------
    array of int, m x most
        Nearest first, equally near ones in data order.

    Raises
    ------
    InputError
        The result would not fit into memory.

    Notes
    -----
    psmatch2's option `ties`.
    """
    units, partners = tied_pairs(line, limits, farthest(line, found), np.flatnonzero(problem.focal))
    counts = np.bincount(units, minlength=len(found))
    if counts.max(initial=0) * len(found) > MOST_CELLS:
        raise InputError(
            f"ties: all would give a unit {counts.max()} partners, too many for a table of {len(found)} "
            "rows; choose first or matchit, or match on scores with more digits"
        )
    distances = np.abs(line.scores[units] - line.partner_scores[partners])
    order = np.lexsort((line.partner_rows[partners], distances, units))
    matches = np.full((len(found), max(counts.max(initial=0), found.shape[1])), NONE, dtype=np.int64)
    column = np.arange(len(units)) - np.repeat(np.cumsum(counts) - counts, counts)
    matches[units, column] = partners[order]
    return matches


def farthest(line: Line, found: IntArray) -> FloatArray:
    """Return the distance of the last partner of each focal unit; -1 for those without."""
    distances = np.abs(line.scores[:, None] - line.partner_scores[found])
    last: FloatArray = np.max(distances, axis=1, initial=-1.0, where=found != NONE)
    return last


def tied_pairs(line: Line, limits: Limits, radius: FloatArray, rows: IntArray) -> tuple[IntArray, IntArray]:
    """List the allowed pairs within a radius: focal units, ascending, and numbers of their partners.

    `rows`: where in the data the focal units of the line stand.
    """
    first, last = line.reach(radius)
    counts = np.where(radius >= 0, last - first, 0)
    units = np.repeat(np.arange(len(radius)), counts)
    if len(units) > 4 * MOST_CELLS:
        raise InputError(f"ties: {len(units)} pairs are tied, too many; match on scores with more digits")
    partners = np.arange(len(units)) - np.repeat(np.cumsum(counts) - counts - first, counts)
    distances = np.abs(line.scores[units] - line.partner_scores[partners])
    allowed = (distances > limits.least) & limits.allow(rows[units], line.partner_rows[partners])
    return units[allowed], partners[allowed]
