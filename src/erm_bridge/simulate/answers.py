"""Participation and identification: answers from four latent dimensions of integration.

An answer is the step that a latent value reaches: z = loading x dimension + noise, cut at fixed
thresholds. The same noise gives a person's answers with and without host-city insurance, so that both
are known for everybody who has it.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from erm_bridge.numerics import BoolArray, FloatArray, IntArray
from erm_bridge.simulate import confounders
from erm_bridge.simulate.constants import DEFAULT_EFFECT, Calibration

DIMENSIONS = ("participation", "belonging", "closeness", "ties")
PARTICIPATION, BELONGING, CLOSENESS, TIES = range(4)


@dataclass(frozen=True)
class Item:
    """A question and how it hangs on the dimensions.

    Attributes
    ----------
    name : str
    dimension : int
    shares : tuple of float
        Shares of the steps, lowest integration first, for somebody of average leaning.
    codes : tuple of int
        Code of each step; falling codes make a reverse-keyed item.
    kind : str
        Which calibrated loading it has.
    cross : tuple of (int, float)
        A second dimension and the loading on it.
    """

    name: str
    dimension: int
    shares: tuple[float, ...]
    codes: tuple[int, ...]
    kind: str
    cross: tuple[int, float] | None = None


_NO_YES, _UP, _DOWN = (2, 1), (1, 2, 3, 4), (4, 3, 2, 1)
ITEMS = (
    Item("Q501A", PARTICIPATION, (0.93, 0.07), _NO_YES, "member"),
    Item("Q501B", PARTICIPATION, (0.92, 0.08), _NO_YES, "member"),
    Item("Q501C", TIES, (0.86, 0.14), _NO_YES, "ties", (PARTICIPATION, 0.20)),
    Item("Q501D", TIES, (0.82, 0.18), _NO_YES, "ties", (PARTICIPATION, 0.20)),
    Item("Q501E", PARTICIPATION, (0.94, 0.06), _NO_YES, "member"),
    Item("Q501F", PARTICIPATION, (0.92, 0.08), _NO_YES, "member"),
    Item("Q502A", PARTICIPATION, (0.76, 0.15, 0.065, 0.025), _UP, "action"),
    Item("Q502B", PARTICIPATION, (0.83, 0.10, 0.05, 0.02), _UP, "action"),
    Item("Q502C", PARTICIPATION, (0.85, 0.09, 0.04, 0.02), _UP, "action"),
    Item("Q502D", PARTICIPATION, (0.67, 0.21, 0.085, 0.035), _UP, "action"),
    Item("Q502E", PARTICIPATION, (0.85, 0.08, 0.04, 0.03), _UP, "action"),
    Item("Q503A", BELONGING, (0.01, 0.05, 0.54, 0.40), _UP, "belonging"),
    Item("Q503B", BELONGING, (0.01, 0.07, 0.55, 0.37), _UP, "belonging"),
    Item("Q503C", BELONGING, (0.02, 0.11, 0.49, 0.38), _UP, "belonging"),
    Item("Q503D", BELONGING, (0.02, 0.12, 0.54, 0.32), _UP, "belonging", (CLOSENESS, 0.15)),
    Item("Q503E", CLOSENESS, (0.05, 0.17, 0.45, 0.33), _DOWN, "closeness", (BELONGING, 0.15)),
    Item("Q503F", CLOSENESS, (0.10, 0.36, 0.36, 0.18), _DOWN, "closeness"),
    Item("Q503G", CLOSENESS, (0.05, 0.24, 0.45, 0.26), _DOWN, "closeness"),
    Item("Q503H", BELONGING, (0.05, 0.22, 0.46, 0.27), _UP, "belonging", (CLOSENESS, 0.15)),
)
ITEM_NAMES = tuple(item.name for item in ITEMS)
REVERSED_ITEMS = tuple(item.name for item in ITEMS if item.codes[0] > item.codes[-1])

# What the effect does to each dimension, relative to each other.
_EFFECT_ON = np.array([0.2, 1.7, 0.8, 0.2])
# The effect by migration range: insurance at home is of least use to those who came from another province.
_EFFECT_BY_RANGE = np.array([1.30, 0.90, 0.80])
# People below 60 take part more and know each other longer.
_YOUNGER_ADDS = np.array([0.15, 0.05, 0.05, 0.25])


@dataclass(frozen=True)
class Answers:
    """Codes of the answers.

    Attributes
    ----------
    observed : array, n x items
    without : array, n_host x items
        What those insured in the host city would have answered without that.
    """

    observed: IntArray
    without: IntArray


def answers(
    rng: np.random.Generator,
    level: IntArray,
    host: BoolArray,
    younger: BoolArray,
    effect: float,
    calibration: Calibration,
) -> Answers:
    """Draw the answers.

    Parameters
    ----------
    level : array, n x confounders
    host : array of bool, n
    younger : array of bool, n
    effect : float
        Index points.
    """
    n = len(host)
    baseline = calibration.confounding * (confounders.integration(level) - np.array(calibration.centre))
    baseline += np.where(younger[:, None], _YOUNGER_ADDS, 0.0) + rng.standard_normal((n, 4))
    responds = np.where(rng.random(n) < 0.5, 1 + calibration.spread, 1 - calibration.spread)
    by_range = _EFFECT_BY_RANGE[level[:, _RANGE]]
    shift = _shift(effect, calibration) * (responds * by_range)[host, None] * _EFFECT_ON
    observed = np.empty((n, len(ITEMS)), dtype=np.int64)
    without = np.empty((int(host.sum()), len(ITEMS)), dtype=np.int64)
    for position, item in enumerate(ITEMS):
        weights = _weights(item, calibration)
        noise = np.sqrt(1 - np.square(weights).sum()) * rng.standard_normal(n)
        latent = baseline @ weights + noise
        without[:, position] = _codes(latent[host], item)
        latent[host] += shift @ weights
        observed[:, position] = _codes(latent, item)
    return Answers(observed, without)


def _shift(effect: float, calibration: Calibration) -> float:
    """Turn index points into standard deviations of the latent dimensions."""
    stretch = 1 + calibration.curvature * (max(effect, 0.0) - DEFAULT_EFFECT)
    return effect * calibration.shift_per_point * stretch


_RANGE = [confounder.name for confounder in confounders.CONFOUNDERS].index("migration_range")


def _weights(item: Item, calibration: Calibration) -> FloatArray:
    weights = np.zeros(len(DIMENSIONS))
    weights[item.dimension] = calibration.loadings[item.kind]
    if item.cross is not None:
        weights[item.cross[0]] = item.cross[1]
    return weights


def _codes(latent: FloatArray, item: Item) -> IntArray:
    thresholds = ndtri(np.cumsum(item.shares)[:-1])
    return np.array(item.codes)[np.digitize(latent, thresholds)]
