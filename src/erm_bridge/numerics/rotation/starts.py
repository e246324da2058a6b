"""Random places from which a rotation starts."""

import numpy as np

from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.draws import uniforms
from erm_bridge.numerics.rotation.stacks import diagonals, transposed


def random_rotations(seed: int | None, count: int, factors: int) -> FloatArray:
    """Draw uniformly distributed orthogonal matrices (count x k x k), the same as R does.

    Each is Q of the QR decomposition, with a positive diagonal of R, of a matrix of independent normal
    deviates, filled column by column.

    References
    ----------
    Mezzadri, F. (2007). How to generate random matrices from the classical compact groups. Notices of the
    AMS 54(5), 592-604.
    """
    from scipy.special import ndtri

    deviates = ndtri(uniforms(seed, "rotation", count, factors * factors))
    orthogonal, upper = np.linalg.qr(transposed(deviates.reshape(count, factors, factors)))
    rotations: FloatArray = orthogonal * np.where(diagonals(upper) < 0, -1.0, 1.0)[:, None, :]
    return rotations
