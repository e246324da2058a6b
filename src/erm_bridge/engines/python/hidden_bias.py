"""What bias by something unobserved could do to an effect: the part of stage `effect` that says so."""

from collections.abc import Callable, Sequence
from math import exp, log, sqrt

import numpy as np
import pandas as pd

from erm_bridge.engines.columns import EFFECT_QUANTITIES
from erm_bridge.errors import InputError
from erm_bridge.estimates import StageRows
from erm_bridge.numerics import BoolArray, FloatArray, IntArray
from erm_bridge.numerics.e_value import EValue, e_value_of_difference, e_value_of_ratio
from erm_bridge.numerics.hidden_bias import hodges_lehmann_bounds, mcnemar_bounds, signed_rank_bounds
from erm_bridge.numerics.standard_errors import MatchedSample
from erm_bridge.results import EffectSensitivity
from erm_bridge.study import models
from erm_bridge.study.sensitivity_section import PAIRS_ONLY

# Half width of a 95 % interval in standard errors.
NORMAL_95 = 1.959963984540054
MatchedEffects = Callable[[FloatArray], pd.DataFrame]


def sensitivity(
    sample: MatchedSample,
    options: models.EffectSensitivity,
    effects_on: MatchedEffects,
    placebo: pd.DataFrame,
    estimand: str = "ATT",
) -> EffectSensitivity:
    """Tell what hidden bias could do to a matched effect.

    Parameters
    ----------
    sample : MatchedSample
    options : study.models.EffectSensitivity
    effects_on : callable
        Takes an outcome (length n), returns the matched effect: a line for each kind of standard error, with
        `kind`, `estimate`, `std_error` and the rest.
    placebo : DataFrame, n rows
        The columns that the options name.
    estimand : {"ATT", "ATC"}

    Raises
    ------
    InputError
        Bounds are asked for, but the match does not consist of pairs.
    """
    bounds = test = against = values = found = None
    if options.rosenbaum:
        focal = ~sample.treated if estimand == "ATC" else sample.treated
        differences = pair_differences(sample.outcome, focal, sample.matches)
        sign = -1.0 if estimand == "ATC" else 1.0
        bounds, test, against = _bounds(sign * differences, options.rosenbaum, _is_binary(sample.outcome))
    if options.e_value:
        first = effects_on(sample.outcome).iloc[0]
        value = _e_value(sample, first["estimate"], first["std_error"])
        values = pd.Series({} if value is None else {"point": value.point, "limit": value.limit}, dtype=float)
    if options.placebo:
        lines = {name: effects_on(placebo[name].to_numpy("float64")) for name in options.placebo}
        found = pd.concat({name: line.set_index("kind") for name, line in lines.items()}, names=["column"])
        found = found[list(EFFECT_QUANTITIES)]
    return EffectSensitivity(bounds, test, against, values, found)


def rows(found: EffectSensitivity) -> StageRows:
    """Write the sensitivity as rows of the table of estimates; what is not defined has no row."""
    table = StageRows()
    if found.bounds is not None:
        note = f"against a {found.against} effect"
        for gamma, line in found.bounds.dropna(axis="columns").iterrows():
            for column, value in line.items():
                quantity = _QUANTITIES[str(column)]
                table.add(quantity, value, str(found.test), f"{gamma:g}", note if "_p_" in quantity else "")
    for term, value in ({} if found.e_value is None else found.e_value).items():
        table.add("e_value", value, str(term))
    if found.placebo is not None:
        columns, kinds = (found.placebo.index.get_level_values(level) for level in ("column", "kind"))
        for quantity in EFFECT_QUANTITIES:
            for name, kind, value in zip(columns, kinds, found.placebo[quantity], strict=True):
                table.add(quantity, value, f"placebo[{name}]", kind)
    return table


_QUANTITIES = {
    "p_low": "rosenbaum_p_low",
    "p_high": "rosenbaum_p_high",
    "effect_low": "hodges_lehmann_low",
    "effect_high": "hodges_lehmann_high",
}


def pair_differences(outcome: FloatArray, focal: BoolArray, matches: IntArray | None) -> FloatArray:
    """Return the outcome of each matched focal unit minus that of its only partner.

    Raises
    ------
    InputError
        A unit has several partners or a partner several units, or the match has no pairs at all.
    """
    if matches is None or matches.shape[1] != 1:
        found = (
            "no pairs" if matches is None or not matches.shape[1] else f"up to {matches.shape[1]} in a set"
        )
        raise InputError(f"rosenbaum: {PAIRS_ONLY}; found {found}")
    partner = matches[:, 0]
    if np.bincount(partner[partner >= 0], minlength=1).max() > 1:
        raise InputError(f"rosenbaum: {PAIRS_ONLY}; found a control in several pairs")
    units = np.flatnonzero(focal)[partner >= 0]
    return outcome[units] - outcome[partner[partner >= 0]]


def _is_binary(outcome: FloatArray) -> bool:
    return bool(np.isin(outcome, (0, 1)).all())


def _bounds(differences: FloatArray, gammas: Sequence[float], binary: bool) -> tuple[pd.DataFrame, str, str]:
    found = (mcnemar_bounds if binary else signed_rank_bounds)(differences, gammas)
    table = pd.DataFrame(
        {"p_low": found.low, "p_high": found.high, "effect_low": np.nan, "effect_high": np.nan},
        index=pd.Index(gammas, name="gamma"),
    )
    if not binary:
        effect = hodges_lehmann_bounds(differences, gammas)
        table["effect_low"], table["effect_high"] = effect.low, effect.high
    return table, "mcnemar" if binary else "signed_rank", "positive" if found.above else "negative"


def _e_value(sample: MatchedSample, estimate: float, std_error: float) -> EValue | None:
    """Compute the E-values: of an outcome of 0 and 1 by its risks, of any other in standard deviations."""
    if _is_binary(sample.outcome):
        return _e_value_of_risks(sample)
    one, zero = sample.outcome[sample.treated], sample.outcome[~sample.treated]
    squares = np.sum((one - one.mean()) ** 2) + np.sum((zero - zero.mean()) ** 2)
    if not (std_error > 0 and squares > 0):
        return None
    return e_value_of_difference(estimate, std_error, sqrt(squares / (len(sample.outcome) - 2)))


def _e_value_of_risks(sample: MatchedSample) -> EValue | None:
    """Compare the risks of the matched groups; the interval of the log ratio has psmatch2's variances."""
    risks, variance = [], 0.0
    for group in (sample.treated, ~sample.treated):
        used = group & (sample.weights != 0)
        shares = sample.weights[used] / sample.weights[used].sum()
        risk = float(shares @ sample.outcome[used])
        if not (risk > 0 and used.sum() > 1):
            return None
        risks.append(risk)
        variance += float(sample.outcome[used].var(ddof=1) * np.sum(shares**2)) / risk**2
    ratio, margin = risks[0] / risks[1], NORMAL_95 * sqrt(variance)
    return e_value_of_ratio(ratio, exp(log(ratio) - margin), exp(log(ratio) + margin))
