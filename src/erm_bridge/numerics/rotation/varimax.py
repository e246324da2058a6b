"""Varimax by the iteration and the stopping rule of R's stats package, for a stack of loadings."""

import numpy as np

from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.rotation.criteria import Quartic
from erm_bridge.numerics.rotation.stacks import transposed

EPS, ITERATIONS = 1e-5, 1000


def varimax_criterion(items: int) -> Quartic:
    """Return minus a quarter of the variances of squared loadings (times p), summed over factors."""
    return Quartic(own=-1.0, column=1 / items)


def varimax_rotations(
    loadings: FloatArray, start: FloatArray, eps: float = EPS, iterations: int = ITERATIONS
) -> FloatArray:
    """Rotate orthogonally towards loadings that are either large or near zero.

    With z the rotated loadings, every step takes for the new rotation the orthogonal polar factor of
    x'(z^3 - z diag(z'z) / p), the gradient of Kaiser's criterion, and stops when the sum of its singular
    values grows by less than the share `eps`. Matching R call: `stats::varimax(x, normalize = FALSE,
    eps = 1e-5)`, whose rule this is: it stops short of the optimum (up to some 1e-3 in the loadings),
    so a tighter `eps` gives other numbers.

    Parameters
    ----------
    loadings : array, B x p x k
        With rows of length 1 for Kaiser's normalisation.
    start : array, B x k x k
        Orthogonal matrices.
    eps : float
        Relative growth of the criterion that ends the iteration.
    iterations : int
        Most steps taken; what is reached then is returned, as R does.

    Returns
    -------
    array, B x k x k

    Notes
    -----
    The iteration has blind spots, in R as here: two clusters of equally many items that load on one
    factor only are returned as they came, since each step overshoots to the mirror image.

    References
    ----------
    Kaiser, H. F. (1958). The varimax criterion for analytic rotation in factor analysis. Psychometrika
    23(3), 187-200.
    """
    p = loadings.shape[1]
    done = np.array(start, dtype=np.float64)
    place, x, rotation = np.arange(len(loadings)), loadings, done.copy()
    reached = np.zeros(len(loadings))
    for _ in range(iterations):
        z = x @ rotation
        squared = z * z
        gradient = transposed(x) @ (z * (squared - squared.sum(axis=1, keepdims=True) / p))
        left, singular, right = np.linalg.svd(gradient)
        rotation = left @ right
        before, reached = reached, singular.sum(axis=-1)
        going = reached >= before * (1 + eps)
        if not going.all():
            done[place[~going]] = rotation[~going]
            place, x, rotation, reached = place[going], x[going], rotation[going], reached[going]
            if not len(place):
                return done
    done[place] = rotation
    return done
