"""Stage `effect`: the effect of the treatment on the outcome, unmatched and matched side by side."""

from dataclasses import asdict

import numpy as np
import pandas as pd

from erm_bridge.engines.base import Artefacts, StageResult
from erm_bridge.engines.python.outcome import outcome_of
from erm_bridge.errors import EngineError, InputError
from erm_bridge.estimates import StageRows
from erm_bridge.numerics import BoolArray, FloatArray
from erm_bridge.numerics.standard_errors import MATCHED, unmatched
from erm_bridge.results import Effect, Match
from erm_bridge.study import models

QUANTITIES = ("estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high")


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
    values = _aligned(outcome, matched.weights.index)
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
        for quantity in QUANTITIES:
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


def _aligned(outcome: pd.Series, index: pd.Index) -> FloatArray:
    """Return the outcome by the row labels of the match."""
    if not isinstance(outcome, pd.Series):
        raise InputError(f"outcome: must be a pandas Series with the match's row labels, not {type(outcome)}")
    if not pd.api.types.is_numeric_dtype(outcome.dtype):
        raise InputError(f"outcome: must hold numbers, not {outcome.dtype}")
    if not outcome.index.is_unique:
        label = outcome.index[outcome.index.duplicated()].tolist()[0]
        raise InputError(f"outcome: the row label {label!r} occurs twice")
    absent = index[~index.isin(outcome.index)].tolist()
    if absent:
        raise InputError(f"outcome: no value for the row label {absent[0]!r} and {len(absent) - 1} others")
    values: FloatArray = outcome.reindex(index).to_numpy(dtype=np.float64, na_value=np.nan)
    if not np.isfinite(values).all():
        label = index[~np.isfinite(values)].tolist()[0]
        raise InputError(f"outcome: the value of row {label!r} is missing or infinite")
    return values
