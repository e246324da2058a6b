"""The problem of matching that a frame, a distance and options pose, and its solution with every check."""

import pandas as pd

from erm_bridge.engines.python.matches import ENGINE
from erm_bridge.engines.python.matches.distance import Measured
from erm_bridge.errors import InputError
from erm_bridge.numerics import BoolArray, FloatArray
from erm_bridge.numerics.matching import METHODS, Caliper, Pairing, Problem
from erm_bridge.numerics.matching.properties import check_match
from erm_bridge.study.models import Matching


def problem_of(frame: pd.DataFrame, options: Matching, treated: BoolArray, measured: Measured) -> Problem:
    """Put the columns that the options name, and their numbers, into arrays."""
    return problem_on_scores(measured.scores, treated, options)


def problem_on_scores(scores: FloatArray | None, treated: BoolArray, options: Matching) -> Problem:
    """Pose the problem that needs no column of the frame."""
    width = None if scores is None else caliper_width(scores, options)
    return Problem(
        treated=treated,
        scores=scores,
        estimand=options.estimand,
        ratio=options.ratio,
        replace=options.replace,
        order=options.order,
        calipers=() if width is None else (Caliper(width),),
    )


def caliper_width(scores: FloatArray, options: Matching) -> float | None:
    """Return the largest distance allowed in a pair, in units of the score (n scores); None for any.

    The standard deviation is that of all scores, treated and controls, with denominator n - 1. Matching R
    argument: `std.caliper = TRUE` of `MatchIt::matchit()`.
    """
    caliper = options.caliper
    if caliper is None or caliper.unit == "raw":
        return None if caliper is None else caliper.value
    return caliper.value * float(scores.std(ddof=1))


def solve(problem: Problem, options: Matching) -> Pairing:
    """Match, and check what every match must fulfil.

    Raises
    ------
    InputError
        Nobody can be matched.
    EngineError
        The match breaks one of its promises.
    """
    pairing = METHODS[options.method](problem)
    if pairing.empty:
        raise InputError(
            f"no treated row has a control within the caliper of {problem.distance_caliper}; widen it"
        )
    assert problem.scores is not None
    assert pairing.matches is not None
    check_match(
        problem.scores,
        problem.treated,
        pairing.matches,
        pairing.weights,
        ratio=problem.ratio,
        replace=problem.replace,
        caliper=problem.distance_caliper,
        engine=ENGINE,
    )
    return pairing
