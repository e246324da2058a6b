"""Stage `effect`: the effect of the treatment on the outcome, unmatched and matched side by side."""

from collections.abc import Callable
from dataclasses import asdict, replace

import numpy as np
import pandas as pd

from erm_bridge.engines.base import Artefacts, StageResult
from erm_bridge.engines.columns import EFFECT_QUANTITIES, IN_SD_QUANTITIES, aligned
from erm_bridge.engines.python import hidden_bias
from erm_bridge.engines.python.effects.sample import covariates_of, equipped
from erm_bridge.engines.python.effects.table import effect_of
from erm_bridge.engines.python.matches.distance import Measured
from erm_bridge.engines.python.matches.problem import problem_of
from erm_bridge.engines.python.outcome import outcome_of
from erm_bridge.errors import EngineError
from erm_bridge.estimates import StageRows
from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.matching import METHODS
from erm_bridge.numerics.matching.envelope import TieEnvelope, tie_envelope
from erm_bridge.numerics.row_orders import row_orders
from erm_bridge.numerics.standard_errors import MatchedSample, weighted_difference
from erm_bridge.one_thread import one_thread
from erm_bridge.results import Effect, EffectSensitivity, Match
from erm_bridge.study import models
from erm_bridge.study.effect_errors import recommended

TIE_QUANTITIES: dict[str, Callable[[FloatArray], float]] = {
    "tie_low": np.min,
    "tie_high": np.max,
    "tie_mean": np.mean,
}


@one_thread()
def estimate_effect(
    matched: Match, outcome: pd.Series, options: models.Effect, seed: int | None = None
) -> Effect:
    """Estimate the effect of the treatment in a match.

    Parameters
    ----------
    matched : Match
    outcome : Series
        Numbers or booleans, with a value for every row label of the match, in any order; further
        labels are ignored.
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
        The outcome is not a series of numbers, has a label twice, or lacks a value; a column to adjust for
        cannot be used.
    """
    made, sample = matched.made_from, _sample(matched, outcome, options, seed)
    covariates = covariates_of(made.frame, options, made.variables)
    advice = recommended(made.options, bool(options.adjust), matched.estimated_score, matched.on_a_score)
    return effect_of(sample, covariates, options, made.options, advice)


@one_thread()
def effect_sensitivity(
    matched: Match, outcome: pd.Series, options: models.Effect, placebo: pd.DataFrame
) -> EffectSensitivity:
    """Tell what bias by something unobserved could do to the effect in a match.

    Parameters
    ----------
    matched : Match
    outcome : Series
        As in `estimate_effect`.
    options : study.models.Effect
        `sensitivity` says what is asked for; the first of `std_error` gives the limit of the E-value.
    placebo : DataFrame
        The columns that `sensitivity.placebo` names, by row label.

    Raises
    ------
    InputError
        A column is not one of numbers or lacks a value, or bounds are asked for of a match without pairs.
    """
    labels = matched.weights.index
    sample = _sample(matched, outcome, options)
    taken = pd.DataFrame({name: aligned(column, labels) for name, column in placebo.items()}, index=labels)
    return _sensitivity(sample, options, matched.made_from.options, taken)


def _sample(
    matched: Match, outcome: pd.Series, options: models.Effect, seed: int | None = None
) -> MatchedSample:
    """Take an outcome and a match apart into arrays, with what the standard errors need."""
    made = matched.made_from
    sample = MatchedSample(
        aligned(outcome, matched.weights.index),
        matched.treated.to_numpy(),
        matched.weights.to_numpy(),
        matched.positions if matched.match_matrix.shape[1] else None,
        matched.sets,
        seed=seed,
    )
    scores = None if matched.distance is None else matched.distance.to_numpy()
    return equipped(sample, made.frame, scores, made.options, options, made.variables)


