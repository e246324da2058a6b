"""Kernel matching: the counterfactual of each unit is a weighted mean of all partners nearby."""

import numpy as np

from erm_bridge.numerics import BoolArray, FloatArray, IntArray
from erm_bridge.numerics.matching.kernel_sums import kernel_sums, worth_it
from erm_bridge.numerics.matching.kernels import SMALLEST_WEIGHT, Windows, kernel_values, windows
from erm_bridge.options import Kernel

# A sum smaller than this part of the number of its terms has lost digits, and is made term by term.
SHARE = {"uniform": 0.0, "epanechnikov": 0.05, "biweight": 0.05, "tricube": 0.05, "normal": 1e-10}


def kernel_weights(
    partners: FloatArray, units: FloatArray, kernel: Kernel, bandwidth: float
) -> tuple[FloatArray, BoolArray]:
    """Add up the weights that units give to their partners, each unit 1 in all.

    Unit i gives partner j the weight `K((p_j - p_i) / h)` divided by its sum over all partners, so the
    weighted mean of the partners is the mean of the Nadaraya-Watson regressions at the units.

    Parameters
    ----------
    partners, units : array
        Scores, ascending, at least one each.
    kernel : {"epanechnikov", "normal", "biweight", "tricube", "uniform"}
        `1 - u^2`, `exp(-u^2 / 2)`, `(1 - u^2)^2`, `(1 - |u|^3)^3` and 1; but for the normal one, 0 beyond
        `|u| = 1`. A normal weight below 1e-250 of the unit's largest is left out.
    bandwidth : float
        h, in units of the score.

    Returns
    -------
    weights : array, a partner each
        0 for partners within nobody's reach, and only for these.
    matched : array of bool, a unit each
        False where no partner is within reach.

    Notes
    -----
    Matching command of Stata: `psmatch2 ..., kernel kerneltype(epan) bwidth(0.06)`; the sum of the weights
    it gives to a control is its `_weight`. Source: Heckman, Ichimura & Todd 1997 (Review of Economic Studies
    64, 605-654) and 1998 (65, 261-294); Leuven & Sianesi 2003 (psmatch2, Boston College S432001).

    Sums by `kernel_sums`, in n log n; term by term where these lose digits.
    """
    reached = windows(partners, units, kernel, bandwidth)
    matched = reached.counts > 0
    poor, totals = matched.copy(), np.zeros(len(units))
    if worth_it(partners, units, bandwidth):
        totals = kernel_sums(partners, np.ones(len(partners)), units, kernel, bandwidth)
        poor &= totals < SHARE[kernel] * reached.counts
    good = matched & ~poor
    weights = np.zeros(len(partners))
    if good.any():
        weights = kernel_sums(units[good], 1 / totals[good], partners, kernel, bandwidth)
    _add_term_by_term(weights, partners, units, reached, np.flatnonzero(poor), kernel, bandwidth)
    covered = reached.covered(matched, len(partners))
    return np.where(covered, np.maximum(weights, SMALLEST_WEIGHT), 0.0), matched


def _add_term_by_term(
    weights: FloatArray,
    partners: FloatArray,
    units: FloatArray,
    reached: Windows,
    poor: IntArray,
    kernel: Kernel,
    bandwidth: float,
) -> None:
    for unit, partner in reached.cells(poor):
        u = (partners[partner] - units[unit]) / bandwidth
        values = kernel_values(kernel, u, (reached.nearest[unit] - units[unit]) / bandwidth)
        totals = np.bincount(unit, weights=values)
        weights += np.bincount(partner, weights=values / totals[unit], minlength=len(weights))
