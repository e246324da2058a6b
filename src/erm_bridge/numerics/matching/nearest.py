"""Nearest-neighbour matching on a score.

The pairs, and their order among equal distances, are those of MatchIt 4.7.1
(`matchit(method = "nearest", distance = <scores>)` on a platform with GNU's C++ library).

All units are put in a line by score, equal scores in data order. A focal unit looks outward from its own
place, one place to the left, one to the right, and so on; places held by anyone who is no candidate count as
steps. That fixes the order in which equally near partners are found.
"""

import numpy as np

from erm_bridge.numerics import IntArray
from erm_bridge.numerics.matching.all_ties import all_ties
from erm_bridge.numerics.matching.in_rounds import in_rounds
from erm_bridge.numerics.matching.limits import Limits
from erm_bridge.numerics.matching.line import Line
from erm_bridge.numerics.matching.problem import NONE, Problem
from erm_bridge.numerics.matching.turns import reuse_limit, wanted_partners
from erm_bridge.numerics.matching.with_replacement import independently


def nearest(problem: Problem) -> IntArray:
    """Give each focal unit its nearest partners.

    Parameters
    ----------
    problem : Problem
        With finite `scores`; a pair exactly at a caliper is allowed, one exactly at a negative one is not.

    Returns
    -------
    array of int, focal x ratio
        Rows (0-based) of the partners, nearest first; focal units in data order; -1 where there is none.
        With `ties="all"` as many columns as the unit with most partners needs.

    Notes
    -----
    Matching R call: `matchit(..., method = "nearest", distance = scores, ratio =, min.controls =,
    max.controls =, replace =, reuse.max =, m.order =, caliper =, std.caliper = FALSE, exact =,
    antiexact =, unit.id =, estimand =)$match.matrix`.

    With replacement: one sort, then at most `ratio` candidates on each side of each unit. Without: one
    pass over the focal units per round; pointers lead past the partners that are taken.
    """
    assert problem.scores is not None
    line, limits = Line.of(problem, problem.scores), Limits.of(problem)
    wanted, reuse = wanted_partners(problem), reuse_limit(problem)
    # MatchIt lets everyone choose all partners at once where no partner can be used up.
    if reuse < len(wanted) or problem.ties == "first":
        found = in_rounds(problem, line, limits, wanted, reuse)
    else:
        found = independently(problem, line, limits, wanted)
        if problem.ties == "all":
            found = all_ties(problem, line, limits, found)
    return np.where(found == NONE, NONE, line.partner_rows[found])
