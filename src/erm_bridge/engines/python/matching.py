"""Stage `matching`: distance, matching, weights and balance, strung together from `matches`."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from erm_bridge.engines.base import Artefacts, StageResult
from erm_bridge.engines.columns import balance_parts
from erm_bridge.engines.python.design import Variables
from erm_bridge.engines.python.matches import ENGINE
from erm_bridge.engines.python.matches.again import given_match, judging_rows
from erm_bridge.engines.python.matches.distance import Measured, given_distance, measure
from erm_bridge.engines.python.matches.labels import labelled
from erm_bridge.engines.python.matches.problem import largest_distance, problem_of, solve
from erm_bridge.engines.python.matches.support import support_rows
from erm_bridge.engines.python.matches.treatment import treated_rows
from erm_bridge.errors import EngineError
from erm_bridge.estimates import StageRows
from erm_bridge.numerics import BoolArray
from erm_bridge.one_thread import one_thread
from erm_bridge.results import Match
from erm_bridge.study.models import Balance, Matching, Study


@one_thread()
def match(
    frame: pd.DataFrame,
    options: Matching,
    variables: Variables | None = None,
    scores: npt.ArrayLike | None = None,
    seed: int | None = None,
) -> Match:
    """Match the treated rows of a frame with controls.

    Parameters
    ----------
    frame : DataFrame, n rows
        Complete in the treatment (0/1 or boolean) and the covariates (numbers, booleans, categories);
        row labels unique.
    options : Matching
    variables : mapping of name to Variable or None, optional
        Reference levels of categories.
    scores : array-like, length n or treated x controls, optional
        Scores, or distances of pairs, to match on as they are, by position; without them the distance is
        that of `options`.
    seed : int, optional
        Of the order `random`.

    Returns
    -------
    Match

    Raises
    ------
    InputError
        Row labels occur twice; the treatment is not 0/1 or has one value only; a column or the scores
        cannot be used; the propensity model has no solution; nobody can be matched.

    Notes
    -----
    Matching R call: `MatchIt::matchit(treatment ~ covariates, data, method = "nearest", distance =
    round(fitted, digits), ratio =, replace =, m.order =, caliper =, std.caliper =)`.
    """
    treated = treated_rows(frame, options.treatment.column)
    if scores is None:
        measured = measure(frame, options, variables, treated)
    else:
        measured = given_distance(scores, frame, options, treated)
    problem = problem_of(frame, options, treated, measured, seed)
    return labelled(frame, options, variables, measured, problem, solve(problem, options))


def run(study: Study, frame: pd.DataFrame, given: Artefacts) -> StageResult:
    """Match the analysis frame; on handed-on scores if there are any.

    The coefficients of the engine's own propensity model are reported in either case. Of a method whose best
    match need not be the only one, a match that is handed on is taken as it is. Hands on the scores, the
    matches and the weights.
    """
    if study.matching is None:
        raise EngineError(f"{ENGINE}: the study has no section matching")
    options = study.matching
    treated = treated_rows(frame, options.treatment.column)
    measured = measure(frame, options, study.variables, treated, given.propensity)
    if given.unavailable is not None:
        return StageResult(_without_match(measured, treated, given.unavailable))
    problem = problem_of(frame, options, treated, measured, study.seed)
    taken = given_match(problem, options, given)
    pairing = taken or solve(problem, options)
    matched = labelled(frame, options, study.variables, measured, problem, pairing)
    artefacts = Artefacts(
        propensity=problem.scores,
        match_matrix=pairing.matches,
        weights=pairing.weights,
        subclass=pairing.subclass,
    )
    largest = largest_distance(problem, pairing, options)
    table = rows(matched, problem.distance_caliper, options.balance, largest, "" if taken else pairing.note)
    judging_rows(table, problem, pairing, options, taken.note if taken else "")
    support_rows(table, treated, problem.scores)
    return StageResult(table, artefacts)


def rows(
    matched: Match,
    caliper: float | None = None,
    shown: Balance | None = None,
    largest: float | None = None,
    note: str = "",
) -> StageRows:
    """Write a match as rows of the table of estimates, with the caliper in units of the score.

    `shown` is what the table of balance was asked for; None: the defaults. `largest` is the largest distance
    within a pair; None: that of the scores. `note` is what must be known of the match.

    A number of the balance that is not defined (see `numerics.balance.balance`) has no row.
    """
    table = StageRows()
    if matched.score_coefficients is not None:
        table.add_terms("score_coefficient", matched.score_coefficients)
    used = matched.weights != 0
    table.add("n_treated_matched", int((used & matched.treated).sum()), note=note)
    table.add("n_controls_matched", int((used & ~matched.treated).sum()), note=note)
    if matched.match_matrix.shape[1]:
        table.add("n_pairs", int(matched.match_matrix.notna().to_numpy().sum()))
        largest = _largest_difference(matched) if largest is None else largest
        if largest is not None:
            table.add("pair_distance_max", largest)
    elif matched.subclass is not None:
        table.add("n_subclasses", int(matched.subclass.nunique()))
    if caliper is not None:
        table.add("caliper", caliper)
    for units, sizes in matched.sizes.iterrows():
        quantity = "ess" if str(units).endswith(" (ESS)") else "n_units"
        term = str(units).removesuffix(" (ESS)").replace("all", "sample")
        table.add_components(quantity, sizes, term)
    for quantity, component in balance_parts((shown or Balance()).statistics):
        table.add_terms(quantity, matched.balance[f"{quantity}_{component}"].dropna(), component)
    return table


def _without_match(measured: Measured, treated: BoolArray, reason: str) -> StageRows:
    table = StageRows()
    if measured.coefficients is not None:
        table.add_terms("score_coefficient", measured.coefficients)
    support_rows(table, treated, measured.scores)
    table.add_absent(f"no match: {reason}")
    return table


def _largest_difference(matched: Match) -> float | None:
    if matched.distance is None:
        return None
    scores, positions = matched.distance.to_numpy(), matched.positions
    rows = matched.distance.index.get_indexer(matched.match_matrix.index)
    distances = np.abs(scores[rows, None] - scores[positions])
    return float(np.max(distances, initial=0.0, where=positions >= 0))
