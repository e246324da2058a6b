"""Rotations with a closed form: towards a target, and promax."""

import numpy as np

from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.rotation.stacks import inverses, transposed


def procrustes_rotations(loadings: FloatArray, target: FloatArray) -> FloatArray:
    """Return the orthogonal matrices T (B x k x k) that bring loadings T nearest to the target.

    Matching R call: `psych::Procrustes(loadings, target)`.

    Parameters
    ----------
    loadings : array, B x p x k
    target : array, p x k or B x p x k

    References
    ----------
    Schönemann, P. H. (1966). A generalized solution of the orthogonal Procrustes problem. Psychometrika
    31(1), 1-10.
    """
    left, _, right = np.linalg.svd(transposed(loadings) @ target)
    rotations: FloatArray = left @ right
    return rotations


def promax_rotations(loadings: FloatArray, power: float) -> FloatArray:
    """Return what turns varimax loadings to promax's (B x k x k), for factors of unit variance.

    The target is each loading with its absolute value raised to the power; the transformation to it by
    least squares is scaled so that the factors have variance 1. Matching R call: the second half of
    `stats::promax(x, m = power)`.

    Parameters
    ----------
    loadings : array, B x p x k
        After varimax.
    power : float

    Returns
    -------
    array, B x k x k
        NaN where the transformation is singular.

    References
    ----------
    Hendrickson, A. E., White, P. O. (1964). Promax: a quick method for rotation to oblique simple
    structure. British Journal of Statistical Psychology 17(1), 65-70.
    """
    target = loadings * np.abs(loadings) ** (power - 1)
    to_target = inverses(transposed(loadings) @ loadings) @ (transposed(loadings) @ target)
    inverse = inverses(to_target)
    lengths = np.sqrt(np.square(inverse).sum(axis=-1))
    rotations: FloatArray = to_target * lengths[..., None, :]
    return rotations


def factor_correlations(rotations: FloatArray) -> FloatArray:
    """Return the correlations of the factors (... x k x k) that loadings times `rotations` belong to."""
    inverse = inverses(rotations)
    phi: FloatArray = inverse @ transposed(inverse)
    return phi
