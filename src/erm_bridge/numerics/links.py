"""Links of binomial models: from a linear predictor to a probability."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri

from erm_bridge.numerics import FloatArray


class Response(NamedTuple):
    """At each linear predictor: the probability, one minus it, the slope of the probability and the slope's.

    The complement is computed on its own: subtracting a probability near 1 from 1 loses its digits.
    """

    probability: FloatArray
    complement: FloatArray
    slope: FloatArray
    bend: FloatArray


@dataclass(frozen=True, slots=True)
class Link:
    """A link function.

    Attributes
    ----------
    response : callable
        Array of linear predictors to `Response`; element by element, so that equal predictors give equal
        results bit for bit.
    predictor : callable
        The other way: array of probabilities strictly between 0 and 1 to linear predictors.
    canonical : bool
        Whether observed and expected information are the same.
    one_maximum : bool
        Whether the likelihood is concave, so that it has one maximum wherever one starts.
    """

    response: Callable[[FloatArray], Response]
    predictor: Callable[[FloatArray], FloatArray]
    canonical: bool = False
    one_maximum: bool = True


def _logit(eta: FloatArray) -> Response:
    odds_against = np.exp(-np.clip(eta, -700, 700))
    probability = 1 / (1 + odds_against)
    complement = odds_against * probability
    slope = probability * complement
    return Response(probability, complement, slope, slope * (complement - probability))


def _probit(eta: FloatArray) -> Response:
    eta = np.clip(eta, -37, 37)
    slope = np.exp(-(eta**2) / 2) / np.sqrt(2 * np.pi)
    return Response(ndtr(eta), ndtr(-eta), slope, -eta * slope)


def _cloglog(eta: FloatArray) -> Response:
    eta = np.clip(eta, -700, 6.5)
    hazard = np.exp(eta)
    slope = np.exp(eta - hazard)
    return Response(-np.expm1(-hazard), np.exp(-hazard), slope, slope * (1 - hazard))


def _cauchit(eta: FloatArray) -> Response:
    # The angle from either side keeps the digits of small probabilities, which 1/2 + arctan(eta)/pi loses.
    probability, complement = np.arctan2(1, -eta) / np.pi, np.arctan2(1, eta) / np.pi
    slope = 1 / (np.pi * (1 + eta**2))
    return Response(probability, complement, slope, -2 * eta * slope / (1 + eta**2))


# Predictors are kept where neither a probability nor its complement is lost to zero.
LINKS: dict[str, Link] = {
    "logit": Link(_logit, lambda probability: np.log(probability) - np.log1p(-probability), canonical=True),
    "probit": Link(_probit, ndtri),
    "cloglog": Link(_cloglog, lambda probability: np.log(-np.log1p(-probability))),
    "cauchit": Link(_cauchit, lambda probability: np.tan(np.pi * (probability - 0.5)), one_maximum=False),
}
