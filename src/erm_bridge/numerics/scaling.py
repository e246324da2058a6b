"""Columns of a linear model, centred and scaled: what keeps a fit exact on columns of any size."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from erm_bridge.errors import InputError
from erm_bridge.numerics import FloatArray

# Share of a column's variance, not explained by the columns before it, below which it is collinear.
# R's glm drops a column whose unexplained length is below 1e-7; its square, 1e-14, is lost in rounding.
COLLINEAR = 1e-12


# Rows taken at a time: two blocks of ten columns fit into a processor's cache.
BLOCK = 8192


@dataclass(frozen=True, slots=True)
class Scale:
    """Mean and standard deviation (denominator n) of columns.

    Attributes
    ----------
    centre, length : arrays, length p
    """

    centre: FloatArray
    length: FloatArray

    @property
    def back(self) -> FloatArray:
        """Matrix, (1 + p) x (1 + p), from coefficients of the scaled columns to those of the columns."""
        matrix: FloatArray = np.diag(np.concatenate([[1.0], 1 / self.length]))
        matrix[0, 1:] = -self.centre / self.length
        return matrix


@dataclass(frozen=True, slots=True)
class Scaled(Scale):
    """Columns with mean 0 and variance 1 (denominator n).

    Attributes
    ----------
    centre, length : arrays, length p
        Mean and standard deviation of each column as it was.
    values : array, n x p
    """

    values: FloatArray

    @property
    def with_intercept(self) -> FloatArray:
        """A column of ones beside the scaled columns, n x (1 + p)."""
        return np.column_stack([np.ones(len(self.values)), self.values])


@dataclass(frozen=True, slots=True)
class Measured(Scale):
    """Scale of columns that were left as they are.

    Attributes
    ----------
    centre, length : arrays, length p
        Mean and standard deviation of each column.
    correlations : array, p x p
    """

    correlations: FloatArray


def scale_columns(columns: FloatArray, terms: Sequence[str]) -> Scaled:
    """Centre and scale columns.

    Parameters
    ----------
    columns : array, n x p
        Finite numbers, without the column of ones.
    terms : sequence of text, length p
        Names of the columns, for messages.

    Raises
    ------
    InputError
        A column is constant or a linear combination of the columns before it.
    """
    centre = columns.mean(axis=0)
    centred = columns - centre
    length = np.sqrt((centred**2).mean(axis=0))
    _refuse_constant(length, np.abs(columns).max(axis=0), terms)
    values = centred / length
    _refuse_collinear(values.T @ values / len(columns), terms)
    return Scaled(centre, length, values)


def measure_columns(columns: FloatArray, terms: Sequence[str]) -> Measured:
    """Find the scale of columns without making anything of their size.

    Parameters and errors as in `scale_columns`.
    """
    n, p = columns.shape
    centre = columns.mean(axis=0)
    products, reach = np.zeros((p, p)), np.zeros(p)
    for start in range(0, n, BLOCK):
        centred = columns[start : start + BLOCK].T - centre[:, None]
        products += centred @ centred.T
        reach = np.maximum(reach, np.abs(centred).max(axis=1))
    length = np.sqrt(np.diag(products) / n)
    _refuse_constant(length, np.abs(centre) + reach, terms)
    correlations = products / n / np.outer(length, length)
    _refuse_collinear(correlations, terms)
    return Measured(centre, length, correlations)


def _refuse_constant(length: FloatArray, size: FloatArray, terms: Sequence[str]) -> None:
    constant = length <= 1e-10 * size
    if constant.any():
        raise InputError(f"the column {terms[int(np.argmax(constant))]!r} is constant; remove it")


def _refuse_collinear(correlations: FloatArray, terms: Sequence[str]) -> None:
    for j in range(1, len(terms)):
        before = correlations[:j, :j]
        explained = correlations[:j, j] @ np.linalg.solve(before, correlations[:j, j])
        if 1 - explained < COLLINEAR:
            raise InputError(
                f"the column {terms[j]!r} is a linear combination of the columns before it; remove it"
            )
