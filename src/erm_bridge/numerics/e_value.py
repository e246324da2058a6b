"""The E-value: how strong unmeasured confounding must be to explain an effect away."""

import math
from dataclasses import dataclass

# Log risk ratio for a difference of one standard deviation, and margin of its 95 % interval for one of error.
LOG_RISK_RATIO, LOG_LIMIT = 0.91, 1.78


@dataclass(frozen=True, slots=True)
class EValue:
    """Smallest risk ratio of an unmeasured confounder with treatment and outcome that explains an effect.

    Attributes
    ----------
    point : float
        Of the estimate; 1: nothing is needed.
    limit : float
        Of the 95 % confidence limit that is nearer to no effect.
    """

    point: float
    limit: float


def e_value(risk_ratio: float) -> float:
    """Return the E-value of a risk ratio above 0.

    Notes
    -----
    `RR + sqrt(RR (RR - 1))`, of the inverse for ratios below 1. Matching R call: `EValue::evalues.RR()`.
    Source: VanderWeele, T. J. & Ding, P. (2017). Sensitivity analysis in observational research: introducing
    the E-value. Annals of Internal Medicine 167(4), 268-274, table 2.
    """
    ratio = max(risk_ratio, 1 / risk_ratio)
    return ratio + math.sqrt(ratio * (ratio - 1))


def e_value_of_ratio(risk_ratio: float, low: float, high: float) -> EValue:
    """Return the E-values of a risk ratio and of its interval (all above 0)."""
    nearer = low if risk_ratio >= 1 else high
    reached = (nearer <= 1) if risk_ratio >= 1 else (nearer >= 1)
    return EValue(e_value(risk_ratio), 1.0 if reached else e_value(nearer))


def e_value_of_difference(estimate: float, std_error: float, std_dev: float) -> EValue:
    """Return the E-values of a difference of means.

    Parameters
    ----------
    estimate, std_error, std_dev : float
        In units of the outcome; `std_dev` is that of the outcome.

    Notes
    -----
    With d and its standard error s in standard deviations, the risk ratio is about `exp(0.91 d)` and its
    95 % interval `exp(0.91 d -/+ 1.78 s)`. Matching R call: `EValue::evalues.MD(d, s)`. Source: VanderWeele
    & Ding (2017), table 2.
    """
    level = LOG_RISK_RATIO * estimate / std_dev
    margin = LOG_LIMIT * std_error / std_dev
    return e_value_of_ratio(math.exp(level), math.exp(level - margin), math.exp(level + margin))
