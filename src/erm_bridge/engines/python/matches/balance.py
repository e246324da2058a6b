"""The balance of the covariates before and after matching, and the sizes of the groups, as tables."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd

from erm_bridge.engines.columns import aligned, balance_parts
from erm_bridge.engines.python.design import Variables, design_matrix, indicators_by_term
from erm_bridge.errors import InputError
from erm_bridge.numerics import FloatArray
from erm_bridge.numerics import balance as numerics
from erm_bridge.numerics.matching import Pairing, Problem
from erm_bridge.one_thread import one_thread
from erm_bridge.study.labels import DISTANCE, PROGNOSIS
from erm_bridge.study.models import Balance, Matching


@one_thread()
def balance_table(
    frame: pd.DataFrame,
    options: Matching,
    problem: Problem,
    pairing: Pairing,
    sampling: FloatArray | None,
    asked: Balance | None,
    outcome: pd.Series | None,
) -> pd.DataFrame:
    """Compare the groups in every covariate, every level of a category, and the score.

    Parameters
    ----------
    frame : DataFrame, n rows
    options : Matching
    problem, pairing
        What was matched, and how.
    sampling : array, length n, or None
        Sampling weights.
    asked : Balance or None
        None: what `options` ask for.
    outcome : Series or None
        Of the prognosis; by row label. None: the column that `asked` names, if any.
    """
    asked = options.balance if asked is None else asked
    columns, terms = _columns(frame, options, problem, asked, outcome)
    found = numerics.balance(
        columns,
        problem.treated,
        pairing.weights,
        denominator=asked.spread(options.estimand),
        sampling=sampling,
        distance=_distance(problem, pairing) if "pair_distance" in asked.statistics else None,
    )
    reduction = numerics.percent_reduction(found) if "reduction" in asked.statistics else {}
    numbers = {
        f"{quantity}_{part}": reduction[part] if quantity == "reduction" else _numbers(found, quantity, part)
        for quantity, part in balance_parts(asked.statistics)
    }
    return pd.DataFrame(numbers, index=pd.Index(terms, name="term"))


def sizes_table(problem: Problem, pairing: Pairing, sampling: FloatArray | None) -> pd.DataFrame:
    """Count the units of both groups; see `erm_bridge.results.Match`."""
    groups = {"treated": problem.treated, "controls": ~problem.treated}
    counted = {
        name: numerics.sample_sizes(group, pairing.weights, problem.usable, sampling)
        for name, group in groups.items()
    }
    rows = {
        "all": "all",
        "all (ESS)": "all_effective",
        "matched": "matched",
        "matched (ESS)": "matched_effective",
        "unmatched": "unmatched",
        "discarded": "discarded",
    }
    return pd.DataFrame(
        {name: [float(getattr(sizes, key)) for key in rows.values()] for name, sizes in counted.items()},
        index=pd.Index(rows, name="units"),
    )


def _columns(
    frame: pd.DataFrame, options: Matching, problem: Problem, asked: Balance, outcome: pd.Series | None
) -> tuple[list[FloatArray], tuple[str, ...]]:
    """List the columns that are compared, in the order of MatchIt's summary, the score last."""
    by_term = indicators_by_term(frame, options.covariates)
    columns, terms = list(by_term.values()), list(by_term)
    if asked.interactions:
        made, names = numerics.products(np.array(columns).T, tuple(terms))
        columns += list(made.T)
        terms += names
    if outcome is not None or asked.prognosis is not None:
        columns.append(_prognosis(frame, options, problem, asked, outcome))
        terms.append(PROGNOSIS)
    if problem.scores is not None:
        columns.append(problem.scores)
        terms.append(DISTANCE)
    repeated = next((term for term in terms if terms.count(term) > 1), None)
    if repeated is not None:
        raise InputError(f"balance: two terms are named {repeated!r}; rename a column")
    return columns, tuple(terms)


def _prognosis(
    frame: pd.DataFrame, options: Matching, problem: Problem, asked: Balance, outcome: pd.Series | None
) -> FloatArray:
    variables: Variables = {}
    design = design_matrix(frame, options.covariates, variables)
    values = aligned(frame[asked.prognosis] if outcome is None else outcome, frame.index)
    try:
        return numerics.prognostic_scores(design.values, values, ~problem.treated, design.terms)
    except InputError as error:
        raise InputError(f"balance: prognosis among the controls: {error}") from None


def _distance(problem: Problem, pairing: Pairing) -> Callable[[FloatArray], float] | None:
    """Say how far apart pairs are; of sets, as MatchIt has it, all pairs of a treated unit and a control.

    Where there are matches, a set is a unit and its partners, so that these are all its pairs.
    """
    if pairing.matches is not None:
        pairs = numerics.matched_pairs(pairing.matches, problem.focal)
        return partial(numerics.pair_distance, pairs=pairs)
    if pairing.subclass is not None:
        return partial(numerics.set_distance, treated=problem.treated, sets=pairing.subclass)
    return None


def _numbers(found: numerics.Balance, quantity: str, part: str) -> FloatArray:
    if quantity == "pair_distance":
        return found.pair_distance
    numbers: FloatArray = getattr(found.before if part == "before" else found.after, quantity)
    return numbers
