"""Criteria of simplicity: what an analytic rotation minimises, with first and second derivatives.

Each criterion takes loadings (... x p x k, any leading axes) and has two methods:

`value_and_gradient(loadings)`
    The value (...) and its derivatives by the loadings (... x p x k).
`curvature(loadings, direction)`
    The derivative of that gradient along `direction` (... x p x k).

A smaller value is a simpler pattern: criteria that their authors maximise stand here with a minus.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.rotation.stacks import diagonal_matrices, diagonals, inverses, transposed


class Criterion(Protocol):
    """What a rotation minimises; see the module's docstring."""

    def value_and_gradient(self, loadings: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the value (...) and the gradient (... x p x k)."""

    def curvature(self, loadings: FloatArray, direction: FloatArray) -> FloatArray:
        """Return the change of the gradient along a direction (... x p x k)."""


@dataclass(frozen=True, slots=True)
class Quartic:
    """A quarter of the sum of S * (u S + v D S + w S N), S the squared loadings.

    N adds up the other factors of an item, D the whole column of a factor. This is the family of
    Crawford and Ferguson and, with the term t D S N, that of the oblimin criteria.

    Attributes
    ----------
    own, column, row, table : float
        u, v, w and t.
    general : bool
        Leave the first factor out, for bi-factor rotation.

    References
    ----------
    Crawford, C. B., Ferguson, G. A. (1970). A general rotation criterion and its use in orthogonal
    rotation. Psychometrika 35(3), 321-332. Jennrich, R. I., Bentler, P. M. (2011). Exploratory bi-factor
    analysis. Psychometrika 76(4), 537-549.
    """

    own: float = 0.0
    column: float = 0.0
    row: float = 0.0
    table: float = 0.0
    general: bool = False

    def value_and_gradient(self, loadings: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the value (...) and the gradient (... x p x k)."""
        squared = loadings * loadings
        image = self._image(squared)
        return 0.25 * (squared * image).sum(axis=(-2, -1)), loadings * image

    def curvature(self, loadings: FloatArray, direction: FloatArray) -> FloatArray:
        """Return the change of the gradient along a direction (... x p x k)."""
        change = self._image(2 * loadings * direction)
        result: FloatArray = direction * self._image(loadings * loadings) + loadings * change
        return result

    def _image(self, squared: FloatArray) -> FloatArray:
        if self.general:
            squared = squared.copy()
            squared[..., 0] = 0.0
        image = self.own * squared
        if self.row or self.table:
            others = squared.sum(axis=-1, keepdims=True) - squared
            image += self.row * others
            if self.table:
                image += self.table * others.sum(axis=-2, keepdims=True)
        if self.column:
            image += self.column * squared.sum(axis=-2, keepdims=True)
        if self.general:
            image[..., 0] = 0.0
        return image


@dataclass(frozen=True, slots=True)
class Geomin:
    """Sum over the items of the geometric mean of squared loadings plus `delta`.

    References
    ----------
    Yates, A. (1987). Multivariate exploratory data analysis. SUNY Press. Browne, M. W. (2001). An overview
    of analytic rotation in exploratory factor analysis. Multivariate Behavioral Research 36(1), 111-150.
    """

    delta: float = 0.01

    def value_and_gradient(self, loadings: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the value (...) and the gradient (... x p x k)."""
        raised = loadings * loadings + self.delta
        means = np.exp(np.log(raised).mean(axis=-1, keepdims=True))
        return means.sum(axis=(-2, -1)), (2 / loadings.shape[-1]) * means * loadings / raised

    def curvature(self, loadings: FloatArray, direction: FloatArray) -> FloatArray:
        """Return the change of the gradient along a direction (... x p x k)."""
        k = loadings.shape[-1]
        raised = loadings * loadings + self.delta
        means = np.exp(np.log(raised).mean(axis=-1, keepdims=True))
        ratio = loadings / raised
        growth = (2 / k) * (ratio * direction).sum(axis=-1, keepdims=True)
        bend = (self.delta - loadings * loadings) / (raised * raised)
        result: FloatArray = (2 / k) * means * (growth * ratio + bend * direction)
        return result


@dataclass(frozen=True, slots=True)
class Bentler:
    """Invariant pattern simplicity: a quarter of log det diag(M) - log det M, M = S'S of squared loadings.

    References
    ----------
    Bentler, P. M. (1977). Factor simplicity index and transformations. Psychometrika 42(2), 277-295.
    """

    def value_and_gradient(self, loadings: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the value (...) and the gradient (... x p x k); not finite where M is singular."""
        squared = loadings * loadings
        products = transposed(squared) @ squared
        value = 0.25 * (np.log(diagonals(products)).sum(axis=-1) - np.linalg.slogdet(products)[1])
        weights = inverses(products) - diagonal_matrices(1 / diagonals(products))
        return value, -loadings * (squared @ weights)

    def curvature(self, loadings: FloatArray, direction: FloatArray) -> FloatArray:
        """Return the change of the gradient along a direction (... x p x k)."""
        squared, change = loadings * loadings, 2 * loadings * direction
        products, half = transposed(squared) @ squared, transposed(change) @ squared
        inverse, turned = inverses(products), half + transposed(half)
        weights = inverse - diagonal_matrices(1 / diagonals(products))
        bend = diagonals(turned) / np.square(diagonals(products))
        weights_change = diagonal_matrices(bend) - inverse @ turned @ inverse
        image_change = change @ weights + squared @ weights_change
        result: FloatArray = -direction * (squared @ weights) - loadings * image_change
        return result


@dataclass(frozen=True, slots=True)
class Simplimax:
    """Sum of the `zeros` smallest squared loadings.

    References
    ----------
    Kiers, H. A. L. (1994). Simplimax: oblique rotation to an optimal target with simple structure.
    Psychometrika 59(4), 567-579.
    """

    zeros: int

    def value_and_gradient(self, loadings: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the value (...) and the gradient (... x p x k) with the zeros where they are now."""
        small = self._small(loadings)
        return np.square(small).sum(axis=(-2, -1)), 2 * small

    def curvature(self, loadings: FloatArray, direction: FloatArray) -> FloatArray:
        """Return the change of the gradient along a direction (... x p x k), the zeros held."""
        return np.where(self._small(loadings) != 0, 2 * direction, 0.0)

    def _small(self, loadings: FloatArray) -> FloatArray:
        squared = loadings * loadings
        flat = squared.reshape(*squared.shape[:-2], -1)
        limit = np.partition(flat, self.zeros - 1, axis=-1)[..., self.zeros - 1, None, None]
        return np.where(squared <= limit, loadings, 0.0)


@dataclass(frozen=True, slots=True)
class Target:
    """Sum of squared distances from the target where that is specified.

    Attributes
    ----------
    target : array, p x k
        NaN where a loading is free.

    References
    ----------
    Browne, M. W. (1972). Orthogonal rotation to a partially specified target. British Journal of
    Mathematical and Statistical Psychology 25(1), 115-120. Browne, M. W. (1972). Oblique rotation to a
    partially specified target. Ibid. 25(2), 207-212.
    """

    target: FloatArray

    def value_and_gradient(self, loadings: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the value (...) and the gradient (... x p x k)."""
        off = np.where(np.isnan(self.target), 0.0, loadings - self.target)
        return np.square(off).sum(axis=(-2, -1)), 2 * off

    def curvature(self, loadings: FloatArray, direction: FloatArray) -> FloatArray:
        """Return the change of the gradient along a direction (... x p x k)."""
        return np.where(np.isnan(self.target), 0.0, 2 * direction)
