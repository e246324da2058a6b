"""The problem of matching that a frame, a distance and options pose, and its solution with every check."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from erm_bridge.engines.columns import usable_column
from erm_bridge.engines.python.design import number_column
from erm_bridge.engines.python.matches import ENGINE
from erm_bridge.engines.python.matches.distance import Measured
from erm_bridge.engines.python.matches.flows import with_flow_settings
from erm_bridge.engines.python.matches.strata import pair_coordinates, strata_of, with_settings
from erm_bridge.errors import InputError
from erm_bridge.numerics import BoolArray, IntArray
from erm_bridge.numerics.matching import Caliper as Width
from erm_bridge.numerics.matching import Pairing, Problem
from erm_bridge.numerics.matching.properties import check_match, pair_distances
from erm_bridge.numerics.matching.properties_of_flows import check_choice, check_sets
from erm_bridge.numerics.matching.properties_of_smoothing import check_smoothing
from erm_bridge.numerics.matching.properties_of_strata import check_subclasses
from erm_bridge.study.matching_method import SMOOTHING, STRATA
from erm_bridge.study.models import Caliper, Matching


def problem_of(
    frame: pd.DataFrame, options: Matching, treated: BoolArray, measured: Measured, seed: int | None = None
) -> Problem:
    """Put the columns that the options name, and their numbers, into arrays.

    Raises
    ------
    InputError
        A column cannot be used.
    """
    problem = Problem(
        treated=treated,
        scores=measured.scores,
        coordinates=pair_coordinates(frame, options, treated) if options.method.k2k else measured.coordinates,
        matrix=measured.matrix,
        usable=measured.usable,
        estimand=options.estimand,
        ratio=options.ratio,
        min_controls=options.min_controls,
        max_controls=options.max_controls,
        replace=options.replace,
        reuse_max=options.reuse_max,
        order=options.order,
        ties=options.ties,
        calipers=tuple(_caliper(frame, caliper, measured) for caliper in options.calipers),
        strata=_codes(frame, options.exact) if options.exact else strata_of(frame, options),
        apart=np.column_stack([_codes(frame, [n]) for n in options.antiexact]) if options.antiexact else None,
        units=None if options.unit_id is None else _codes(frame, [options.unit_id]),
        seed=seed,
    )
    return with_flow_settings(problem, frame, options)


def _caliper(frame: pd.DataFrame, caliper: Caliper, measured: Measured) -> Width:
    """Put a caliper in units of what it is on.

    The standard deviation is that of all treated and controls that can be matched, with denominator n - 1.
    Matching R argument: `std.caliper = TRUE` of `MatchIt::matchit()`.
    """
    values = measured.scores if caliper.on is None else number_column(frame, caliper.on)
    if values is None:
        raise InputError("caliper: there is no distance that it could be on; name a column with on")
    kept = values if measured.usable is None else values[measured.usable]
    unit = float(kept.std(ddof=1)) if caliper.unit == "sd" else 1.0
    return Width(caliper.value * unit, None if caliper.on is None else values)


def _codes(frame: pd.DataFrame, names: Sequence[str]) -> IntArray:
    """Give each combination of values that occurs in some columns a number."""
    codes = np.zeros(len(frame), dtype=np.int64)
    for name in names:
        values, levels = pd.factorize(usable_column(frame, name), sort=True)
        codes = np.unique(codes * len(levels) + values, return_inverse=True)[1].astype(np.int64)
    return codes


def solve(problem: Problem, options: Matching) -> Pairing:
    """Match, and check what every match must fulfil.

    Raises
    ------
    InputError
        Nobody can be matched.
    EngineError
        The match breaks one of its promises.
    """
    pairing = _matched(problem, options)
    method = options.method.method
    if method in SMOOTHING:
        _check_smoothed(problem, pairing, options)
        return pairing
    if pairing.empty:
        raise InputError(_nobody(problem))
    check(problem, pairing, options)
    return pairing


def check(problem: Problem, pairing: Pairing, options: Matching) -> None:
    """Raise EngineError if a match breaks one of the promises of its method."""
    method = options.method.method
    if method == "cardinality":
        check_choice(problem, pairing, ENGINE)
    elif method in ("optimal", "full", "generalised_full"):
        check_sets(problem, pairing, ENGINE, stars=method != "generalised_full")
    elif method == "nearest":
        check_match(problem, pairing, ENGINE)
    else:
        check_subclasses(problem, pairing, ENGINE)


def _nobody(problem: Problem) -> str:
    who, whom = ("control", "treated unit") if problem.estimand == "ATC" else ("treated", "control")
    others = len(problem.calipers) > 1 or problem.distance_caliper is None
    if others or problem.strata is not None or problem.apart is not None:
        return f"no {who} row has a {whom} that calipers, exact and antiexact allow; loosen them"
    return f"no {who} row has a {whom} within the caliper of {problem.distance_caliper}; widen it"


def _check_smoothed(problem: Problem, pairing: Pairing, options: Matching) -> None:
    asked = options.method
    reach = asked.radius if asked.radius is not None else asked.bandwidth
    assert reach is not None
    if pairing.empty:
        raise InputError(
            f"matching.method: nobody has a partner within {reach:g} of its score; widen "
            f"{'radius' if asked.radius is not None else 'bandwidth'}"
        )
    bounded = float("inf") if asked.kernel == "normal" else reach
    check_smoothing(problem, pairing, reach=bounded, signed=asked.method == "local_linear", engine=ENGINE)


def _matched(problem: Problem, options: Matching) -> Pairing:
    try:
        pairing = with_settings(options)(problem)
    except ValueError as error:
        raise InputError(f"matching.method: {error}") from None
    if pairing.empty and options.method.method in STRATA:
        raise InputError(
            "matching.method: no stratum has both treated rows and controls; match on fewer covariates or "
            "coarsen them"
        )
    return pairing


def largest_distance(problem: Problem, pairing: Pairing, options: Matching) -> float | None:
    """Return the largest distance within a pair; None where no pairs are made, or only within strata."""
    if pairing.matches is None or options.method.k2k:
        return None
    own, column = np.nonzero(pairing.matches >= 0)
    distances = pair_distances(problem, np.flatnonzero(problem.focal)[own], pairing.matches[own, column])
    return float(distances.max(initial=0.0))
