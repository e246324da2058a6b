"""Stage `matching`: propensity scores by `stats::glm`, nearest neighbours by MatchIt."""

from collections.abc import Mapping
from functools import partial
from itertools import chain

import numpy as np
import numpy.typing as npt
import pandas as pd

from erm_bridge.engines.base import Artefacts, StageResult
from erm_bridge.engines.columns import aligned, balance_parts, check_labels
from erm_bridge.engines.distances import checked_distance
from erm_bridge.engines.r.frames import analysis_frame, small_study
from erm_bridge.engines.r.readiness import check_ready
from erm_bridge.engines.r.session import Answer, Session, ask_once, positions_of, subclass_of
from erm_bridge.errors import EngineError
from erm_bridge.estimates import ABSENT
from erm_bridge.numerics import IntArray
from erm_bridge.results import Match
from erm_bridge.results.matching import MatchedFrom
from erm_bridge.study.labels import PROGNOSIS
from erm_bridge.study.models import Balance, Matching, Study, Variable


def run(session: Session, given: Artefacts) -> StageResult:
    """Let R match on scores, or judge a match, that are handed on; as `engines.python.matching.run`."""
    answer = session.ask("matching", given.only("propensity", "match_matrix", "weights", "subclass"))
    held = answer.artefacts
    pairs, subclass = held.get("match_matrix"), held.get("subclass")
    made = Artefacts(
        propensity=held.get("propensity"),
        match_matrix=None if pairs is None else positions_of(pairs),
        weights=held.get("weights"),
        subclass=None if subclass is None else subclass_of(subclass),
        unavailable=_reason(answer),
    )
    return StageResult(answer.rows, made)


def match(
    frame: pd.DataFrame,
    options: Matching,
    variables: Mapping[str, Variable | None] | None = None,
    scores: npt.ArrayLike | None = None,
    seed: int | None = None,
) -> Match:
    """Match treated units of a frame with controls in R (`MatchIt::matchit`, `method = "nearest"`).

    Parameters
    ----------
    frame : pandas.DataFrame
        n rows, unique row labels, no missing values. The treatment is 0/1 or boolean; covariates are
        numbers, booleans or categories.
    options : Matching
    variables : mapping, optional
        Reference levels of categories; by default the first level that occurs.
    scores : array-like, length n or treated x controls, optional
        Scores or distances to match on as they are, in place of estimated ones.
    seed : int, optional
        Of the order `random`.

    Returns
    -------
    Match

    Raises
    ------
    InputError
        A row label occurs twice, the columns or the scores cannot be used, or a covariate separates
        treated from controls.
    EngineError
        R is not usable, failed, or has a MatchIt with a known defect that would be met.
    """
    check_labels(frame.index)
    columns = analysis_frame(frame, _names(options))
    study = small_study(columns, variables, matching=options, seed=seed)
    check_ready(study)
    answer = ask_once(study, columns, "matching", _given(scores, columns, options))
    reason = _reason(answer)
    if reason is not None:
        raise EngineError(f"r: {reason}")
    made_from = MatchedFrom(frame.copy(deep=False), options, variables or {})
    return _match(answer, columns, study, made_from, fitted=scores is None and options.on_scores)


def _reason(answer: Answer) -> str | None:
    """Say why R could not match as it was asked to; None where it did."""
    lacking = answer.table[answer.table["quantity"] == ABSENT]
    return None if lacking.empty else str(lacking["note"].item())


def _names(options: Matching) -> tuple[str, ...]:
    """List the columns that a match needs, the treatment first, none of them twice."""
    weights = () if options.survey_weights is None else (options.survey_weights,)
    named = (*options.covariates, *chain(*options.restricting.values()), *options.mahvars, *weights)
    return tuple(dict.fromkeys((options.treatment.column, *named)))


def _given(scores: npt.ArrayLike | None, frame: pd.DataFrame, options: Matching) -> Artefacts:
    if scores is None:
        return Artefacts()
    given = checked_distance(scores, frame.iloc[:, 0].to_numpy() == 1, options)
    return Artefacts(distances=given) if given.ndim == 2 else Artefacts(propensity=given)


