"""The effect of a treatment as a difference of means, with its standard error and interval."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from erm_bridge.numerics import BoolArray, FloatArray, IntArray

# Share of the largest number below which a difference is rounding.
ROUNDING = 1e-14


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


@dataclass(frozen=True, slots=True)
class MatchedSample:
    """The outcome of n units, and who was matched with whom.

    Attributes
    ----------
    outcome : array, length n
        No missing values.
    treated : array of bool, length n
    weights : array, length n
        Weights of the match: 1 for a matched treated unit, 0 for who is not matched, for controls
        proportional to the sum over their treated units of 1 / (number of matches of that unit).
    matches : array of int, treated x ratio
        Rows of the controls of each treated unit, treated units in data order; -1 where there is none.
    """

    outcome: FloatArray
    treated: BoolArray
    weights: FloatArray
    matches: IntArray


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


def weighted_difference(outcome: FloatArray, treated: BoolArray, weights: FloatArray) -> float:
    """Return the mean of the matched treated minus the weighted mean of their controls (arrays: n)."""
    one, zero = treated & (weights > 0), ~treated & (weights > 0)
    return float(outcome[one].mean() - weights[zero] @ outcome[zero] / weights[zero].sum())


def psmatch2(sample: MatchedSample, conf_level: float = 0.95) -> Contrast:
    """Compare the matched treated units with their weighted controls, with psmatch2's standard error.

    Parameters
    ----------
    sample : MatchedSample
        `matches` are not used.
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
    outcome, treated, weights = sample.outcome, sample.treated, sample.weights
    used_1, used_0 = treated & (weights > 0), ~treated & (weights > 0)
    one, zero = outcome[used_1], outcome[used_0]
    shares = weights[used_0] / weights[used_0].sum()
    variance = _variance(one) / len(one) + _variance(zero) * float(np.sum(shares**2))
    std_error = _root(variance, outcome)
    return _contrast(weighted_difference(outcome, treated, weights), std_error, conf_level)


def pair_and_unit(sample: MatchedSample, conf_level: float = 0.95) -> Contrast:
    """Compare the matched treated units with their controls, with errors clustered by pair and by unit.

    Each treated unit and its controls are a set; a control that serves several treated units stands in
    several sets. The contrast is the coefficient of the treatment in a regression on the rows of all
    sets, where the treated unit weighs 1 and its k controls 1/k each; its variance allows the rows of a
    set and the rows of a unit to be correlated.

    Parameters
    ----------
    sample : MatchedSample
        `weights` give the point, `matches` the sets.
    conf_level : float

    Returns
    -------
    Contrast
        With the normal distribution. The standard error is NaN with a single set, or where the
        difference of variances is negative. Without replacement a unit stands in one set only, and the
        result is that of clustering by set.

    Notes
    -----
    Let h be the weighted residual of a row over its group's sum of weights, signed by group, and S(c) the
    sum of squared sums of h by cluster, times C / (C - 1) for C clusters. With M rows the variance is
    (M - 1) / (M - 2) [S(set) + S(unit) - S(row)]. Matching R calls: `MatchIt::get_matches()`, then
    `sandwich::vcovCL(lm(y ~ treated, weights = weights), ~ subclass + id)` with its default type HC1.

    References
    ----------
    Cameron, A. C., Gelbach, J. B. & Miller, D. L. (2011). Robust inference with multiway clustering.
    Journal of Business & Economic Statistics 29(2), 238-249, equation 2.11.
    Austin, P. C. & Cafri, G. (2020). Variance estimation when using propensity-score matching with
    replacement with survival or time-to-event outcomes. Statistics in Medicine 39(11), 1623-1640.
    """
    paired = sample.matches >= 0
    found = paired.sum(axis=1)
    sets = np.flatnonzero(found)
    # Rows: first the treated unit of each set, then the controls set by set.
    unit = np.concatenate([np.flatnonzero(sample.treated)[sets], sample.matches[paired]])
    weight = np.concatenate([np.ones(len(sets)), np.repeat(1 / found[sets], found[sets])])
    member = np.concatenate([np.arange(len(sets)), np.repeat(np.arange(len(sets)), found[sets])])
    values, is_treated = sample.outcome[unit], np.arange(len(unit)) < len(sets)
    influence = np.empty(len(unit))
    for group, sign in ((is_treated, 1), (~is_treated, -1)):
        shares = weight[group] / weight[group].sum()
        influence[group] = sign * shares * (values[group] - shares @ values[group])
    by_row = _between(influence, np.arange(len(unit)))
    by_unit = _between(influence, np.unique(unit, return_inverse=True)[1])
    variance = _between(influence, member) + by_unit - by_row
    # What rounding leaves of variances that cancel.
    if abs(variance) <= ROUNDING * by_row:
        variance = 0.0
    with np.errstate(invalid="ignore", divide="ignore"):
        factor = float(np.float64(len(unit) - 1) / (len(unit) - 2))
    point = weighted_difference(sample.outcome, sample.treated, sample.weights)
    return _contrast(point, _root(factor * variance, sample.outcome), conf_level)


MatchedError = Callable[[MatchedSample, float], Contrast]
MATCHED: dict[str, MatchedError] = {"psmatch2": psmatch2, "pair_and_unit": pair_and_unit}


def _between(influence: FloatArray, cluster: IntArray) -> float:
    """Return the sum over G clusters (numbered from 0) of squared sums, times G / (G - 1); NaN for one."""
    sums = np.bincount(cluster, weights=influence)
    count = len(sums)
    return float(sums @ sums) * count / (count - 1) if count > 1 else float("nan")


def _root(variance: float, outcome: FloatArray) -> float:
    """Return a standard error; 0 where it is no more than the rounding of the outcome, NaN of a negative."""
    if abs(variance) <= (ROUNDING * float(np.abs(outcome).max())) ** 2:
        return 0.0
    return float(np.sqrt(variance)) if variance > 0 else float("nan")


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
