"""A difference between treated and controls with statistic, p value and interval."""

from dataclasses import dataclass

import numpy as np

from erm_bridge.numerics import FloatArray

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


def contrast(estimate: float, std_error: float, conf_level: float, df: int | None = None) -> Contrast:
    """Add statistic, p value and interval by the normal distribution, or by Student's t with `df`."""
    # scipy.stats would cost half a second of import for these functions.
    from scipy.special import ndtr, ndtri, stdtr, stdtrit

    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = float(np.float64(estimate) / std_error)
    upper = (1 + conf_level) / 2
    tail = float(ndtr(-abs(statistic)) if df is None else stdtr(df, -abs(statistic)))
    margin = float(ndtri(upper) if df is None else stdtrit(df, upper)) * std_error
    return Contrast(estimate, std_error, statistic, 2 * tail, estimate - margin, estimate + margin)


def root(variance: float, outcome: FloatArray) -> float:
    """Return a standard error; 0 where it is no more than the rounding of the outcome, NaN of a negative."""
    if abs(variance) <= (ROUNDING * float(np.abs(outcome).max())) ** 2:
        return 0.0
    return float(np.sqrt(variance)) if variance > 0 else float("nan")
