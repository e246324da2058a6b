"""How alike the groups are before and after matching: differences, variance ratios, distributions."""

from dataclasses import dataclass

import numpy as np

from erm_bridge.numerics import BoolArray, FloatArray

# MatchIt neither standardises a difference nor divides by a deviation below the root of the precision.
NEGLIGIBLE = float(np.sqrt(np.finfo(np.float64).eps))
# Values closer than this share of the largest are one value: equal units can get scores a last bit apart.
ONE_VALUE = 1e-12


@dataclass(frozen=True, slots=True)
class Balance:
    """Balance of q columns before and after matching; NaN is a number that is not defined.

    Attributes
    ----------
    smd_before, smd_after : array, length q
        Difference of means in standard deviations of the treated before matching.
    variance_ratio_before, variance_ratio_after : array, length q
        Variance of the treated divided by that of the controls.
    ks_before, ks_after : array, length q
        Kolmogorov-Smirnov: largest distance of the (weighted) cumulative distributions of the groups.
    """

    smd_before: FloatArray
    smd_after: FloatArray
    variance_ratio_before: FloatArray
    variance_ratio_after: FloatArray
    ks_before: FloatArray
    ks_after: FloatArray


def balance(columns: FloatArray, treated: BoolArray, weights: FloatArray) -> Balance:
    """Compare treated and controls column by column.

    Parameters
    ----------
    columns : array, n x q
        No missing values.
    treated : array of bool, length n
    weights : array, length n
        Weights of the match, 0 for units that are not matched.

    Returns
    -------
    Balance
        A standardised difference is not defined where neither group has two units with weight, or the
        column varies in neither group of the unmatched sample. A variance ratio is not defined for a
        column of zeros and ones, with fewer than two treated units with weight, or where the column
        does not vary among the controls with weight. A distance of distributions is defined where the
        difference is, and always for a column of zeros and ones. The rule looks at columns and weights,
        not at results.

    Notes
    -----
    Matching R call: `summary(matchit(..., estimand = "ATT"))`, columns `Std. Mean Diff.`, `Var. Ratio` and
    `eCDF Max` of `sum.all` and `sum.matched` (MatchIt 4.7.1). The standard deviation is that of all
    treated units, sqrt(p (1 - p)) for a column of zeros and ones and with denominator n - 1 otherwise;
    where the treated do not vary it is the pooled one within groups. Weighted variances are those of
    `stats::cov.wt`: sum w (x - m)^2 / (1 - sum w^2), with weights that sum to 1.
    """
    binary = np.all((columns == 0) | (columns == 1), axis=0)
    unit = np.ones(len(treated))
    # Neither number depends on where zero is; means of columns far from it would lose digits.
    centred = np.where(binary, columns, columns - columns.mean(axis=0))
    spread = _standard_deviation(centred, treated, binary)
    after = _Moments.of(centred, treated, weights, binary)
    before = _Moments.of(centred, treated, unit, binary)
    ks_before, ks_after = _distances(columns, treated, (unit, weights))
    return Balance(
        smd_before=np.where(
            _smd_defined(columns, treated, unit), _standardised(before.difference, spread), np.nan
        ),
        smd_after=np.where(
            _smd_defined(columns, treated, weights), _standardised(after.difference, spread), np.nan
        ),
        variance_ratio_before=np.where(
            ~binary & _ratio_defined(columns, treated, unit), before.variance_ratio, np.nan
        ),
        variance_ratio_after=np.where(
            ~binary & _ratio_defined(columns, treated, weights), after.variance_ratio, np.nan
        ),
        ks_before=np.where(binary | _smd_defined(columns, treated, unit), ks_before, np.nan),
        ks_after=np.where(binary | _smd_defined(columns, treated, weights), ks_after, np.nan),
    )