def _match(answer: Answer, frame: pd.DataFrame, study: Study, made_from: MatchedFrom, fitted: bool) -> Match:
    treated = (frame.iloc[:, 0] == 1).rename("treated")
    pairs = answer.artefacts.get("match_matrix")
    estimand = made_from.options.estimand
    subclass = answer.artefacts.get("subclass")
    focal = ~treated.to_numpy() if estimand == "ATC" else treated.to_numpy()
    options, weights = made_from.options, made_from.options.survey_weights
    return Match(
        distance=_series(answer, "propensity", frame.index, "distance"),
        treated=treated,
        match_matrix=_labels(None if pairs is None else positions_of(pairs), frame.index, focal),
        weights=pd.Series(answer.artefacts["weights"], frame.index, name="weights"),
        subclass=None if subclass is None else pd.Series(subclass, frame.index, "Int64", "subclass"),
        score_coefficients=answer.values("score_coefficient") if fitted and options.modelled else None,
        balance_of=partial(_balance, answer, frame, study),
        sizes_of=partial(_sizes, answer),
        made_from=made_from,
        survey_weights=None if weights is None else frame[weights].rename("survey_weights"),
        discarded=_discarded(answer, frame.index, options),
    )


def _series(answer: Answer, artefact: str, labels: pd.Index, name: str) -> pd.Series | None:
    found = answer.artefacts.get(artefact)
    return None if found is None else pd.Series(found, labels, name=name)


def _discarded(answer: Answer, labels: pd.Index, options: Matching) -> pd.Series | None:
    if options.discard == "none":
        return None
    found = _series(answer, "discarded", labels, "discarded")
    return pd.Series(False, labels, name="discarded") if found is None else found == 1


def _labels(positions: IntArray | None, labels: pd.Index, focal: npt.NDArray[np.bool_]) -> pd.DataFrame:
    """Put row labels in place of positions; none is NA. Without pairs there are no columns."""
    if positions is None:
        return pd.DataFrame(index=labels[focal])
    dtype = pd.Int64Dtype() if pd.api.types.is_integer_dtype(labels.dtype) else pd.StringDtype()
    controls = pd.Series(labels, dtype=dtype)
    columns = {
        i + 1: controls.take(np.maximum(column, 0)).array.copy() for i, column in enumerate(positions.T)
    }
    matrix = pd.DataFrame(columns, index=labels[focal])
    return matrix.mask(positions < 0)


def _balance(
    answer: Answer, frame: pd.DataFrame, study: Study, asked: Balance | None, outcome: pd.Series | None
) -> pd.DataFrame:
    """Take the table of balance out of an answer; for another one R matches again, on the same scores."""
    assert study.matching is not None
    if asked is not None:
        columns, name = frame, None
        if outcome is not None:
            columns, name = frame.assign(**{PROGNOSIS: aligned(outcome, frame.index)}), PROGNOSIS
        balance = asked.model_copy(update={"prognosis": name})
        options = study.matching.model_copy(update={"balance": balance})
        again = small_study(columns, study.variables, matching=options)
        scores = Artefacts(propensity=answer.artefacts.get("propensity"))
        answer = ask_once(again, columns, "matching", scores)
    parts = balance_parts((asked or study.matching.balance).statistics)
    numbers = {f"{quantity}_{part}": answer.part(quantity, part) for quantity, part in parts}
    terms = dict.fromkeys(term for column in numbers.values() for term in column.index)
    return pd.DataFrame(numbers, index=pd.Index(list(terms), name="term"))


def _sizes(answer: Answer) -> pd.DataFrame:
    """Take the sizes of the groups out of an answer; see `erm_bridge.results.Match`."""
    units, worth = (
        answer.matrix(quantity).rename(index={"sample": "all"}) for quantity in ("n_units", "ess")
    )
    worth.index = worth.index + " (ESS)"
    rows = ["all", "all (ESS)", "matched", "matched (ESS)", "unmatched", "discarded"]
    return pd.concat([units, worth]).loc[rows].rename_axis("units")
