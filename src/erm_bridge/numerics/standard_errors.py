"""The effect of a treatment with each kind of standard error.

========================  ==============================================================================
`effects.sample`          who was matched with whom, and on what
`effects.difference`      differences of means; psmatch2's error
`effects.regression`      HC0 to HC3, clusters of pairs, units and subclasses; adjustment for covariates
`effects.abadie_imbens`   errors of matching estimators, for a known and an estimated score
`effects.bootstrap`       resampled sets
`effects.contrast`        statistic, p value and interval
========================  ==============================================================================
"""

from collections.abc import Callable
from functools import partial

from erm_bridge.numerics.effects.abadie_imbens import abadie_imbens, abadie_imbens_score
from erm_bridge.numerics.effects.bootstrap import bootstrap
from erm_bridge.numerics.effects.contrast import Contrast, contrast, root
from erm_bridge.numerics.effects.difference import (
    control_sd,
    pooled_sd,
    psmatch2,
    unmatched,
    weighted_difference,
)
from erm_bridge.numerics.effects.regression import KINDS, Covariates, regression_effect
from erm_bridge.numerics.effects.sample import MatchedSample, Score

MatchedError = Callable[[MatchedSample], float]


def _of_regression(sample: MatchedSample, kind: str) -> float:
    return regression_effect(sample, kind)[1]


# The variance of the weighted difference by the name of its kind.
MATCHED: dict[str, MatchedError] = {
    "psmatch2": psmatch2,
    **{kind: partial(_of_regression, kind=kind) for kind in KINDS},
    "abadie_imbens": abadie_imbens,
    "abadie_imbens_score": abadie_imbens_score,
    "bootstrap": bootstrap,
}
# Kinds that a regression on covariates has as well.
ADJUSTED = KINDS


def matched(sample: MatchedSample, kind: str, conf_level: float = 0.95) -> Contrast:
    """Compare the matched treated units with their weighted controls; the normal distribution.

    Parameters
    ----------
    sample : MatchedSample
    kind : str
        A name in `MATCHED`.
    conf_level : float
    """
    estimate = weighted_difference(sample.outcome, sample.treated, sample.weights)
    return contrast(estimate, root(MATCHED[kind](sample), sample.outcome), conf_level)


def adjusted(sample: MatchedSample, kind: str, covariates: Covariates, conf_level: float = 0.95) -> Contrast:
    """Compare the groups at the same covariates (g-computation); see `regression_effect`."""
    estimate, variance = regression_effect(sample, kind, covariates)
    return contrast(estimate, root(variance, sample.outcome), conf_level)


__all__ = [
    "ADJUSTED",
    "MATCHED",
    "Contrast",
    "Covariates",
    "MatchedSample",
    "Score",
    "adjusted",
    "control_sd",
    "matched",
    "pooled_sd",
    "unmatched",
    "weighted_difference",
]
