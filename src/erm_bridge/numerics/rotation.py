"""Rotations of a loading matrix; `ROTATIONS` names them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from erm_bridge.numerics import FloatArray


@dataclass(frozen=True, slots=True)
class Rotated:
    """Loadings after rotation.

    Attributes
    ----------
    loadings : array, p x k
        The loadings given times `rotation`.
    rotation : array, k x k
    phi : array, k x k, or None
        Correlations of the factors; None if the rotation is orthogonal.
    """

    loadings: FloatArray
    rotation: FloatArray
    phi: FloatArray | None = None


def none(loadings: FloatArray) -> Rotated:
    """Leave the loadings (p x k) as they are."""
    return Rotated(loadings, np.eye(loadings.shape[1]))


def varimax(loadings: FloatArray, eps: float = 1e-5, iterations: int = 1000) -> Rotated:
    """Rotate orthogonally towards loadings that are either large or near zero.

    Each item is first scaled to a communality of 1 (Kaiser's normalisation) and scaled back at the end.
    With z the rotated loadings, every step takes for the new rotation the orthogonal polar factor of
    x'(z^3 - z diag(z'z) / p), the gradient of Kaiser's criterion, and stops when the sum of its singular
    values grows by less than the share `eps`. Matching R call: `stats::varimax(x, normalize = TRUE,
    eps = 1e-5)`, whose rule this is: it stops short of the optimum (up to some 1e-3 in the loadings),
    so a tighter `eps` gives other numbers. An item without any loading stays zero (R: NaN).

    Parameters
    ----------
    loadings : array, p x k
        One factor is returned as it is.
    eps : float
        Relative growth of the criterion that ends the iteration.
    iterations : int
        Most steps taken; what is reached then is returned, as R does.

    Notes
    -----
    The iteration has blind spots, in R as here: two clusters of equally many items that load on one
    factor only are returned as they came, since each step overshoots to the mirror image.

    References
    ----------
    Kaiser, H. F. (1958). The varimax criterion for analytic rotation in factor analysis. Psychometrika
    23(3), 187-200.
    """
    p, k = loadings.shape
    if k < 2:
        return none(loadings)
    lengths = np.sqrt(np.square(loadings).sum(axis=1, keepdims=True))
    x = loadings / np.where(lengths > 0, lengths, 1.0)
    rotation, reached = np.eye(k), 0.0
    for _ in range(iterations):
        z = x @ rotation
        gradient = x.T @ (z**3 - z * np.square(z).sum(axis=0) / p)
        left, singular, right = np.linalg.svd(gradient)
        rotation = left @ right
        before, reached = reached, float(singular.sum())
        if reached < before * (1 + eps):
            break
    return Rotated((x @ rotation) * lengths, rotation)


ROTATIONS: dict[str, Callable[[FloatArray], Rotated]] = {
    "varimax": varimax,
    "none": none,
}
