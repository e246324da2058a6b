"""Effects of a matched sample with every standard error that is asked for, as tables."""

from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
import pandas as pd

from erm_bridge.engines.columns import IN_SD_QUANTITIES
from erm_bridge.numerics import standard_errors as se
from erm_bridge.results import Effect
from erm_bridge.study import models
from erm_bridge.study.effect_errors import Recommendation, notes_on, recommended


def effect_of(
    sample: se.MatchedSample,
    covariates: se.Covariates | None,
    options: models.Effect,
    matching: models.Matching,
    advice: Recommendation | None = None,
) -> Effect:
    """Estimate all rows of an effect; `advice`: None for that of an estimated score."""
    level = options.conf_level
    if sample.survey is None:
        lines = [("unmatched", "pooled", se.unmatched(sample.outcome, sample.treated, level))]
    else:
        everyone = se.MatchedSample(sample.outcome, sample.treated, sample.survey)
        lines = [("unmatched", "HC1", se.matched(everyone, "HC1", level))]
    lines += [("matched", kind, se.matched(sample, kind, level)) for kind in options.std_error]
    if covariates is not None:
        lines += [
            ("adjusted", kind, se.adjusted(sample, kind, covariates, level))
            for kind in options.adjusted_errors
        ]
    rows = pd.Index([row for row, _, _ in lines], name="sample")
    table = pd.DataFrame([{"kind": kind, **asdict(contrast)} for _, kind, contrast in lines], index=rows)
    deviations = {
        "glass_delta": se.control_sd(sample.outcome, sample.treated),
        "cohen_d": se.pooled_sd(sample.outcome, sample.treated),
    }
    advice = advice or recommended(matching, bool(options.adjust))
    return Effect(table, in_sd(table, deviations), advice, notes_on(options, matching))


def in_sd(table: pd.DataFrame, deviations: Mapping[str, float]) -> pd.DataFrame:
    """Divide estimates and intervals by standard deviations of the outcome; NaN where one is 0."""
    columns: dict[str, pd.Series] = {"kind": table["kind"]}
    for name, deviation in deviations.items():
        for ending, quantity in (("", "estimate"), ("_low", "conf_low"), ("_high", "conf_high")):
            columns[name + ending] = table[quantity] / (deviation if deviation > 0 else np.nan)
    return pd.DataFrame(columns)[["kind", *IN_SD_QUANTITIES]]