@dataclass(frozen=True, slots=True)
class _Moments:
    """Difference of means and ratio of variances, treated against controls; length q each."""

    difference: FloatArray
    variance_ratio: FloatArray

    @classmethod
    def of(
        cls, columns: FloatArray, treated: BoolArray, weights: FloatArray, binary: BoolArray
    ) -> "_Moments":
        mean_1, variance_1 = _mean_and_variance(columns[treated], weights[treated], binary)
        mean_0, variance_0 = _mean_and_variance(columns[~treated], weights[~treated], binary)
        with np.errstate(divide="ignore", invalid="ignore"):
            return cls(difference=mean_1 - mean_0, variance_ratio=variance_1 / variance_0)


def _mean_and_variance(
    columns: FloatArray, weights: FloatArray, binary: BoolArray
) -> tuple[FloatArray, FloatArray]:
    shares = weights / weights.sum()
    mean = shares @ columns
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = shares @ (columns - mean) ** 2 / (1 - shares @ shares)
    return mean, np.where(binary, mean * (1 - mean), variance)


def _standard_deviation(columns: FloatArray, treated: BoolArray, binary: BoolArray) -> FloatArray:
    """Return the deviation among the treated, or the pooled one where they do not vary."""
    unit = np.ones(len(treated))
    _, variance = _mean_and_variance(columns[treated], unit[treated], binary)
    spread = np.sqrt(variance)
    constant = ~(spread >= NEGLIGIBLE)
    if constant.any():
        spread[constant] = _pooled(columns[:, constant], treated, binary[constant])
    return spread


def _pooled(columns: FloatArray, treated: BoolArray, binary: BoolArray) -> FloatArray:
    """Pool the squares within groups over n for zeros and ones, over n - 1 otherwise, as MatchIt does."""
    squares = sum(((columns[g] - columns[g].mean(axis=0)) ** 2).sum(axis=0) for g in (treated, ~treated))
    n = len(treated)
    pooled: FloatArray = np.sqrt(squares / np.where(binary, n, n - 1))
    return pooled


def _standardised(difference: FloatArray, spread: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = difference / spread
    return np.where(np.abs(difference) > NEGLIGIBLE, scaled, difference)


def _distances(
    columns: FloatArray, treated: BoolArray, weightings: tuple[FloatArray, ...]
) -> tuple[FloatArray, ...]:
    """Return for each weighting the largest distance of two cumulative distributions, length q each."""
    order = np.argsort(columns, axis=0)
    ascending = np.take_along_axis(columns, order, axis=0)
    # The distributions are compared after the last of equal values.
    last = np.ones(columns.shape, dtype=np.bool_)
    last[:-1] = ascending[1:] != ascending[:-1]

    def largest(weights: FloatArray) -> FloatArray:
        signed = np.where(treated, weights / weights[treated].sum(), -weights / weights[~treated].sum())
        gaps = np.abs(np.cumsum(signed[order], axis=0))
        distance: FloatArray = np.where(last, gaps, 0.0).max(axis=0)
        return distance

    return tuple(largest(weights) for weights in weightings)


def _smd_defined(columns: FloatArray, treated: BoolArray, weights: FloatArray) -> BoolArray:
    used = weights != 0
    enough = max(np.sum(used & treated), np.sum(used & ~treated)) > 1
    defined: BoolArray = enough & (_varies(columns[treated]) | _varies(columns[~treated]))
    return defined


def _ratio_defined(columns: FloatArray, treated: BoolArray, weights: FloatArray) -> BoolArray:
    used = weights != 0
    defined: BoolArray = (np.sum(used & treated) > 1) & _varies(columns[used & ~treated])
    return defined


def _varies(columns: FloatArray) -> BoolArray:
    """Tell which columns take more than one value."""
    if len(columns) < 2:
        return np.zeros(columns.shape[1], dtype=np.bool_)
    varies: BoolArray = np.ptp(columns, axis=0) > ONE_VALUE * np.abs(columns).max(axis=0)
    return varies
