"""Errors of a weighted regression in a matched sample: heteroscedasticity-consistent and clustered.

The regression of the outcome on the treatment, or on the treatment, covariates and all their products, is
one weighted regression within each group. Its effect is the difference of the two predictions at the mean
covariates of those whom the effect is about (g-computation).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from erm_bridge.errors import InputError
from erm_bridge.numerics import BoolArray, FloatArray, IntArray
from erm_bridge.numerics.effects.contrast import ROUNDING
from erm_bridge.numerics.effects.sample import MatchedSample
from erm_bridge.numerics.scaling import scale_columns

# The power of 1 / (1 - leverage) by which each squared residual is raised.
DISCOUNT = {"HC0": 0, "HC1": 0, "HC2": 1, "HC3": 2}
CLUSTERED = ("pair", "unit", "pair_and_unit", "subclass")
KINDS = (*DISCOUNT, *CLUSTERED)
# A row whose leverage comes this close to 1 has no residual of its own.
FULL_LEVERAGE = 1 - 1e-8


@dataclass(frozen=True, slots=True)
class Covariates:
    """Columns to adjust for: `values` (n x p) and the name of each column, for messages."""

    values: FloatArray
    terms: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Effect:
    """The effect and what each of m rows adds to its error.

    `influence` is the residual times the row's part in the coefficient, with the sign of its group.
    """

    estimate: float
    influence: FloatArray
    leverage: FloatArray
    parameters: int


def regression_effect(
    sample: MatchedSample, kind: str, covariates: Covariates | None = None
) -> tuple[float, float]:
    """Estimate an effect by a weighted regression; return it and its variance.

    Parameters
    ----------
    sample : MatchedSample
        Weights not negative. `matches` for the kinds `pair`, `unit`, `pair_and_unit`, `subclass` for the
        kind of that name.
    kind : str
        One of `KINDS`.
    covariates : Covariates, optional
        Without them the effect is the weighted difference of means.

    Returns
    -------
    estimate, variance : float
        The variance is NaN with a single cluster, and for HC2 and HC3 where a row is fitted exactly by
        its own coefficient.

    Raises
    ------
    InputError
        A covariate does not vary, or depends on the others, in a group of the matched sample.

    Notes
    -----
    HC0 to HC3 and `subclass`: rows are the matched units with the weights of the match. `pair`, `unit`
    and `pair_and_unit`: rows are those of `MatchIt::get_matches()`. Matching R calls:
    `fit <- lm(y ~ treat * (x - mean), weights = w)`, then `sandwich::vcovHC(fit, type)`,
    `sandwich::vcovCL(fit, ~ subclass)` or `vcovCL(fit, ~ subclass + id)` with its default type HC1;
    `marginaleffects::avg_comparisons(fit, variables = "treat", newdata = subset(treat == 1), wts = w)`.
    Two-way clusters are S(set) + S(unit) - S(row), each with its own factor.

    References
    ----------
    MacKinnon, J. G. & White, H. (1985). Some heteroskedasticity-consistent covariance matrix estimators
    with improved finite sample properties. Journal of Econometrics 29(3), 305-325.
    Cameron, A. C., Gelbach, J. B. & Miller, D. L. (2011). Robust inference with multiway clustering.
    Journal of Business & Economic Statistics 29(2), 238-249.
    Austin, P. C. & Cafri, G. (2020). Variance estimation when using propensity-score matching with
    replacement with survival or time-to-event outcomes. Statistics in Medicine 39(11), 1623-1640.
    Abadie, A. & Spiess, J. (2022). Robust post-matching inference. Journal of the American Statistical
    Association 117(538), 983-995.
    """
    if kind in DISCOUNT or kind == "subclass":
        unit = np.flatnonzero(sample.weights != 0)
        found = _effect(sample, unit, sample.weights[unit], covariates)
        if kind in DISCOUNT:
            return found.estimate, _heteroscedastic(found, kind)
        return found.estimate, _clustered(found, [sample.set_of_unit[unit]])
    sets = sample.sets
    found = _effect(sample, sets.unit, sets.weight, covariates)
    clusters = {"pair": [sets.number], "unit": [sets.unit], "pair_and_unit": [sets.number, sets.unit]}
    return found.estimate, _clustered(found, clusters[kind])


def _effect(
    sample: MatchedSample, unit: IntArray, weight: FloatArray, covariates: Covariates | None
) -> _Effect:
    """Fit both groups of the rows (m: unit and weight)."""
    y, treated = sample.outcome[unit], sample.treated[unit]
    about = sample.about[unit]
    x = np.empty((len(unit), 0)) if covariates is None else covariates.values[unit]
    at = weight[about] @ x[about] / weight[about].sum()
    influence, leverage = np.empty(len(unit)), np.empty(len(unit))
    predicted = {}
    for group, sign in ((treated, 1), (~treated, -1)):
        columns = _scaled(x[group], at, covariates, "treated" if sign > 0 else "control")
        predicted[sign], part, leverage[group] = _prediction(y[group], weight[group], columns)
        influence[group] = sign * part
    return _Effect(predicted[1] - predicted[-1], influence, leverage, 2 * (1 + x.shape[1]))


def _scaled(x: FloatArray, at: FloatArray, covariates: Covariates | None, group: str) -> FloatArray:
    """Columns of one group as distances from the point of prediction, in units of their spread."""
    if covariates is None:
        return x
    try:
        return (x - at) / scale_columns(x, covariates.terms).length
    except InputError as error:
        raise InputError(f"adjust: among the matched {group} rows {error}") from None


def _prediction(
    y: FloatArray, weight: FloatArray, columns: FloatArray
) -> tuple[float, FloatArray, FloatArray]:
    """Regress on an intercept and columns; return the intercept, each row's influence, the leverages."""
    root = np.sqrt(weight)
    centre = float(weight @ y / weight.sum())
    q, r = np.linalg.qr(root[:, None] * np.column_stack([np.ones(len(y)), columns]))
    inverse = np.linalg.inv(r)
    coefficients = inverse @ (q.T @ (root * (y - centre)))
    residuals = y - centre - coefficients[0] - columns @ coefficients[1:]
    influence = (q @ inverse[0]) * root * residuals
    return centre + float(coefficients[0]), influence, np.sum(q**2, axis=1)


