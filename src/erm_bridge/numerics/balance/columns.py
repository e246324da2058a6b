"""Balance of columns: means, standardised differences, variances and distributions of the two groups."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from functools import partial

import numpy as np

from erm_bridge.numerics import BoolArray, FloatArray
from erm_bridge.numerics.balance.distributions import distribution_gaps
from erm_bridge.numerics.balance.groups import NEGLIGIBLE, Column, Moments, Sample, Units, sample_of
from erm_bridge.options import Denominator

PairDistance = Callable[[FloatArray], float]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The two groups compared on q columns, before or after matching; NaN is a number that is not defined.

    Attributes
    ----------
    mean_treated, mean_control : array, length q
        In units of the column.
    smd : array, length q
        Difference of the means in standard deviations of the unmatched sample.
    variance_ratio : array, length q
        Variance of the treated divided by that of the controls.
    ecdf_mean, ks : array, length q
        Mean and largest distance of the (weighted) cumulative distributions; the largest is that of
        Kolmogorov and Smirnov.
    """

    mean_treated: FloatArray
    mean_control: FloatArray
    smd: FloatArray
    variance_ratio: FloatArray
    ecdf_mean: FloatArray
    ks: FloatArray


@dataclass(frozen=True, slots=True)
class Balance:
    """Balance of q columns before and after matching.

    Attributes
    ----------
    before, after : Comparison
    spread : array, length q
        Standard deviation by which differences are divided: that of the unmatched sample, before and after.
    pair_distance : array, length q
        Mean absolute difference within pairs in these standard deviations; NaN without pairs.
    """

    before: Comparison
    after: Comparison
    spread: FloatArray
    pair_distance: FloatArray


def balance(
    columns: FloatArray | Sequence[FloatArray],
    treated: BoolArray,
    weights: FloatArray,
    *,
    denominator: Denominator = "treated",
    sampling: FloatArray | None = None,
    distance: PairDistance | None = None,
) -> Balance:
    """Compare treated and controls column by column.

    Parameters
    ----------
    columns : array, n x q, or sequence of q arrays, length n
        No missing values; a sequence is not copied.
    treated : array of bool, length n
    weights : array, length n
        Weights of the match, 0 for units that are not matched; without the sampling weights.
    denominator : {"treated", "control", "pooled", "all"}
        Whose standard deviation differences are divided by: that of a group, the root of the mean of both
        variances, or that of both groups taken together.
    sampling : array, length n, optional
        Sampling weights, above 0; None for 1. They count before matching and multiply the weights after it.
    distance : function of a column, optional
        Mean distance within pairs, such as `partial(pair_distance, pairs=pairs)`.

    Returns
    -------
    Balance
        A standardised difference is not defined where neither group has two units with weight, or the
        column varies in neither group of the unmatched sample. A variance ratio is not defined for a
        column of zeros and ones, with fewer than two treated units with weight, or where the column
        does not vary among the controls with weight. A distance of distributions is defined where the
        difference is, and always for a column of zeros and ones; a distance within pairs where the
        difference after matching is. The rule looks at columns and weights, not at results.

    Notes
    -----
    Matching R call: `summary(matchit(...))`, `sum.all` and `sum.matched` (MatchIt 4.7.1), which divides by
    the standard deviation of the treated for the estimand ATT, of the controls for ATC, pooled for ATE. It
    is that of the unmatched sample, sqrt(p (1 - p)) for a column of zeros and ones and with denominator
    n - 1 otherwise; where it is 0 it is the pooled one within groups. Weighted variances are those of
    `stats::cov.wt`: sum w (x - m)^2 / (1 - sum w^2), with weights that sum to 1. Both distances of
    distributions are the absolute difference of the means for a column of zeros and ones.

    Columns are worked on in as many threads as there are processors; results do not depend on their number.
    """
    sample = sample_of(treated, weights, sampling)
    work = partial(_column, sample, denominator, distance)
    listed = [
        np.ascontiguousarray(values, dtype=np.float64)
        for values in (columns.T if isinstance(columns, np.ndarray) else columns)
    ]
    if len(listed) * len(treated) < 100_000:
        found = np.array([work(values) for values in listed])
    else:
        with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as threads:
            found = np.array(list(threads.map(work, listed)))
    found = found.reshape(len(listed), -1).T
    many = len(fields(Comparison))
    return Balance(Comparison(*found[:many]), Comparison(*found[many : 2 * many]), *found[2 * many :])


def percent_reduction(found: Balance) -> dict[str, FloatArray]:
    """Return by how many percent matching made each kind of imbalance smaller.

    Keys `smd`, `variance_ratio`, `ecdf_mean`, `ks`; arrays of length q, NaN where a number is not defined,
    there was no imbalance before matching, or a variance is 0.

    Notes
    -----
    Matching R call: `summary(matchit(...), improvement = TRUE)$reduction` (MatchIt 4.7.1): of variance
    ratios the logarithm. MatchIt divides by imbalances that are nothing but rounding, too.
    """
    return {
        name: _reduction(getattr(found.before, name), getattr(found.after, name), name == "variance_ratio")
        for name in ("smd", "variance_ratio", "ecdf_mean", "ks")
    }


def _reduction(before: FloatArray, after: FloatArray, ratio: bool) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        one, other = (np.abs(_logarithm(v) if ratio else v) for v in (before, after))
        reduced = 100 * (one - other) / one
    return np.where((one > NEGLIGIBLE) & np.isfinite(reduced), reduced, np.nan)


def _logarithm(ratios: FloatArray) -> FloatArray:
    """Take logarithms; of a ratio that is 0 to rounding there is none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(ratios > NEGLIGIBLE**2, np.log(ratios), np.nan)


def _column(
    sample: Sample, denominator: Denominator, distance: PairDistance | None, values: FloatArray
) -> list[float]:
    """Return every number of one column: before, after, deviation, distance within pairs."""
    column = sample.column(values)
    spread = column.spread(denominator)
    pairs = column.varies and max(len(group.rows) for group in sample.after) > 1
    apart = distance(values) if pairs and distance is not None else np.nan
    if column.points is None:
        gaps = distribution_gaps(values, sample.signed)
    else:
        differences = np.abs(np.cumsum(column.points, axis=1))
        gaps = differences.mean(axis=1), differences.max(axis=1)
    before = _numbers(column, column.before, sample.before, spread, (gaps[0][0], gaps[1][0]))
    after = _numbers(column, column.after, sample.after, spread, (gaps[0][1], gaps[1][1]))
    return [*before, *after, spread, _ratio(apart, spread)]


def _numbers(
    column: Column,
    moments: tuple[Moments, Moments],
    units: tuple[Units, Units],
    spread: float,
    gaps: tuple[float, float],
) -> list[float]:
    """Return the numbers of a `Comparison` of one column under one weighting, in its order."""
    treated, controls = moments
    difference = treated.mean - controls.mean
    smd = ratio = np.nan
    defined = column.varies and max(len(group.rows) for group in units) > 1
    if defined:
        # MatchIt standardises no difference below the root of the precision.
        smd = _ratio(difference, spread) if abs(difference) > NEGLIGIBLE else difference
    if not column.binary and len(units[0].rows) > 1 and controls.varies:
        ratio = _ratio(treated.variance, controls.variance)
    if column.binary:
        gaps = abs(difference), abs(difference)
    elif not defined:
        gaps = np.nan, np.nan
    return [column.centre + treated.mean, column.centre + controls.mean, smd, ratio, *gaps]


def _ratio(one: float, other: float) -> float:
    """Divide; by 0 there is no number."""
    return one / other if other else np.nan
