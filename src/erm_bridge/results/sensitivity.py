"""Result of the sensitivity of an effect to hidden bias."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class EffectSensitivity:
    """What bias by something unobserved could do to an effect.

    Attributes
    ----------
    bounds : pandas.DataFrame or None
        Rows by `gamma`, the factor by which the odds of treatment of two units of a pair may differ; columns
        `p_low` and `p_high`, bounds of the one-sided p value, and `effect_low` and `effect_high`, bounds of
        the Hodges-Lehmann estimate of the effect (NaN of an outcome of 0 and 1). None if not asked for.
    test : str or None
        What the p values are of: `signed_rank`, or of an outcome of 0 and 1 `mcnemar`.
    against : str or None
        `positive` or `negative`: the effect that the p values are against, the one that the pairs show.
    e_value : pandas.Series or None
        `point` and `limit`: the risk ratio that an unmeasured confounder must have with treatment and with
        outcome to explain away the effect, and to bring the nearer 95 % limit to no effect. Empty where it is
        not defined. None if not asked for.
    placebo : pandas.DataFrame or None
        The matched effect on each outcome that the treatment cannot have changed: rows by column and kind of
        standard error; columns `estimate`, `std_error`, `statistic`, `p_value`, `conf_low`, `conf_high`. None
        if not asked for.
    """

    bounds: pd.DataFrame | None = None
    test: str | None = None
    against: str | None = None
    e_value: pd.Series | None = None
    placebo: pd.DataFrame | None = None
