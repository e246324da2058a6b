"""Differences of means: everyone, and the weighted difference of a match with psmatch2's error."""

import numpy as np

from erm_bridge.numerics import BoolArray, FloatArray
from erm_bridge.numerics.effects.contrast import Contrast, contrast
from erm_bridge.numerics.effects.sample import MatchedSample


def unmatched(outcome: FloatArray, treated: BoolArray, conf_level: float = 0.95) -> Contrast:
    """Compare everyone who is treated with everyone who is not.

    Parameters
    ----------
    outcome : array, length n
        No missing values.
    treated : array of bool, length n
    conf_level : float

    Returns
    -------
    Contrast
        With the pooled standard error and Student's t with n - 2 degrees of freedom; NaN if n < 3.

    Notes
    -----
    Matching R call: `summary(lm(outcome ~ treated))` and `confint()`; the row "Unmatched" of Stata's
    psmatch2.
    """
    one, zero = outcome[treated], outcome[~treated]
    std_error = pooled_sd(outcome, treated) * float(np.sqrt(1 / len(one) + 1 / len(zero)))
    return contrast(float(one.mean() - zero.mean()), std_error, conf_level, len(outcome) - 2)


def pooled_sd(outcome: FloatArray, treated: BoolArray) -> float:
    """Return the standard deviation within the two groups, n - 2 degrees of freedom; NaN if n < 3."""
    df = len(outcome) - 2
    squares = sum(float(np.sum((y - y.mean()) ** 2)) for y in (outcome[treated], outcome[~treated]))
    return float(np.sqrt(squares / df)) if df > 0 else float("nan")


def control_sd(outcome: FloatArray, treated: BoolArray) -> float:
    """Return the standard deviation of all controls, denominator n - 1; NaN for a single one."""
    zero = outcome[~treated]
    return float(zero.std(ddof=1)) if len(zero) > 1 else float("nan")


def weighted_difference(outcome: FloatArray, treated: BoolArray, weights: FloatArray) -> float:
    """Return the weighted mean of the matched treated minus that of the matched controls (arrays: n)."""
    means = [
        weights[group] @ outcome[group] / weights[group].sum()
        for group in (treated & (weights != 0), ~treated & (weights != 0))
    ]
    return float(means[0] - means[1])


def psmatch2(sample: MatchedSample) -> float:
    """Return the variance of psmatch2's standard error; NaN if a group has a single unit.

    Notes
    -----
    s1^2 / N1 + s0^2 sum(w^2) / N1^2: N1 matched treated units, s1^2 and s0^2 the variances (denominator
    n - 1) of the outcome over the matched treated units and, unweighted, over the distinct matched
    controls, w the controls' weights scaled to sum to N1. Where treated units have weights too (ATC, ATE)
    both groups count as the controls do. The score is treated as known. Source: Leuven, E. and Sianesi, B.
    (2003), psmatch2, version 4.0.12. R has no equal.
    """
    variance = 0.0
    for group in (sample.treated, ~sample.treated):
        used = group & (sample.weights != 0)
        if used.sum() < 2:
            return float("nan")
        shares = sample.weights[used] / sample.weights[used].sum()
        variance += float(sample.outcome[used].var(ddof=1)) * float(np.sum(shares**2))
    return variance
