"""The likelihood of tables of two ordinal items in the correlation of their latent variables."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from erm_bridge.numerics import BoolArray, FloatArray, IntArray
from erm_bridge.numerics.correlation import bivariate_normal as bvn

# Below it a probability that is a difference has lost too many digits.
UNCERTAIN = 1e-7
# Below it a difference of probabilities may be nothing but rounding.
ROUNDING = 1e-14
# As many numbers are worked on at once: they stay in the processor's cache.
AT_ONCE = 60_000
LARGEST_STEP = 0.15

# Positions of cells: table, row, column.
Cells = tuple[IntArray, IntArray, IntArray]


@dataclass(frozen=True, slots=True)
class Tables:
    """Tables of counts with the thresholds of their rows and columns.

    Attributes
    ----------
    counts : array, N x m x m
        Need not be whole numbers.
    rows, columns : array, N x (m - 1)
        Thresholds in ascending order, padded with `INFINITE`.
    """

    counts: FloatArray
    rows: FloatArray
    columns: FloatArray

    def __getitem__(self, which: "slice | IntArray | BoolArray") -> "Tables":
        """Take some of the tables."""
        return Tables(self.counts[which], self.rows[which], self.columns[which])

    def __len__(self) -> int:
        """Count the tables."""
        return len(self.counts)


def most_likely(tables: Tables) -> FloatArray:
    """Maximise the likelihood of each table (N correlations); 1 or -1 where it has no other maximum.

    The likelihood is looked at on a grid over all correlations, so that of several maxima the highest is
    found, and then raised by Newton's method in the angle whose sine is the correlation, within a bracket
    that the sign of the derivative narrows down.
    """
    cells = tables.rows.shape[1] ** 2 * 2 * (len(bvn.angles()) - 1)
    size = max(1, AT_ONCE // cells)
    found = [_highest_on_grid(tables[start : start + size]) for start in range(0, len(tables), size)]
    angle, cdf, rho = (np.concatenate(parts) for parts in zip(*found, strict=True))
    inside = np.flatnonzero(rho == 0)
    rho[inside] = np.sin(_climb(tables[inside], angle[inside], cdf[inside]))
    return rho


def log_likelihood(tables: Tables, rho: FloatArray) -> FloatArray:
    """Return the sum of counts times log probabilities of each table, to a few units of rounding.

    Parameters
    ----------
    rho : array, N
        Strictly between -1 and 1.
    """
    cdf = bvn.bivariate_normal_cdf(*_corners(tables), rho[:, None, None])
    probability = _cells(cdf, tables)
    lost = _lost(tables, probability)
    kept = np.where(tables.counts > 0, probability, 1.0)
    kept[lost] = 1.0
    logs = np.log(kept)
    logs[lost] = bvn.log_rectangle(*_edges(tables, *lost), rho[lost[0]])
    found: FloatArray = (tables.counts * logs).sum(axis=(1, 2))
    return found


def _highest_on_grid(tables: Tables) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the best angle of the grid, Phi2 at it, and +1 or -1 for a likelihood that rises to the end."""
    h, k = _corners(tables)
    grid, cdf = bvn.scan(h, k)
    likelihood = _rough_likelihood(tables, grid, _cells(cdf, tables))
    best = likelihood.argmax(axis=0)
    end = np.zeros(len(tables))
    limits = ((1.0, bvn.perfect(h, k, 1), len(grid) - 1), (-1.0, bvn.perfect(h, k, -1), 0))
    for side, at, last in limits:
        limit = _total(tables.counts, np.maximum(_cells(at, tables), 0))
        end[(limit >= likelihood.max(axis=0)) | (best == last)] = side
    return grid[best], cdf[best, np.arange(len(tables))], end


def _rough_likelihood(tables: Tables, grid: FloatArray, probability: FloatArray) -> FloatArray:
    """Return the log-likelihood of each table on a grid of angles (m x N), near enough to find the summit.

    The log of a probability that is lost in rounding is taken to be minus half the smallest Mahalanobis
    distance within the cell, which it comes below by a few units only.
    """
    counted = tables.counts > 0
    logs = np.log(np.where(counted & (probability > ROUNDING), probability, 1.0))
    at, *cell = np.nonzero(counted & (probability <= ROUNDING))
    logs[(at, *cell)] = -_distance(*_edges(tables, *cell), np.sin(grid[at])) / 2
    rough: FloatArray = (tables.counts * logs).sum(axis=(-2, -1))
    return rough


def _distance(low: FloatArray, high: FloatArray, rho: FloatArray) -> FloatArray:
    """Return the smallest Mahalanobis distance in rectangles (M x 2 corners each) that exclude the origin.

    It lies on an edge: where one variable is at a limit and the other as near as it gets to what the
    correlation would have it be.
    """
    nearest = np.full(len(rho), np.inf)
    for limit in (low, high):
        for x, y in ((0, 1), (1, 0)):
            fixed = limit[:, x]
            free = np.clip(rho * fixed, low[:, y], high[:, y])
            form = (fixed * fixed - 2 * rho * fixed * free + free * free) / ((1 - rho) * (1 + rho))
            nearest = np.minimum(nearest, form)
    return nearest


