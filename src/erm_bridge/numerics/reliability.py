"""Internal consistency of a scale, the sum of its items: all of it follows from their covariances."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.correlation import refuse_singular


@dataclass(frozen=True, slots=True)
class Consistency:
    """Coefficients of one scale (numbers) or of a stack of scales (arrays, one element a scale).

    Attributes
    ----------
    alpha : Cronbach's coefficient, from the covariances; at most 1, negative where they are on average.
    alpha_std : the same of the standardised items, from the correlations.
    lambda6 : Guttman's lower bound from squared multiple correlations, of the standardised items.
    average_r, median_r : mean and median of the correlations of two different items.
    signal_to_noise : p r / (1 - r) with the average r.
    alpha_se : asymptotic standard error of `alpha` for normal items; NaN for fewer than two rows.
    """

    alpha: FloatArray
    alpha_std: FloatArray
    lambda6: FloatArray
    average_r: FloatArray
    median_r: FloatArray
    signal_to_noise: FloatArray
    alpha_se: FloatArray


@dataclass(frozen=True, slots=True)
class ItemTotal:
    """Correlations of each item with the scale (arrays of length p).

    Attributes
    ----------
    raw_r : with the sum of all items, itself among them.
    std_r : the same of standardised items.
    r_cor : of standardised items, its own variance replaced by its squared multiple correlation, both in
        the item and in the sum; NaN where the sum is left without variance.
    r_drop : with the sum of the other items.
    """

    raw_r: FloatArray
    std_r: FloatArray
    r_cor: FloatArray
    r_drop: FloatArray


class Interval(NamedTuple):
    """Limits of a two-sided confidence interval."""

    low: float
    high: float


def consistency(covariance: FloatArray, n: int) -> Consistency:
    """Compute the coefficients of scales from the covariances of their items.

    Matching R call: the data frame `total` of `psych::alpha(x)`, for which it takes the rows.

    Parameters
    ----------
    covariance : array, p x p, or a stack of them (... x p x p)
        Positive definite; p at least 2.
    n : int
        Rows behind the covariances; only the standard error needs it.

    Raises
    ------
    InputError
        The items of a single matrix depend on each other; the message names their positions.

    References
    ----------
    Cronbach, L. J. (1951). Coefficient alpha and the internal structure of tests. Psychometrika 16(3),
    297-334, eq. 2.
    Guttman, L. (1945). A basis for analyzing test-retest reliability. Psychometrika 10(4), 255-282.
    Cronbach, L. J. & Gleser, G. C. (1964). The signal/noise ratio in the comparison of reliability
    coefficients. Educational and Psychological Measurement 24(3), 467-480.
    Duhachek, A. & Iacobucci, D. (2004). Alpha's standard error (ASE). Journal of Applied Psychology
    89(5), 792-808, eq. 2-3: the variance of van Zyl, Neudecker and Nel (2000).
    """
    p = covariance.shape[-1]
    correlation = correlation_of(covariance)
    if correlation.ndim == 2:
        refuse_singular(correlation)
    lower = correlation[..., *np.tril_indices(p, -1)]
    average = lower.mean(axis=-1)
    unexplained = 1 / np.diagonal(np.linalg.inv(correlation), axis1=-2, axis2=-1)
    return Consistency(
        alpha=_alpha(covariance),
        alpha_std=_alpha(correlation),
        lambda6=1 - unexplained.sum(axis=-1) / correlation.sum(axis=(-2, -1)),
        average_r=average,
        median_r=np.median(lower, axis=-1),
        signal_to_noise=p * average / (1 - average),
        alpha_se=_standard_error(covariance, n),
    )


def consistency_if_dropped(covariance: FloatArray, n: int) -> Consistency:
    """Compute the coefficients of the p scales that lack one item each.

    Matching R call: the data frame `alpha.drop` of `psych::alpha(x)`.

    Parameters
    ----------
    covariance : array, p x p
        Positive definite; p at least 3.
    n : int

    Returns
    -------
    Consistency
        Element i is of the scale without item i.
    """
    p = len(covariance)
    others = np.array([np.delete(np.arange(p), item) for item in range(p)])
    return consistency(covariance[others[:, :, None], others[:, None, :]], n)


def item_total(covariance: FloatArray) -> ItemTotal:
    """Correlate each item with the scale in four ways.

    Matching R call: the data frame `item.stats` of `psych::alpha(x)`.

    Parameters
    ----------
    covariance : array, p x p
        Positive definite.

    References
    ----------
    Cureton, E. (1966). Corrected item-test correlations. Psychometrika 31(1), 93-96 (for `r_cor`).
    """
    correlation = correlation_of(covariance)
    variances, with_sum = np.diag(covariance), covariance.sum(axis=0)
    rest = covariance.sum() - 2 * with_sum + variances
    unexplained = 1 / np.diag(np.linalg.inv(correlation))
    common = correlation.sum() - unexplained.sum()
    return ItemTotal(
        raw_r=with_sum / np.sqrt(variances * covariance.sum()),
        std_r=correlation.sum(axis=0) / np.sqrt(correlation.sum()),
        r_cor=(correlation.sum(axis=0) - unexplained) / np.sqrt(common if common > 0 else np.nan),
        r_drop=(with_sum - variances) / np.sqrt(variances * rest),
    )


def feldt_interval(alpha: float, items: int, n: int, conf_level: float) -> Interval:
    """Confidence interval of alpha by the F distribution, exact for parallel normal items.

    (1 - alpha) / (1 - a), a the estimate, has an F distribution with n - 1 and (n - 1)(p - 1) degrees of
    freedom. Matching R call: `psych::alpha.ci(alpha, n, p, p.val = 1 - conf_level)`; R's `qf` takes
    the second of them as infinite above 4e5, which makes the interval too narrow, of 20 items by 2.5 %.

    Parameters
    ----------
    alpha : float
    items, n : int
        p items, n rows.
    conf_level : float

    References
    ----------
    Feldt, L. S., Woodruff, D. J. & Salih, F. A. (1987). Statistical inference for coefficient alpha.
    Applied Psychological Measurement 11(1), 93-103.
    """
    from scipy.special import betainccinv, betaincinv

    tail = (1 - conf_level) / 2
    a, b = (n - 1) / 2, (n - 1) * (items - 1) / 2
    # F from the beta distribution of F d1 / (F d1 + d2).
    shares = np.array([betainccinv(a, b, tail), betaincinv(a, b, tail)])
    low, high = 1 - (1 - alpha) * (b / a) * shares / (1 - shares)
    return Interval(float(low), float(high))


def duhachek_interval(alpha: float, alpha_se: float, conf_level: float) -> Interval:
    """Confidence interval of alpha by its asymptotic standard error and the normal distribution.

    What `print(psych::alpha(x))` calls Duhachek.

    References
    ----------
    Duhachek, A. & Iacobucci, D. (2004), as in `consistency`.
    """
    from scipy.special import ndtri

    reach = -float(ndtri((1 - conf_level) / 2)) * alpha_se
    return Interval(alpha - reach, alpha + reach)


def correlation_of(covariance: FloatArray) -> FloatArray:
    """Return correlations of covariances (... x p x p), exactly 1 on the diagonal."""
    deviations = np.sqrt(np.diagonal(covariance, axis1=-2, axis2=-1))
    correlation: FloatArray = covariance / (deviations[..., :, None] * deviations[..., None, :])
    p = covariance.shape[-1]
    correlation[..., np.arange(p), np.arange(p)] = 1.0
    return correlation


def _alpha(covariance: FloatArray) -> FloatArray:
    p = covariance.shape[-1]
    share: FloatArray = np.trace(covariance, axis1=-2, axis2=-1) / covariance.sum(axis=(-2, -1))
    alpha: FloatArray = p / (p - 1) * (1 - share)
    return alpha


def _standard_error(covariance: FloatArray, n: int) -> FloatArray:
    p = covariance.shape[-1]
    total, trace = covariance.sum(axis=(-2, -1)), np.trace(covariance, axis1=-2, axis2=-1)
    squares = np.square(covariance).sum(axis=(-2, -1))
    square_total = np.square(covariance.sum(axis=-1)).sum(axis=-1)
    variance = 2 * p**2 / ((p - 1) ** 2 * total**3)
    variance = variance * (total * (squares + trace**2) - 2 * trace * square_total)
    error: FloatArray = np.sqrt(np.maximum(variance, 0.0) / n)
    return error
