"""Stage `effect`: the treatment effect unmatched and matched, by stats."""

import pandas as pd

from erm_bridge.engines.base import Artefacts, StageResult
from erm_bridge.engines.columns import EFFECT_QUANTITIES, IN_SD_QUANTITIES, aligned
from erm_bridge.engines.r.frames import analysis_frame, small_study
from erm_bridge.engines.r.session import Answer, Session, ask_once
from erm_bridge.results import Effect, Match
from erm_bridge.study import models
from erm_bridge.study.effect_errors import notes_on, recommended


def run(session: Session, given: Artefacts) -> StageResult:
    """Let R estimate the effect with the weights of the match; the index is taken where it is the outcome."""
    taken = given.only("index", "propensity", "match_matrix", "weights", "subclass")
    return StageResult(session.ask("effect", taken).rows)


def estimate_effect(
    matched: Match, outcome: pd.Series, options: models.Effect, seed: int | None = None
) -> Effect:
    """Estimate the effect of the treatment in R.

    Parameters
    ----------
    matched : Match
    outcome : pandas.Series
        Numbers, with a value for every row label of the match, in any order; further labels are ignored.
    options : study.models.Effect
        `adjust` names columns of the frame that was matched. Its `outcome` is not used.
    seed : int, optional
        Of the bootstrap.

    Returns
    -------
    Effect

    Raises
    ------
    InputError
        The outcome is not a series of numbers, has a label twice, or lacks a value.
    EngineError
        R is not usable or failed.
    """
    made, asked = matched.made_from, options.model_copy(update={"outcome": _free_name(matched)})
    columns = [made.options.treatment.column, *made.options.covariates, *options.adjust]
    frame = analysis_frame(made.frame, dict.fromkeys(columns))
    frame[asked.outcome] = aligned(outcome, matched.weights.index)
    study = small_study(frame, made.variables, matching=made.options, effect=asked)
    given = Artefacts(
        propensity=None if matched.distance is None else matched.distance.to_numpy("float64"),
        weights=matched.weights.to_numpy("float64"),
        match_matrix=matched.positions if matched.match_matrix.shape[1] else None,
        subclass=matched.sets,
    )
    table = _table(ask_once(study.model_copy(update={"seed": seed}), frame, "effect", given))
    fitted = matched.score_coefficients is not None
    return Effect(
        table[["kind", *EFFECT_QUANTITIES]],
        table.reindex(columns=["kind", *IN_SD_QUANTITIES]),
        recommended(made.options, bool(options.adjust), fitted),
        notes_on(options, made.options),
    )


def _free_name(matched: Match) -> str:
    """Name the outcome as no column of the frame is named."""
    name = "outcome"
    while name in matched.made_from.frame.columns:
        name += "_"
    return name


def _table(answer: Answer) -> pd.DataFrame:
    rows = answer.table
    wide = rows.set_index(["term", "component", "quantity"])["value"].unstack()
    order = list(dict.fromkeys(zip(rows["term"], rows["component"], strict=True)))
    table = wide.loc[order].reset_index("component").rename(columns={"component": "kind"})
    return table.rename_axis(index="sample", columns=None)
