"""Stage `effect`: the effect of the treatment on the outcome, unmatched and matched side by side."""

from dataclasses import asdict

import pandas as pd

from erm_bridge.engines.base import Artefacts, StageResult
from erm_bridge.engines.columns import EFFECT_QUANTITIES, aligned
from erm_bridge.engines.python.outcome import outcome_of
from erm_bridge.errors import EngineError
from erm_bridge.estimates import StageRows
from erm_bridge.numerics import BoolArray, FloatArray
from erm_bridge.numerics.standard_errors import MATCHED, unmatched
from erm_bridge.results import Effect, Match
from erm_bridge.study import models


def estimate_effect(matched: Match, outcome: pd.Series, options: models.Effect) -> Effect:
    """Estimate the effect of the treatment on the treated.

    Parameters
    ----------
    matched : Match
    outcome : Series
        Numbers or booleans, with a value for every row label of the match, in any order; further
        labels are ignored.
    options : study.models.Effect
        `std_error`: one matched row for each kind; `conf_level`. Its `outcome` is not used.

    Returns
    -------
    Effect
        Table with rows `unmatched` (difference of means, pooled standard error, Student's t) and
        `matched`.

    Raises
    ------
    InputError
        The outcome is not a series of numbers, has a label twice, or lacks a value.
    """
    values = aligned(outcome, matched.weights.index)
    return _effect(values, matched.treated.to_numpy(), matched.weights.to_numpy(), options)


def run(study: models.Study, frame: pd.DataFrame, given: Artefacts) -> StageResult:
    """Estimate the effect on the outcome of the study, or on the index, with handed-on weights."""
    if study.effect is None or study.matching is None or given.weights is None:
        raise EngineError("python: stage effect needs the sections matching and effect, and weights")
    treated = frame[study.matching.treatment.column].to_numpy("float64") == 1
    outcome = outcome_of(study, "effect", frame, given)
    return StageResult(rows(_effect(outcome, treated, given.weights, study.effect)))


def rows(effect: Effect) -> StageRows:
    """Write an effect as rows of the table of estimates."""
    table = StageRows()
    for sample, line in effect.table.iterrows():
        for quantity in EFFECT_QUANTITIES:
            table.add(quantity, line[quantity], str(sample), line["kind"])
    return table


def _effect(outcome: FloatArray, treated: BoolArray, weights: FloatArray, options: models.Effect) -> Effect:
    lines = [("unmatched", "pooled", unmatched(outcome, treated, options.conf_level))]
    for kind in options.std_error:
        lines.append(("matched", kind, MATCHED[kind](outcome, treated, weights, options.conf_level)))
    table = pd.DataFrame(
        [{"kind": kind, **asdict(contrast)} for _, kind, contrast in lines],
        index=pd.Index([sample for sample, _, _ in lines], name="sample"),
    )
    return Effect(table)
