"""Correlation matrices that have no inverse: found, refused, or smoothed."""

import numpy as np

from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.correlation.sample_moments import refuse_items

# psych's cor.smooth raises eigenvalues below it (its eig.tol) to SMOOTHED.
SMALLEST_EIGENVALUE = 1e-12
SMOOTHED = 100 * SMALLEST_EIGENVALUE


def dependent_items(correlation: FloatArray) -> tuple[int, ...]:
    """Return the positions of items that are linear combinations of each other, or contradict each other.

    Empty if the correlation matrix is positive definite. Duplicated items, an item and its reverse, and a
    sum score beside its parts are all found. Correlations that are not of one table of data (polychoric,
    pairwise) can contradict each other: then an eigenvalue is negative.

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
    which = np.zeros(len(correlation), dtype=bool)
    which[list(dependent_items(correlation))] = True
    refuse_items("are linear combinations of each other", which)


def smoothed(correlation: FloatArray) -> FloatArray:
    """Make a correlation matrix positive definite; one that is comes back as it is.

    Eigenvalues below 1e-12 become 1e-10, all are scaled to add up to p again, and the matrix made of them
    is scaled to a diagonal of 1. Matching R call: `psych::cor.smooth(r)`, which does so when the smallest
    eigenvalue is below machine epsilon.

    Parameters
    ----------
    correlation : array, p x p
    """
    values, vectors = np.linalg.eigh(correlation)
    if values[0] >= np.finfo(float).eps:
        return correlation
    values = np.where(values < SMALLEST_EIGENVALUE, SMOOTHED, values)
    values *= len(values) / values.sum()
    covariance = (vectors * values) @ vectors.T
    lengths = np.sqrt(np.diag(covariance))
    found = covariance / np.outer(lengths, lengths)
    np.fill_diagonal(found, 1.0)
    symmetric: FloatArray = (found + found.T) / 2
    return symmetric
