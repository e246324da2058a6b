"""Matrices in stacks (... x k x k)."""

import numpy as np

from erm_bridge.numerics import FloatArray


def transposed(matrices: FloatArray) -> FloatArray:
    """Return a view with the last two axes exchanged."""
    return matrices.swapaxes(-1, -2)


def diagonals(matrices: FloatArray) -> FloatArray:
    """Return the diagonals (... x k)."""
    return np.diagonal(matrices, axis1=-2, axis2=-1)


def diagonal_matrices(values: FloatArray) -> FloatArray:
    """Return diagonal matrices (... x k x k) of vectors (... x k)."""
    result: FloatArray = values[..., None] * np.eye(values.shape[-1])
    return result


def inverses(matrices: FloatArray) -> FloatArray:
    """Return the inverse of each matrix; NaN where there is none, so that one does not spoil the rest."""
    try:
        inverse: FloatArray = np.linalg.inv(matrices).astype(np.float64, copy=False)
    except np.linalg.LinAlgError:
        regular = np.linalg.matrix_rank(matrices) == matrices.shape[-1]
        inverse = np.full(matrices.shape, np.nan)
        inverse[regular] = np.linalg.inv(matrices[regular])
    return inverse
