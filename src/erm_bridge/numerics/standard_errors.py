"""The effect of a treatment as a difference of means, with its standard error and interval."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from erm_bridge.numerics import BoolArray, FloatArray


@dataclass(frozen=True, slots=True)
class Contrast:
    """Treated minus controls, in units of the outcome.

    Attributes
    ----------
    estimate, std_error : float
    statistic : float
        estimate / std_error.
    p_value : float
        Two-sided, of no difference.
    conf_low, conf_high : float
    """

    estimate: float
    std_error: float
    statistic: float
    p_value: float
    conf_low: float
    conf_high: float


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
    df = len(outcome) - 2
    squares = np.sum((one - one.mean()) ** 2) + np.sum((zero - zero.mean()) ** 2)
    variance = float(squares) / df if df > 0 else np.nan
    std_error = float(np.sqrt(variance * (1 / len(one) + 1 / len(zero))))
    return _contrast(float(one.mean() - zero.mean()), std_error, conf_level, df)


def psmatch2(
    outcome: FloatArray, treated: BoolArray, weights: FloatArray, conf_level: float = 0.95
) -> Contrast:
    """Compare the matched treated units with their weighted controls, with psmatch2's standard error.

    Parameters
    ----------
    outcome : array, length n
        No missing values.
    treated : array of bool, length n
    weights : array, length n
        Weights of the match: 1 for a matched treated unit, 0 for who is not matched, for controls
        proportional to the sum over their treated units of 1 / (number of matches of that unit).
    conf_level : float

    Returns
    -------
    Contrast
        With the normal distribution. The standard error is NaN if a group has a single unit.

    Notes
    -----
    sqrt(s1^2 / N1 + s0^2 sum(w^2) / N1^2): N1 matched treated units, s1^2 and s0^2 the variances
    (denominator n - 1) of the outcome over the matched treated units and, unweighted, over the distinct
    matched controls, w the controls' weights scaled to sum to N1. The score is treated as known. Source:
    Leuven, E. and Sianesi, B. (2003), psmatch2, version 4.0.12. R has no equal.
    """
    used_1, used_0 = treated & (weights > 0), ~treated & (weights > 0)
    one, zero = outcome[used_1], outcome[used_0]
    shares = weights[used_0] / weights[used_0].sum()
    std_error = np.sqrt(_variance(one) / len(one) + _variance(zero) * np.sum(shares**2))
    return _contrast(float(one.mean() - shares @ zero), float(std_error), conf_level)


MatchedError = Callable[[FloatArray, BoolArray, FloatArray, float], Contrast]
MATCHED: dict[str, MatchedError] = {"psmatch2": psmatch2}


def _variance(values: FloatArray) -> float:
    return float(values.var(ddof=1)) if len(values) > 1 else float("nan")


def _contrast(estimate: float, std_error: float, conf_level: float, df: int | None = None) -> Contrast:
    """Add statistic, p value and interval by the normal distribution or by Student's t."""
    # scipy.stats would cost half a second of import for these two functions.
    from scipy.special import ndtr, ndtri, stdtr, stdtrit

    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = float(np.float64(estimate) / std_error)
    upper = (1 + conf_level) / 2
    tail = float(ndtr(-abs(statistic)) if df is None else stdtr(df, -abs(statistic)))
    margin = float(ndtri(upper) if df is None else stdtrit(df, upper)) * std_error
    return Contrast(estimate, std_error, statistic, 2 * tail, estimate - margin, estimate + margin)
