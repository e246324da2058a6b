"""Stage `effect`: the treatment effect unmatched and matched, by stats."""

import pandas as pd

from erm_bridge.engines.base import Artefacts, StageResult
from erm_bridge.engines.columns import EFFECT_QUANTITIES, IN_SD_QUANTITIES, aligned
from erm_bridge.engines.r.frames import analysis_frame, small_study
from erm_bridge.engines.r.hidden_bias import sensitivity_of
from erm_bridge.engines.r.session import Answer, Session, ask_once
from erm_bridge.results import Effect, EffectSensitivity, Match
from erm_bridge.study import models
from erm_bridge.study.effect_errors import notes_on, recommended


def run(session: Session, given: Artefacts) -> StageResult:
    """Let R estimate the effect with the weights of the match; the index is taken where it is the outcome."""
    taken = given.only("index", "propensity", "match_matrix", "weights", "subclass")
    return StageResult(session.ask("effect", taken).rows)


def effect_sensitivity(
    matched: Match, outcome: pd.Series, options: models.Effect, placebo: pd.DataFrame
) -> EffectSensitivity:
    """Let R tell what bias by something unobserved could do to the effect in a match.

    Parameters and errors are those of the Python engine's.
    """
    made, names = matched.made_from, {f"placebo{j}": name for j, name in enumerate(placebo.columns)}
    frame = analysis_frame(made.frame, _columns(made.options))
    for plain, name in names.items():
        frame[plain] = aligned(placebo[name], matched.weights.index)
    assert options.sensitivity is not None
    asked = options.sensitivity.model_copy(update={"placebo": tuple(names)})
    effect = options.model_copy(update={"outcome": _free_name(matched), "sensitivity": asked})
    frame[effect.outcome] = aligned(outcome, matched.weights.index)
    study = small_study(frame, made.variables, matching=made.options, effect=effect)
    return sensitivity_of(ask_once(study, frame, "effect", _given(matched)), asked, names)


def _columns(options: models.Matching) -> list[str]:
    weights = [] if options.survey_weights is None else [options.survey_weights]
    return list(dict.fromkeys([options.treatment.column, *options.covariates, *weights]))


def _given(matched: Match) -> Artefacts:
    return Artefacts(
        propensity=None if matched.distance is None else matched.distance.to_numpy("float64"),
        weights=matched.weights.to_numpy("float64"),
        match_matrix=matched.positions if matched.match_matrix.shape[1] else None,
        subclass=matched.sets,
    )


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
    columns = [*_columns(made.options), *options.adjust]
    frame = analysis_frame(made.frame, dict.fromkeys(columns))
    frame[asked.outcome] = aligned(outcome, matched.weights.index)
    study = small_study(frame, made.variables, matching=made.options, effect=asked)
    table = _table(ask_once(study.model_copy(update={"seed": seed}), frame, "effect", _given(matched)))
    return Effect(
        table[["kind", *EFFECT_QUANTITIES]],
        table.reindex(columns=["kind", *IN_SD_QUANTITIES]),
        recommended(made.options, bool(options.adjust), matched.estimated_score, matched.on_a_score),
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
