"""Kernels, and who stands within the reach of whom."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from erm_bridge.numerics import BoolArray, FloatArray, IntArray
from erm_bridge.numerics.places import settle
from erm_bridge.options import Kernel

# A weight below this part of a unit's largest is no weight: the normal kernel has no end of its own.
SMALLEST_PART = 1e-250
# The weight of a partner within reach whose weights cancel or are lost in rounding: it still counts.
SMALLEST_WEIGHT = 1e-250
# Cells of one block of units and partners.
BLOCK_CELLS = 2**20

_VALUES: dict[str, Callable[[FloatArray], FloatArray]] = {
    "uniform": lambda u: np.ones_like(u),
    "epanechnikov": lambda u: 1 - u * u,
    "biweight": lambda u: (1 - u * u) ** 2,
    "tricube": lambda u: (1 - np.abs(u) ** 3) ** 3,
}


def kernel_values(kernel: Kernel, u: FloatArray, nearest: FloatArray | float = 0.0) -> FloatArray:
    """Return the weight at distances of `u` bandwidths, within the kernel's reach.

    Parameters
    ----------
    u : array
    nearest : array like u, or float
        The normal kernel is relative to the weight at this distance, so that it vanishes for no unit.

    Notes
    -----
    Not scaled to integrate to 1: the weights of a unit are divided by their sum.
    """
    if kernel == "normal":
        weight: FloatArray = np.exp((nearest - u) * (nearest + u) / 2)
        return weight
    return _VALUES[kernel](u)


@dataclass(frozen=True, slots=True)
class Windows:
    """The partners within reach of each unit, a run of the ascending partners.

    Attributes
    ----------
    low, high : array of int, a unit each
        First partner of the run, and the one after the last.
    nearest : array, a unit each
        Score of the nearest partner.
    """

    low: IntArray
    high: IntArray
    nearest: FloatArray

    @property
    def counts(self) -> IntArray:
        """How many partners are within reach."""
        return self.high - self.low

    def covered(self, units: BoolArray, n_partners: int) -> BoolArray:
        """Tell which partners are within reach of any of some units."""
        steps = np.bincount(self.low[units], minlength=n_partners + 1)
        steps -= np.bincount(self.high[units], minlength=n_partners + 1)
        covered: BoolArray = np.cumsum(steps)[:n_partners] > 0
        return covered

    def cells(self, units: IntArray) -> Iterator[tuple[IntArray, IntArray]]:
        """Go through the pairs of some units and their partners, whole units at a time, in blocks."""
        counts = self.counts[units]
        blocks = np.cumsum(counts) // BLOCK_CELLS
        for block in np.split(np.arange(len(units)), np.flatnonzero(np.diff(blocks)) + 1):
            unit = np.repeat(units[block], counts[block])
            first = np.repeat(np.cumsum(counts[block]) - counts[block], counts[block])
            yield unit, self.low[unit] + np.arange(len(unit)) - first


def windows(partners: FloatArray, units: FloatArray, kernel: Kernel, bandwidth: float) -> Windows:
    """Find the partners of each unit that the kernel gives a weight.

    Parameters
    ----------
    partners : array
        Scores, ascending, at least one.
    units : array
        Scores.
    bandwidth : float
        Half width of the kernel, in units of the score; of the normal kernel its standard deviation.

    Notes
    -----
    A partner exactly at the bandwidth has the weight 1 by the uniform kernel and 0, that is none, by the
    others.
    """
    values, starts = np.unique(partners, return_index=True)
    starts = np.append(starts, len(partners))
    nearest = _nearest(values, units)
    reach = np.full(len(units), bandwidth)
    if kernel == "normal":
        reach = np.sqrt((units - nearest) ** 2 - 2 * bandwidth**2 * np.log(SMALLEST_PART))
    beyond = np.greater if kernel in ("normal", "uniform") else np.greater_equal
    # A sum with the bandwidth rounds in another way than the distance, which decides.
    fenced = np.concatenate([[-np.inf], values, [np.inf]])
    low = np.searchsorted(values, units - reach)
    high = np.searchsorted(values, units + reach)
    settle(low, lambda place: beyond(units - fenced[place], reach))
    settle(high, lambda place: ~beyond(fenced[place] - units, reach))
    return Windows(starts[low], starts[high], nearest)


def _nearest(values: FloatArray, units: FloatArray) -> FloatArray:
    fenced = np.concatenate([[-np.inf], values, [np.inf]])
    gap = np.searchsorted(values, units)
    below, above = fenced[gap], fenced[gap + 1]
    return np.where(units - below <= above - units, below, above)
