"""Squares and products of columns, whose balance is looked at beside that of the columns."""

from collections.abc import Sequence

import numpy as np

from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.balance.groups import NEGLIGIBLE


def products(columns: FloatArray, terms: Sequence[str]) -> tuple[FloatArray, tuple[str, ...]]:
    """Multiply every column with itself and with every later one.

    Parameters
    ----------
    columns : array, n x q
    terms : sequence of str
        Names of the columns.

    Returns
    -------
    products : array, n x p
        A product that is 0 throughout, or that repeats its first factor, is left out: two levels of one
        category, the square of a column of zeros and ones.
    names : tuple of str
        `age^2`, `age * educ`.

    Notes
    -----
    Matching R call: `summary(matchit(...), interactions = TRUE)` (MatchIt 4.7.1).
    """
    made: dict[str, FloatArray] = {}
    for i, first in enumerate(terms):
        for j in range(i, len(terms)):
            product = columns[:, i] * columns[:, j]
            if np.all(np.abs(product) < NEGLIGIBLE) or np.all(np.abs(product - columns[:, i]) < NEGLIGIBLE):
                continue
            made[f"{first}^2" if i == j else f"{first} * {terms[j]}"] = product
    values = np.empty((len(columns), len(made)), order="F")
    for k, product in enumerate(made.values()):
        values[:, k] = product
    return values, tuple(made)
