"""Stage `effect`: the treatment effect unmatched and matched, by stats."""

import pandas as pd

from erm_bridge.engines.base import Artefacts, StageResult
from erm_bridge.engines.columns import EFFECT_QUANTITIES, aligned
from erm_bridge.engines.r.frames import small_study
from erm_bridge.engines.r.session import Answer, Session, ask_once
from erm_bridge.results import Effect, Match
from erm_bridge.study import models


def run(session: Session, given: Artefacts) -> StageResult:
    """Let R estimate the effect with the weights of the match; the index is taken where it is the outcome."""
    taken = given.only("index", "propensity", "match_matrix", "weights")
    return StageResult(session.ask("effect", taken).rows)


def estimate_effect(matched: Match, outcome: pd.Series, options: models.Effect) -> Effect:
    """Estimate the effect of the treatment in R.

    Parameters
    ----------
    matched : Match
    outcome : pandas.Series
        Numbers, with a value for every row label of the match, in any order; further labels are ignored.
    options : study.models.Effect
        Its `outcome` is not used.

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
    frame = pd.DataFrame(
        {
            "treatment": matched.treated.to_numpy("float64"),
            "score": matched.distance.to_numpy("float64"),
            "outcome": aligned(outcome, matched.weights.index),
        }
    )
    matching = models.Matching(
        treatment=models.Treatment(column="treatment"),
        covariates=("score",),
        ratio=max(1, matched.match_matrix.shape[1]),
        replace=matched.subclass is None,
    )
    study = small_study(frame, matching=matching, effect=options.model_copy(update={"outcome": "outcome"}))
    given = Artefacts(weights=matched.weights.to_numpy("float64"), match_matrix=matched.positions)
    return Effect(_table(ask_once(study, frame, "effect", given)))


def _table(answer: Answer) -> pd.DataFrame:
    rows = answer.table
    wide = rows.set_index(["term", "component", "quantity"])["value"].unstack()[list(EFFECT_QUANTITIES)]
    order = list(dict.fromkeys(zip(rows["term"], rows["component"], strict=True)))
    table = wide.loc[order].reset_index("component").rename(columns={"component": "kind"})
    return table.rename_axis(index="sample", columns=None)
