"""Sums over everyone within reach, weighed by a kernel, without going through the pairs.

The kernels that end are polynomials on either side of their middle. So a sum over a window is a sum of
moments of the window, and these are differences of running sums. Moments are taken about the middle of
blocks as wide as the bandwidth, and running sums are carried in twice the usual digits: either would
otherwise cancel. For the normal kernel blocks of units meet blocks of partners in Chebyshev points (the
idea of Greengard & Strain 1991, The fast Gauss transform, SIAM J. Sci. Stat. Comput. 12, 79-94, with
interpolation instead of Hermite series).
"""

from collections.abc import Iterator
from math import ceil, comb

import numpy as np
from numpy.polynomial import chebyshev

from erm_bridge.numerics import FloatArray, IntArray
from erm_bridge.numerics.matching.kernels import windows
from erm_bridge.options import Kernel

# Coefficients of |u|, |u|^2, ... on [0, 1].
POLYNOMIALS: dict[str, tuple[float, ...]] = {
    "uniform": (1,),
    "epanechnikov": (1, 0, -1),
    "biweight": (1, 0, -2, 0, 1),
    "tricube": (1, 0, 0, -3, 0, 0, 3, 0, 0, -1),
}
# With more blocks than this between the smallest and the largest score, places in a block lose digits.
MOST_BLOCKS = 2**12
# A block is wider than the bandwidth by so much that rounding does not make a window touch a third one.
WIDER = 1 + 2**-18
# Interpolation of the normal density over half a bandwidth, up to REACH bandwidths away, to 1e-15.
POINTS, BLOCK_WIDTH, REACH = 20, 0.5, 12


def kernel_sums(
    sources: FloatArray,
    values: FloatArray,
    targets: FloatArray,
    kernel: Kernel,
    bandwidth: float,
    power: int = 0,
) -> FloatArray:
    """Sum `value * K(u) * u**power` over the sources, `u = (source - target) / bandwidth`.

    Parameters
    ----------
    sources, values : array
        Ascending scores, at least one, and what is summed.
    targets : array
        Scores.
    power : int

    Returns
    -------
    array, a target each
        Its error is some 1e-15 of the sum of the values within reach.
    """
    if kernel == "normal":
        return _normal_sums(sources, values, targets, bandwidth, power)
    right = np.append(np.zeros(power), POLYNOMIALS[kernel])
    left = right * (-1.0) ** (np.arange(len(right)) - power)
    reached = windows(sources, targets, kernel, bandwidth)
    middle = np.searchsorted(sources, targets)
    origin, width = min(sources[0], targets.min()), bandwidth * WIDER
    source_block, source_offset = _blocks(sources, origin, width)
    target_block, target_offset = _blocks(targets, origin, width)
    here = np.searchsorted(source_block, target_block)
    after = np.searchsorted(source_block, target_block + 1)
    shift = target_offset * WIDER
    # First and last source of a piece, the target's place seen from the middle of that block, polynomial.
    pieces = (
        (np.minimum(reached.low, here), here, shift + WIDER, left),
        (np.maximum(reached.low, here), middle, shift, left),
        (middle, np.minimum(reached.high, after), shift, right),
        (after, np.maximum(reached.high, after), shift - WIDER, right),
    )
    total = np.zeros(len(targets))
    moment = values
    for k in range(len(right)):
        sums, rest = _running_sums(moment)
        for low, high, place, coefficients in pieces:
            inside = (sums[high] - sums[low]) + (rest[high] - rest[low])
            total += inside * _shifted(coefficients, k, place)
        moment = moment * (source_offset * WIDER)
    return total


def worth_it(partners: FloatArray, units: FloatArray, bandwidth: float) -> bool:
    """Tell whether the scores, both ascending, are near enough to each other for sums by blocks."""
    span = max(partners[-1], units[-1]) - min(partners[0], units[0])
    return bool(span <= bandwidth * BLOCK_WIDTH * MOST_BLOCKS)


def _blocks(scores: FloatArray, origin: float, width: float) -> tuple[IntArray, FloatArray]:
    """Return the block of each score, and where it stands in it, from -1/2 to 1/2."""
    place = (scores - origin) / width
    block = np.floor(place).astype(np.int64)
    return block, place - block - 0.5


def _running_sums(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return sums of the first 0, 1, 2, ... values, and what rounding took from them (Knuth's TwoSum)."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    before = sums[:-1]
    added = sums[1:] - before
    lost = (before - (sums[1:] - added)) + (values - added)
    return sums, np.concatenate([[0.0], np.cumsum(lost)])


def _shifted(coefficients: FloatArray, k: int, place: FloatArray) -> FloatArray:
    """Return the coefficient of `z**k` in the polynomial of `z - place`."""
    total = np.zeros(len(place))
    for j in range(len(coefficients) - 1, k - 1, -1):
        total = total * -place + coefficients[j] * comb(j, k)
    return total


def _normal_sums(
    sources: FloatArray, values: FloatArray, targets: FloatArray, bandwidth: float, power: int
) -> FloatArray:
    origin, width = min(sources[0], targets.min()), bandwidth * BLOCK_WIDTH
    source_block, source_offset = _blocks(sources, origin, width)
    target_block, target_offset = _blocks(targets, origin, width)
    n_blocks = int(max(source_block[-1], target_block.max())) + 1
    points = chebyshev.chebpts1(POINTS)
    # The Lagrange polynomial of each point as a sum of Chebyshev polynomials.
    basis = chebyshev.chebvander(points, POINTS - 1).T * (2 / POINTS)
    basis[0] /= 2
    gathered = np.empty((n_blocks, POINTS))
    for m, polynomial in enumerate(_chebyshev_polynomials(2 * source_offset)):
        gathered[:, m] = np.bincount(source_block, weights=values * polynomial, minlength=n_blocks)
    gathered = gathered @ basis
    met = np.zeros((n_blocks, POINTS))
    furthest = min(ceil(REACH / BLOCK_WIDTH) + 1, n_blocks - 1)
    for step in range(-furthest, furthest + 1):
        u = BLOCK_WIDTH * (step + (points[:, None] - points[None, :]) / 2)
        to, of = slice(max(-step, 0), n_blocks - max(step, 0)), slice(max(step, 0), n_blocks + min(step, 0))
        met[to] += gathered[of] @ (np.exp(-u * u / 2) * u**power)
    spread = met @ basis.T
    total = np.zeros(len(targets))
    for m, polynomial in enumerate(_chebyshev_polynomials(2 * target_offset)):
        total += spread[target_block, m] * polynomial
    return total


def _chebyshev_polynomials(x: FloatArray) -> Iterator[FloatArray]:
    """Go through the values of the first `POINTS` Chebyshev polynomials."""
    before, now = x, np.ones_like(x)
    for _ in range(POINTS):
        yield now
        before, now = now, 2 * x * now - before
