"""Links of propensity models: from a linear predictor to a probability and its density."""

from collections.abc import Callable

import numpy as np

from erm_bridge.numerics import FloatArray
from erm_bridge.options import Link

# Rounding a score to few decimals can make it 0 or 1; the ratio of the two probabilities must stay finite.
CLOSEST = 1e-15


def probability_of(scores: FloatArray, link: Link, linear: bool) -> FloatArray:
    """Return the probabilities that scores stand for: themselves, or those of linear predictors."""
    if not linear:
        return np.clip(scores, CLOSEST, 1 - CLOSEST)
    # scipy.special takes long to import.
    from scipy.special import expit, ndtr

    inverse: dict[str, Callable[[FloatArray], FloatArray]] = {
        "logit": expit,
        "probit": ndtr,
        "cloglog": lambda eta: -np.expm1(-np.exp(eta)),
        "cauchit": lambda eta: 0.5 + np.arctan(eta) / np.pi,
    }
    probability: FloatArray = np.clip(inverse[str(link)](scores), CLOSEST, 1 - CLOSEST)
    return probability


def density_of(probability: FloatArray, link: Link) -> FloatArray:
    """Return the derivative of the probability by the linear predictor; `binomial(link)$mu.eta` in R."""
    from scipy.special import ndtri

    density: dict[str, Callable[[FloatArray], FloatArray]] = {
        "logit": lambda p: p * (1 - p),
        "probit": lambda p: np.exp(-(ndtri(p) ** 2) / 2) / np.sqrt(2 * np.pi),
        "cloglog": lambda p: -(1 - p) * np.log1p(-p),
        "cauchit": lambda p: np.sin(np.pi * p) ** 2 / np.pi,
    }
    return density[str(link)](probability)