def _sensitivity(
    sample: MatchedSample, options: models.Effect, matching: models.Matching, placebo: pd.DataFrame
) -> EffectSensitivity:
    assert options.sensitivity is not None

    def effects_on(values: FloatArray) -> pd.DataFrame:
        found = effect_of(replace(sample, outcome=values), None, options, matching)
        return found.table.loc[["matched"]]

    return hidden_bias.sensitivity(sample, options.sensitivity, effects_on, placebo, matching.estimand)


def run(study: models.Study, frame: pd.DataFrame, given: Artefacts) -> StageResult:
    """Estimate the effect on the outcome of the study, or on the index, with a handed-on match."""
    if study.effect is None or study.matching is None:
        raise EngineError("python: stage effect needs the sections matching and effect")
    if given.weights is None:
        raise EngineError("python: stage effect needs the weights of a match")
    treated = frame[study.matching.treatment.column].to_numpy("float64") == 1
    outcome = outcome_of(study, "effect", frame, given)
    sample = MatchedSample(
        outcome, treated, given.weights, given.match_matrix, seed=study.seed, subclass=given.subclass
    )
    sample = equipped(sample, frame, given.propensity, study.matching, study.effect, study.variables)
    covariates = covariates_of(frame, study.effect, study.variables)
    table = rows(effect_of(sample, covariates, study.effect, study.matching))
    if study.effect.tie_orders and given.propensity is not None:
        estimates = _estimates_by_order(frame, sample, given.propensity, study)
        for quantity, summary in TIE_QUANTITIES.items():
            table.add(quantity, float(summary(estimates)), "matched")
    if study.effect.tie_envelope and given.propensity is not None:
        bounds = _tie_envelope(frame, sample, given.propensity, study)
        for quantity, value in asdict(bounds).items():
            table.add(f"tie_exact_{quantity}", value, "matched")
    if study.effect.sensitivity is not None:
        placebo = frame[list(study.effect.sensitivity.placebo)]
        table.rows += hidden_bias.rows(_sensitivity(sample, study.effect, study.matching, placebo)).rows
    return StageResult(table)


def rows(effect: Effect) -> StageRows:
    """Write an effect as rows of the table of estimates; what is not defined in SDs has no row."""
    table = StageRows()
    for (sample, line), (_, in_sd) in zip(effect.table.iterrows(), effect.in_sd.iterrows(), strict=True):
        note = effect.notes.get(line["kind"], "")
        for quantity in EFFECT_QUANTITIES:
            table.add(quantity, line[quantity], str(sample), line["kind"], note)
        for quantity in IN_SD_QUANTITIES:
            # Without a standard error the interval is missing, which is a row; without an SD all are.
            if not np.isnan(in_sd[quantity.removesuffix("_low").removesuffix("_high")]):
                table.add(quantity, in_sd[quantity], str(sample), line["kind"], note)
    return table


def _estimates_by_order(
    frame: pd.DataFrame, sample: MatchedSample, scores: FloatArray, study: models.Study
) -> FloatArray:
    """Match anew with the rows in other orders; the effect for the file's own order comes first."""
    assert study.matching is not None
    assert study.effect is not None
    n = len(scores)
    estimates = []
    for order in (np.arange(n), *row_orders(n, study.effect.tie_orders, study.seed)):
        treated = sample.treated[order]
        measured = Measured(scores[order])
        problem = problem_of(frame.iloc[order], study.matching, treated, measured, study.seed)
        weights = METHODS[study.matching.method.method](problem).weights
        if sample.survey is not None:
            weights = weights * sample.survey[order]
        estimates.append(weighted_difference(sample.outcome[order], treated, weights))
    return np.array(estimates)


def _tie_envelope(
    frame: pd.DataFrame, sample: MatchedSample, scores: FloatArray, study: models.Study
) -> TieEnvelope:
    assert study.matching is not None
    problem = problem_of(frame, study.matching, sample.treated, Measured(scores), study.seed)
    return tie_envelope(problem, sample.outcome)
