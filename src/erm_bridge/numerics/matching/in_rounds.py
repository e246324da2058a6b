"""Nearest partners where those who were chosen are no longer there for others."""

import numpy as np

from erm_bridge.numerics import IntArray
from erm_bridge.numerics.matching import compiled, loops
from erm_bridge.numerics.matching.limits import Limits
from erm_bridge.numerics.matching.line import Line
from erm_bridge.numerics.matching.problem import Problem
from erm_bridge.numerics.matching.searching import search_of, start_of
from erm_bridge.numerics.matching.turns import turns


def in_rounds(problem: Problem, line: Line, limits: Limits, wanted: IntArray, reuse: int) -> IntArray:
    """Let the focal units choose one partner each, everyone a first before anyone a second.

    Returns
    -------
    array of int, m x max(wanted)
        Partners by their number in the line; -1 where there is none.
    """
    units = np.arange(len(wanted))
    stable = problem.ties == "first"
    search = search_of(problem, line, limits, units, wanted=wanted, reuse=reuse, stable=stable)
    state = start_of(search, int(wanted.max()))
    size = len(problem.treated)
    firsts, lasts = line.places.copy(), line.places.copy()
    if problem.order in ("closest", "farthest") and reuse < len(units):
        picks = np.zeros_like(units)
        sign = 1.0 if problem.order == "closest" else -1.0
        compiled.run(loops, "by_distance", size, search, state, wanted, firsts, lasts, picks, sign)
    else:
        order = units if reuse >= len(units) else turns(problem, line)
        compiled.run(loops, "in_turn", size, search, state, order, wanted, firsts, lasts)
    chosen: IntArray = state.chosen.reshape(len(units), -1) - 1
    return chosen
