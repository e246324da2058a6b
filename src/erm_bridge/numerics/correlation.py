"""Means, standard deviations and correlations: all that factor analysis needs to know of the rows."""

from dataclasses import dataclass

import numpy as np

from erm_bridge.errors import InputError
from erm_bridge.numerics import FloatArray

# psych's cor.smooth calls a matrix with a smaller eigenvalue not positive definite (its eig.tol).
SMALLEST_EIGENVALUE = 1e-12


@dataclass(frozen=True, slots=True)
class Moments:
    """Sufficient statistics of n rows of p items.

    Attributes
    ----------
    n : int
    means, sds : array, p
        Standard deviations have denominator n - 1.
    correlation : array, p x p
        Pearson correlations; exactly symmetric, exactly 1 on the diagonal.
    """

    n: int
    means: FloatArray
    sds: FloatArray
    correlation: FloatArray


def moments(values: FloatArray) -> Moments:
    """Compute means, standard deviations and Pearson correlations.

    Matching R calls: `colMeans(x)`, `apply(x, 2, sd)`, `cor(x)`.

    Parameters
    ----------
    values : array, n x p
        Complete: a missing value is refused, never skipped.

    Raises
    ------
    InputError
        A value is missing or infinite, there are fewer than two rows, or a column is constant; the
        message names positions of columns.
    """
    n = values.shape[0]
    if n < 2:
        raise InputError(f"correlations need at least 2 rows, found {n}")
    means = values.mean(axis=0)
    _refuse("hold missing or infinite values", np.flatnonzero(~np.isfinite(means)))
    _refuse("are constant", np.array(constant_columns(values)))
    centred = values - means
    # What rounding left of the mean: matters where the mean is large against the spread.
    remainder = centred.mean(axis=0)
    centred -= remainder
    products = centred.T @ centred
    lengths = np.sqrt(np.diag(products))
    correlation = products / np.outer(lengths, lengths)
    np.fill_diagonal(correlation, 1.0)
    return Moments(n, means + remainder, lengths / np.sqrt(n - 1), correlation)


def constant_columns(values: FloatArray) -> tuple[int, ...]:
    """Return the positions of the columns that hold one value only.

    Parameters
    ----------
    values : array, n x p, without missing values
    """
    return tuple(np.flatnonzero(values.min(axis=0) == values.max(axis=0)).tolist())


def dependent_items(correlation: FloatArray) -> tuple[int, ...]:
    """Return the positions of items that are linear combinations of each other.

    Empty if the correlation matrix can be inverted. Duplicated items, an item and its reverse, and a
    sum score beside its parts are all found.

    Parameters
    ----------
    correlation : array, p x p
    """
    values, vectors = np.linalg.eigh(correlation)
    null = np.abs(vectors[:, values < SMALLEST_EIGENVALUE])
    return tuple(np.flatnonzero((null > 1e-6).any(axis=1)).tolist())


def refuse_singular(correlation: FloatArray) -> None:
    """Refuse a correlation matrix that has no inverse.

    Raises
    ------
    InputError
        Items depend on each other; the message names their positions.
    """
    _refuse("are linear combinations of each other", np.array(dependent_items(correlation)))


def _refuse(what: str, positions: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> None:
    if positions.size:
        raise InputError(f"items at positions {positions.tolist()} {what}")
