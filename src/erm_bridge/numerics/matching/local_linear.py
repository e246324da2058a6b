"""Local linear matching: the counterfactual of each unit is read off a line through the partners nearby."""

import numpy as np

from erm_bridge.numerics import BoolArray, FloatArray, IntArray
from erm_bridge.numerics.matching.kernel_sums import kernel_sums, worth_it
from erm_bridge.numerics.matching.kernels import SMALLEST_WEIGHT, Windows, kernel_values, windows
from erm_bridge.options import Kernel

# Squared standard deviation, in bandwidths, below which a unit's weighted partners determine no line: what
# is left of a weight at the rim of the kernel may be rounding.
LEAST_SPREAD = 1e-10
# A spread of partners (in squared bandwidths) or a share of kernel weights below this has lost digits.
SPREAD, SHARE = 0.02, 0.1
SHARE_NORMAL = 1e-10


def local_linear_weights(
    partners: FloatArray, units: FloatArray, kernel: Kernel, bandwidth: float
) -> tuple[FloatArray, BoolArray]:
    """Add up the weights of partners in local linear regressions at the units, each unit 1 in all.

    The line fitted to the partners by least squares with weights `K(u_j)`, `u_j = (p_j - p_i) / h`, has at
    `p_i` the height `sum_j w_j y_j` with `w_j = K(u_j) (S_2 - S_1 u_j) / (S_0 S_2 - S_1^2)`,
    `S_r = sum_j K(u_j) u_j^r`, whatever the outcome y. So the weights need no outcome; they can be negative.

    Parameters
    ----------
    partners, units, kernel, bandwidth
        As in `kernel_weights`.

    Returns
    -------
    weights : array, a partner each
        0 for partners within reach of no matched unit, and only for these.
    matched : array of bool, a unit each
        False where the scores of the partners within reach, by their kernel weights, have a standard
        deviation below 1e-5 bandwidths: they determine no line.

    Notes
    -----
    Matching command of Stata: `psmatch2 ..., llr kerneltype(tricube) bwidth(0.06)`. Its `llr` with its
    default kernel, `epan`, is something else: the nearest neighbour after the outcomes of the controls are
    smoothed by `lpoly`. Source: Heckman, Ichimura & Todd 1998 (Review of Economic Studies 65, 261-294); Fan
    1992 (JASA 87, 998-1004).
    """
    reached = windows(partners, units, kernel, bandwidth)
    matched = reached.counts > 0
    poor, level, slope = matched.copy(), np.zeros(len(units)), np.zeros(len(units))
    if worth_it(partners, units, bandwidth):
        ones = np.ones(len(partners))
        sums = [kernel_sums(partners, ones, units, kernel, bandwidth, power) for power in range(3)]
        spread = sums[0] * sums[2] - sums[1] ** 2
        share = SHARE_NORMAL if kernel == "normal" else SHARE
        poor &= (spread < SPREAD * sums[0] ** 2) | (sums[0] < share * reached.counts)
        good = matched & ~poor
        level[good], slope[good] = sums[2][good] / spread[good], sums[1][good] / spread[good]
    good = matched & ~poor
    weights = np.zeros(len(partners))
    if good.any():
        # Seen from the partner, the unit is on the other side: the sign of u turns.
        weights += kernel_sums(units[good], level[good], partners, kernel, bandwidth)
        weights += kernel_sums(units[good], slope[good], partners, kernel, bandwidth, power=1)
    matched &= ~_add_term_by_term(weights, partners, units, reached, np.flatnonzero(poor), kernel, bandwidth)
    covered = reached.covered(matched, len(partners))
    return np.where(covered, np.where(weights == 0, SMALLEST_WEIGHT, weights), 0.0), matched


def _add_term_by_term(
    weights: FloatArray,
    partners: FloatArray,
    units: FloatArray,
    reached: Windows,
    poor: IntArray,
    kernel: Kernel,
    bandwidth: float,
) -> BoolArray:
    """Add the weights of some units; return which of all have no line."""
    no_line = np.zeros(len(units), dtype=bool)
    for unit, partner in reached.cells(poor):
        # Seen from the nearest partner, so that a mean close to it keeps its digits.
        v = (partners[partner] - reached.nearest[unit]) / bandwidth
        own = (units[unit] - reached.nearest[unit]) / bandwidth
        values = kernel_values(kernel, (partners[partner] - units[unit]) / bandwidth, own)
        values /= np.bincount(unit, weights=values)[unit]
        mean = np.bincount(unit, weights=values * v)[unit]
        spread = np.bincount(unit, weights=values * (v - mean) ** 2)[unit]
        flat = spread < LEAST_SPREAD
        no_line[unit[flat]] = True
        line = values * (1 + (own - mean) * (v - mean) / np.where(flat, 1, spread))
        weights += np.bincount(partner, weights=np.where(flat, 0, line), minlength=len(weights))
    return no_line
