"""The bivariate normal distribution, as an integral over the angle whose sine is the correlation.

Plackett's identity, d Phi2(h, k, r) / dr = phi2(h, k, r), with r = sin(t) turns into

    Phi2(h, k, sin t) = Phi(h) Phi(k) + 1/(2 pi) int_0^t exp(-(h^2 + k^2 - 2 h k sin s) / (2 cos^2 s)) ds,

whose integrand is bounded and smooth: Gauss-Legendre panels that shrink towards a right angle give
Phi2 to 1e-15 for every correlation, and a change of the correlation costs one panel more.

References
----------
Plackett, R. L. (1954). A reduction formula for normal multivariate integrals. Biometrika 41, 351-360.
Drezner, Z. and Wesolowsky, G. O. (1990). On the computation of the bivariate normal integral. Journal of
Statistical Computation and Simulation 35, 101-107.
Genz, A. (2004). Numerical computation of rectangular bivariate and trivariate normal and t probabilities.
Statistics and Computing 14, 251-260, equation 3.
"""

from functools import cache

import numpy as np
from scipy.special import log_ndtr, ndtr

from erm_bridge.numerics import FloatArray

# Stands for infinity: beyond it the density is 0 in double precision, and products stay finite.
INFINITE = 40.0
NODES = 10
RIGHT_ANGLE = np.pi / 2
# Where the scan ends: a correlation of 1 - 5e-9.
CLOSEST = 1e-4


@cache
def angles() -> FloatArray:
    """Return the ends of panels from 0 to nearly a right angle, towards which their width halves."""
    even = np.linspace(0.0, RIGHT_ANGLE - 0.32, 9)
    halved = RIGHT_ANGLE - 0.32 * 0.5 ** np.arange(1, 12)
    return np.concatenate([even, halved, [RIGHT_ANGLE - CLOSEST]])


@cache
def gauss_legendre(count: int = NODES) -> tuple[FloatArray, FloatArray]:
    """Return nodes and weights on the interval from 0 to 1."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return (nodes + 1) / 2, weights / 2


def log_slope(h: FloatArray, k: FloatArray, angle: FloatArray) -> FloatArray:
    """Return the logarithm of d Phi2(h, k, sin angle) / d angle.

    Parameters
    ----------
    h, k : array
        Upper limits, finite (`INFINITE` for infinity).
    angle : array
        Broadcasts against them; within a right angle of 0.
    """
    sine, cosine = np.sin(angle), np.cos(angle)
    side = np.where(sine < 0, -1.0, 1.0)
    # Written so that nothing cancels as the correlation goes to 1 or -1.
    exponent = np.square((h - side * k) / cosine) / -2 - side * h * k / (1 + np.abs(sine))
    found: FloatArray = exponent - np.log(2 * np.pi)
    return found


def slope(h: FloatArray, k: FloatArray, angle: FloatArray) -> FloatArray:
    """Return d Phi2(h, k, sin angle) / d angle, at most 1 / (2 pi); parameters as of `log_slope`."""
    density: FloatArray = np.exp(log_slope(h, k, angle))
    return density


def growth(h: FloatArray, k: FloatArray, angle: FloatArray) -> FloatArray:
    """Return the derivative of `log_slope` by the angle."""
    sine, cosine = np.sin(angle), np.cos(angle)
    form = h * h + k * k - 2 * h * k * sine
    grown: FloatArray = h * k / cosine - form * sine / cosine**3
    return grown


def gain(h: FloatArray, k: FloatArray, start: FloatArray, step: FloatArray) -> FloatArray:
    """Return Phi2 at the angle start + step less Phi2 at start, by one panel.

    Parameters
    ----------
    h, k : array
    start, step : array
        Broadcast against them. A step should be at most a panel of `angles()` wide.
    """
    nodes, weights = gauss_legendre()
    total = np.zeros(np.broadcast(h, k, start, step).shape)
    for node, weight in zip(nodes, weights, strict=True):
        total += weight * slope(h, k, start + node * step)
    gained: FloatArray = step * total
    return gained


def scan(h: FloatArray, k: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return Phi2 on a grid of angles.

    Parameters
    ----------
    h, k : array of any shape
        Upper limits, finite.

    Returns
    -------
    grid : array, m
        Angles in ascending order; the middle one is 0.
    cdf : array, m x shape of `h` and `k`
    """
    ends = angles()
    nodes, weights = gauss_legendre()
    at = (ends[:-1, None] + np.diff(ends)[:, None] * nodes).ravel()
    scale = (np.diff(ends)[:, None] * weights).ravel() / (2 * np.pi)
    steepness = np.stack([-0.5 / np.cos(at) ** 2, -1 / (1 + np.sin(at))], axis=1)
    halves = []
    for side in (1.0, -1.0):
        form = np.stack([np.square(h - side * k).ravel(), side * (h * k).ravel()])
        values = steepness @ form
        np.exp(values, out=values)
        values *= scale[:, None]
        panels = values.reshape(len(ends) - 1, len(nodes), -1).sum(axis=1)
        halves.append(side * np.cumsum(panels, axis=0))
    middle = (ndtr(h) * ndtr(k)).ravel()
    cdf = np.concatenate([middle + halves[1][::-1], middle[None], middle + halves[0]])
    grid = np.concatenate([-ends[:0:-1], ends])
    return grid, cdf.reshape(len(grid), *np.shape(h))


