"""The two families of rotations, as the descent sees them: orthogonal and oblique.

A rotation is held as T (B x k x k), columns of length 1; loadings A become A T in the orthogonal family
and A inv(T)' in the oblique one, whose factors correlate T'T. Steps of second order are taken in local
coordinates: T is multiplied by I + X, where X is skew (orthogonal) or has a free off-diagonal (oblique).
"""

from typing import Protocol

import numpy as np

from erm_bridge.numerics import FloatArray, IntArray
from erm_bridge.numerics.rotation.stacks import diagonals, inverses, transposed


class Geometry(Protocol):
    """What the descent needs to know of a family of rotations; S below is L'G, G the gradient at L."""

    def matrix(self, t: FloatArray) -> FloatArray:
        """Return M (B x k x k) by which unrotated loadings are multiplied."""

    def projected(self, t: FloatArray, m: FloatArray, s: FloatArray) -> FloatArray:
        """Return the gradient by T, made tangent to the family (B x k x k)."""

    def retracted(self, t: FloatArray) -> FloatArray:
        """Return the member of the family next to T."""

    def pairs(self, k: int) -> tuple[IntArray, IntArray]:
        """Return row and column of the free elements of X."""

    def slopes(self, s: FloatArray, phi: FloatArray) -> FloatArray:
        """Return the gradient by the free elements of X, laid out as X is (... x k x k)."""

    def changes(self, s: FloatArray, ds: FloatArray, phi: FloatArray, dphi: FloatArray) -> FloatArray:
        """Return the change of `slopes` when S and phi change."""

    def directions(self, k: int) -> FloatArray:
        """Return X of each free element by itself (d x k x k)."""

    def loadings_change(self, x: FloatArray, phi: FloatArray) -> FloatArray:
        """Return Z such that loadings change by L Z, to first order."""

    def phi_change(self, x: FloatArray, phi: FloatArray) -> FloatArray:
        """Return the change of phi, to first order."""


class Orthogonal:
    """Uncorrelated factors: T'T = I.

    References
    ----------
    Jennrich, R. I. (2001). A simple general procedure for orthogonal rotation. Psychometrika 66(2),
    289-306.
    """

    def matrix(self, t: FloatArray) -> FloatArray:
        """Return T."""
        return t

    def projected(self, t: FloatArray, m: FloatArray, s: FloatArray) -> FloatArray:
        """Return T times the skew part of S."""
        result: FloatArray = t @ (0.5 * (s - transposed(s)))
        return result

    def retracted(self, t: FloatArray) -> FloatArray:
        """Return the orthogonal polar factor; NaN of what is not finite."""
        usable = np.isfinite(t).all(axis=(-2, -1), keepdims=True)
        left, _, right = np.linalg.svd(np.where(usable, t, 0.0))
        result: FloatArray = np.where(usable, left @ right, np.nan)
        return result

    def pairs(self, k: int) -> tuple[IntArray, IntArray]:
        """Return row and column above the diagonal."""
        rows, columns = np.triu_indices(k, 1)
        return rows, columns

    def directions(self, k: int) -> FloatArray:
        """Return the skew matrix of each pair of factors."""
        rows, columns = self.pairs(k)
        x = np.zeros((len(rows), k, k))
        x[np.arange(len(rows)), rows, columns] = 1.0
        return x - transposed(x)

    def slopes(self, s: FloatArray, phi: FloatArray) -> FloatArray:
        """Return S - S'."""
        return s - transposed(s)

    def changes(self, s: FloatArray, ds: FloatArray, phi: FloatArray, dphi: FloatArray) -> FloatArray:
        """Return dS - dS'."""
        return ds - transposed(ds)

    def loadings_change(self, x: FloatArray, phi: FloatArray) -> FloatArray:
        """Return X."""
        return x

    def phi_change(self, x: FloatArray, phi: FloatArray) -> FloatArray:
        """Return zeros."""
        return np.zeros(np.broadcast_shapes(x.shape, phi.shape))


class Oblique:
    """Correlated factors: the columns of T have length 1.

    References
    ----------
    Jennrich, R. I. (2002). A simple general method for oblique rotation. Psychometrika 67(1), 7-19.
    """

    def matrix(self, t: FloatArray) -> FloatArray:
        """Return the inverse of T'."""
        return transposed(inverses(t))

    def projected(self, t: FloatArray, m: FloatArray, s: FloatArray) -> FloatArray:
        """Return the gradient -inv(T)' S', each column made perpendicular to that of T."""
        gradient: FloatArray = -m @ transposed(s)
        result: FloatArray = gradient - t * (t * gradient).sum(axis=-2, keepdims=True)
        return result

    def retracted(self, t: FloatArray) -> FloatArray:
        """Return T with columns of length 1."""
        result: FloatArray = t / np.sqrt((t * t).sum(axis=-2, keepdims=True))
        return result

    def pairs(self, k: int) -> tuple[IntArray, IntArray]:
        """Return row and column off the diagonal."""
        rows, columns = np.nonzero(~np.eye(k, dtype=bool))
        return rows, columns

    def directions(self, k: int) -> FloatArray:
        """Return the matrix with a single 1 for each ordered pair of factors."""
        rows, columns = self.pairs(k)
        x = np.zeros((len(rows), k, k))
        x[np.arange(len(rows)), rows, columns] = 1.0
        return x

    def slopes(self, s: FloatArray, phi: FloatArray) -> FloatArray:
        """Return phi diag(S) - S'."""
        diagonal = diagonals(s)[..., None, :]
        result: FloatArray = phi * diagonal - transposed(s)
        return result

    def changes(self, s: FloatArray, ds: FloatArray, phi: FloatArray, dphi: FloatArray) -> FloatArray:
        """Return the change of phi diag(S) - S'."""
        diagonal = diagonals(s)[..., None, :]
        return dphi * diagonal + self.slopes(ds, phi)

    def loadings_change(self, x: FloatArray, phi: FloatArray) -> FloatArray:
        """Return diag(n) - X', n the growth of the columns' lengths that is taken back."""
        growth = (phi * x).sum(axis=-2)
        result: FloatArray = growth[..., None] * np.eye(x.shape[-1]) - transposed(x)
        return result

    def phi_change(self, x: FloatArray, phi: FloatArray) -> FloatArray:
        """Return phi X + X' phi less what keeps the diagonal at 1."""
        half = phi @ x
        growth = diagonals(half)
        result: FloatArray = half + transposed(half) - phi * (growth[..., None, :] + growth[..., :, None])
        return result