def _heteroscedastic(found: _Effect, kind: str) -> float:
    n, k = len(found.influence), found.parameters
    if kind == "HC1":
        return float(np.sum(found.influence**2)) * n / (n - k) if n > k else float("nan")
    if DISCOUNT[kind] and (found.leverage > FULL_LEVERAGE).any():
        return float("nan")
    return float(np.sum(found.influence**2 / (1 - found.leverage) ** DISCOUNT[kind]))


def _clustered(found: _Effect, clusters: Sequence[IntArray | BoolArray]) -> float:
    """Sum the squares of one or two ways of clustering; in two ways a row is the intersection."""
    m, k = len(found.influence), found.parameters
    if m <= k:
        return float("nan")
    parts = [_between(found.influence, np.unique(way, return_inverse=True)[1]) for way in clusters]
    variance = sum(parts)
    if len(clusters) == 2:
        by_row = _between(found.influence, np.arange(m))
        variance -= by_row
        # What rounding leaves of variances that cancel.
        if abs(variance) <= ROUNDING * by_row:
            variance = 0.0
    return float(variance * (m - 1) / (m - k))


def _between(influence: FloatArray, cluster: IntArray) -> float:
    """Return the sum over G clusters (numbered from 0) of squared sums, times G / (G - 1); NaN for one."""
    sums = np.bincount(cluster, weights=influence)
    count = len(sums)
    return float(sums @ sums) * count / (count - 1) if count > 1 else float("nan")