def bivariate_normal_cdf(h: FloatArray, k: FloatArray, rho: FloatArray) -> FloatArray:
    """Return P(X <= h, Y <= k) for standard normal X and Y with correlation `rho`.

    Parameters
    ----------
    h, k : array
        Infinite values are allowed.
    rho : array
        From -1 to 1. All broadcast against each other.
    """
    h, k, rho = np.broadcast_arrays(np.clip(h, -INFINITE, INFINITE), np.clip(k, -INFINITE, INFINITE), rho)
    angle = np.arcsin(rho)
    inner = np.clip(angle, -angles()[-1], angles()[-1])
    grid, cdf = scan(h, k)
    # The grid angle next to it on the side of 0, from where one panel leads to it.
    place = np.searchsorted(grid, np.abs(inner), side="right") - 1
    place = np.where(inner < 0, len(grid) - 1 - place, place)
    below = np.take_along_axis(cdf, place[None], axis=0)[0]
    found = below + gain(h, k, grid[place], inner - grid[place])
    return np.where(inner == angle, found, np.where(rho > 0, perfect(h, k, 1), perfect(h, k, -1)))


def perfect(h: FloatArray, k: FloatArray, side: int) -> FloatArray:
    """Return Phi2 for a correlation of 1 or -1 (`side`)."""
    limit: FloatArray = ndtr(np.minimum(h, k)) if side > 0 else np.maximum(ndtr(h) - ndtr(-k), 0)
    return limit


def log_rectangle(low: FloatArray, high: FloatArray, rho: FloatArray) -> FloatArray:
    """Return log P(low < (X, Y) <= high) to an error of about 1e-12, however small it is.

    For few rectangles: differences of `bivariate_normal_cdf` are much faster, but lose all digits of a
    probability below 1e-16.

    Parameters
    ----------
    low, high : array, m x 2
        Corners, finite (`INFINITE` for infinity).
    rho : array, m
        Strictly between -1 and 1.
    """
    spread = np.sqrt((1 - rho) * (1 + rho))[:, None]
    rho = rho[:, None]

    def log_integrand(x: FloatArray) -> FloatArray:
        return -x * x / 2 + _log_interval((low[:, 1:] - rho * x) / spread, (high[:, 1:] - rho * x) / spread)

    # The integrand is log-concave: its mode by ternary search, then panels that shrink towards it.
    left, right = low[:, :1].copy(), high[:, :1].copy()
    for _ in range(120):
        third = (right - left) / 3
        rises = log_integrand(left + third) < log_integrand(right - third)
        left, right = np.where(rises, left + third, left), np.where(rises, right, right - third)
    mode = (left + right) / 2
    reach = 12.0 * 0.5 ** np.arange(24)
    ends = np.concatenate([mode - reach, mode, mode + reach[::-1]], axis=1)
    ends = np.clip(ends, low[:, :1], high[:, :1])
    nodes, weights = gauss_legendre(12)
    width = np.diff(ends, axis=1)
    at = ends[:, :-1, None] + width[:, :, None] * nodes
    logs = log_integrand(at.reshape(len(at), at.shape[1] * at.shape[2]))
    peak = logs.max(axis=1)
    values = np.exp(logs - peak[:, None]).reshape(at.shape)
    found: FloatArray = peak + np.log(((values @ weights) * width).sum(axis=1) / np.sqrt(2 * np.pi))
    return found


def _log_interval(low: FloatArray, high: FloatArray) -> FloatArray:
    """Return log(Phi(high) - Phi(low)), taken in the tail where it is small."""
    upper = low > 0
    low, high = np.where(upper, -high, low), np.where(upper, -low, high)
    outer, inner = log_ndtr(high), log_ndtr(low)
    with np.errstate(divide="ignore"):
        difference: FloatArray = outer + np.log(-np.expm1(inner - outer))
    return difference
