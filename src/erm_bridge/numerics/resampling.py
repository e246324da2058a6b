"""Correlations of resampled rows, from how often each row was drawn."""

import numpy as np
import numpy.typing as npt

from erm_bridge.numerics import BoolArray, FloatArray, IntArray

# Rows whose products of items are formed at a time: what is multiplied then stays in the cache.
BLOCK = 2048


def drawn_rows(uniforms: FloatArray) -> npt.NDArray[np.intp]:
    """Turn uniform numbers in (0, 1), b x n, into positions of rows drawn with replacement, `floor(n u)`."""
    n = uniforms.shape[1]
    rows: npt.NDArray[np.intp] = np.minimum((uniforms * n).astype(np.intp), n - 1)
    return rows


def row_counts(rows: npt.NDArray[np.intp], n: int) -> IntArray:
    """Count how often each of n rows was drawn: b x n, from the positions drawn, b x any number."""
    replicates = len(rows)
    offset = rows + n * np.arange(replicates)[:, None]
    return np.bincount(offset.ravel(), minlength=replicates * n).reshape(replicates, n)


class PearsonStack:
    """Pearson correlations of weighted rows, for many sets of weights at once.

    The sums of products of all pairs of items under b sets of counts are one product of matrices: counts
    (b x n) times products (n x pairs). No row is gathered.

    Parameters
    ----------
    values : array, n x p, without missing values; no item constant
    """

    def __init__(self, values: FloatArray) -> None:
        # Around the mean and in standard deviations: sums of squares then lose no digits.
        centred = values - values.mean(axis=0)
        self._values = np.ascontiguousarray(centred / centred.std(axis=0, ddof=1))
        self._pairs = np.tril_indices(values.shape[1])

    def __call__(self, counts: IntArray) -> tuple[FloatArray, BoolArray]:
        """Return the correlations (b x p x p), and which replicates have them (b): no item is constant.

        Parameters
        ----------
        counts : array of int, b x n
            Matching R call: `cor(x[rep(seq_len(n), counts), ])`.
        """
        n, p = self._values.shape
        first, second = self._pairs
        sums, products = np.zeros((len(counts), p)), np.zeros((len(counts), len(first)))
        for start in range(0, n, BLOCK):
            part = self._values[start : start + BLOCK]
            weights = counts[:, start : start + BLOCK].astype(np.float64)
            sums += weights @ part
            products += weights @ (part[:, first] * part[:, second])
        drawn = counts.sum(axis=1)[:, None]
        covariances = products - sums[:, first] * sums[:, second] / drawn
        variances = covariances[:, first == second]
        # What rounding leaves of a constant item's variance.
        spread = (variances > 1e-12 * drawn).all(axis=1)
        lengths = np.sqrt(np.where(spread[:, None], variances, 1.0))
        cells = covariances / (lengths[:, first] * lengths[:, second])
        correlations = np.empty((len(counts), p, p))
        correlations[:, first, second] = correlations[:, second, first] = cells
        correlations[:, np.arange(p), np.arange(p)] = 1.0
        return correlations, spread
