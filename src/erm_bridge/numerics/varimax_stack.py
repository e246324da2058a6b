"""Varimax of many loading matrices at once."""

import numpy as np

from erm_bridge.numerics import FloatArray


def varimax_stack(loadings: FloatArray, eps: float = 1e-5, iterations: int = 1000) -> FloatArray:
    """Rotate each of a stack of loadings (b x p x k) as `numerics.rotation.varimax` rotates one.

    The same steps and the same stopping rule, each matrix on its own: one that has stopped takes no further
    step while others go on.
    """
    k = loadings.shape[2]
    if k < 2:
        return loadings
    lengths = np.sqrt(np.square(loadings).sum(axis=2, keepdims=True))
    x = loadings / np.where(lengths > 0, lengths, 1.0)
    rotation = np.broadcast_to(np.eye(k), (len(x), k, k)).copy()
    reached = np.zeros(len(x))
    going = np.arange(len(x))
    for _ in range(iterations):
        rotation[going], grown = _step(x[going], rotation[going])
        before, reached[going] = reached[going], grown
        going = going[grown >= before * (1 + eps)]
        if not len(going):
            break
    rotated: FloatArray = (x @ rotation) * lengths
    return rotated


def _step(x: FloatArray, rotation: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the next rotations and the sums of singular values that they were found with."""
    z = x @ rotation
    squares = np.square(z)
    gradient = np.swapaxes(x, 1, 2) @ (z * (squares - squares.mean(axis=1, keepdims=True)))
    left, singular, right = np.linalg.svd(gradient)
    return left @ right, singular.sum(axis=1)