def _climb(tables: Tables, angle: FloatArray, cdf: FloatArray) -> FloatArray:
    """Raise the likelihood from angles at which Phi2 of all corners is known."""
    angle, cdf = angle.copy(), cdf.copy()
    low, high = np.full_like(angle, -bvn.angles()[-1]), np.full_like(angle, bvn.angles()[-1])
    moving = np.arange(len(tables))
    for _ in range(200):
        if not moving.size:
            break
        part, at = tables[moving], angle[moving]
        first, second = _derivatives(part, at, cdf[moving])
        low[moving] = np.where(first > 0, at, low[moving])
        high[moving] = np.where(first < 0, at, high[moving])
        step = _step(first, second, at, low[moving], high[moving])
        angle[moving] += step
        cdf[moving] += bvn.gain(*_corners(part), at[:, None, None], step[:, None, None])
        moving = moving[np.abs(step) > 1e-13 * (bvn.RIGHT_ANGLE - np.abs(at))]
    return angle


def _step(
    first: FloatArray, second: FloatArray, at: FloatArray, low: FloatArray, high: FloatArray
) -> FloatArray:
    """Newton's step, or half of the bracket where that leads out of it, and never too far for one panel."""
    newton = -first / np.where(second < 0, second, -np.inf)
    usable = (second < 0) & (at + newton > low) & (at + newton < high)
    half = np.where(first > 0, high - at, np.where(first < 0, low - at, 0.0)) / 2
    reach = np.minimum(LARGEST_STEP, (bvn.RIGHT_ANGLE - np.abs(at)) / 2)
    return np.clip(np.where(usable, newton, half), -reach, reach)


def _derivatives(tables: Tables, angle: FloatArray, cdf: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the first and second derivative of the log-likelihood by the angle (N each)."""
    wide = angle[:, None, None]
    h, k = _corners(tables)
    slope = bvn.slope(h, k, wide)
    probability = _cells(cdf, tables)
    lost = _lost(tables, probability)
    probability = np.where(tables.counts > 0, probability, 1.0)
    probability[lost] = 1.0
    first = _inner(slope) / probability
    second = _inner(slope * bvn.growth(h, k, wide)) / probability
    first[lost], second[lost] = _of_lost(tables, lost, angle)
    second -= np.square(first)
    return (tables.counts * first).sum(axis=(1, 2)), (tables.counts * second).sum(axis=(1, 2))


def _lost(tables: Tables, probability: FloatArray) -> Cells:
    """Find cells with counts whose probability, as a difference, rounding has spoilt."""
    table, row, column = np.nonzero((tables.counts > 0) & (probability < UNCERTAIN))
    return table, row, column


def _of_lost(tables: Tables, cells: Cells, angle: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return both derivatives of the probability of single cells, divided by it (M each).

    In logarithms, as the probabilities may be smaller than any number of double precision.
    """
    first, second = np.zeros(len(cells[0])), np.zeros(len(cells[0]))
    if not first.size:
        return first, second
    at = angle[cells[0]]
    low, high = _edges(tables, *cells)
    log_probability = bvn.log_rectangle(low, high, np.sin(at))
    for h, from_row in ((high[:, 0], 1.0), (low[:, 0], -1.0)):
        for k, from_column in ((high[:, 1], 1.0), (low[:, 1], -1.0)):
            inside = (np.abs(h) < bvn.INFINITE) & (np.abs(k) < bvn.INFINITE)
            share = np.exp(np.where(inside, bvn.log_slope(h, k, at) - log_probability, -np.inf))
            first += from_row * from_column * share
            second += from_row * from_column * share * bvn.growth(h, k, at)
    return first, second


def _corners(tables: Tables) -> tuple[FloatArray, FloatArray]:
    """Return thresholds of rows and columns as two arrays, N x (m - 1) x (m - 1)."""
    shape = (len(tables), tables.rows.shape[1], tables.columns.shape[1])
    h = np.broadcast_to(tables.rows[:, :, None], shape)
    return h, np.broadcast_to(tables.columns[:, None, :], shape)


def _cells(cdf: FloatArray, tables: Tables) -> FloatArray:
    """Return probabilities of the cells (... x N x m x m) from Phi2 at their corners."""
    whole = _bordered(cdf)
    whole[..., 1:-1, -1] = ndtr(tables.rows)
    whole[..., -1, 1:-1] = ndtr(tables.columns)
    whole[..., -1, -1] = 1
    return _differences(whole)


def _inner(slope: FloatArray) -> FloatArray:
    """Return derivatives of the cells from those at their corners; on the border they are 0."""
    return _differences(_bordered(slope))


def _bordered(inner: FloatArray) -> FloatArray:
    *others, rows, columns = inner.shape
    whole = np.zeros((*others, rows + 2, columns + 2))
    whole[..., 1:-1, 1:-1] = inner
    return whole


def _differences(whole: FloatArray) -> FloatArray:
    rows = whole[..., 1:, :] - whole[..., :-1, :]
    differences: FloatArray = rows[..., 1:] - rows[..., :-1]
    return differences


def _edges(tables: Tables, table: IntArray, row: IntArray, column: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return the lower and the upper limits (M x 2) of cells."""
    edge = np.full((len(tables), 1), bvn.INFINITE)
    rows = np.concatenate([-edge, tables.rows, edge], axis=1)
    columns = np.concatenate([-edge, tables.columns, edge], axis=1)
    low = np.stack([rows[table, row], columns[table, column]], axis=1)
    return low, np.stack([rows[table, row + 1], columns[table, column + 1]], axis=1)


def _total(counts: FloatArray, probability: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore"):
        logs = np.log(np.where(counts > 0, probability, 1.0))
    total: FloatArray = (counts * logs).sum(axis=(-2, -1))
    return total
