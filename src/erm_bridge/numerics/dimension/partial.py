"""Velicer's minimum average partial correlation (MAP)."""

from dataclasses import dataclass

import numpy as np

from erm_bridge.numerics import FloatArray


@dataclass(frozen=True, slots=True)
class AveragePartials:
    """What components leave of the correlations.

    Attributes
    ----------
    squared, fourth : array, most + 1
        Average squared and fourth-power partial correlation of two items with the first 0, 1, ... `most`
        principal components held constant.
    """

    squared: FloatArray
    fourth: FloatArray

    @property
    def by_squared(self) -> int:
        """The number of components with the smallest squared average; the first, if there are several."""
        return int(np.argmin(self.squared))

    @property
    def by_fourth(self) -> int:
        """The same by fourth powers."""
        return int(np.argmin(self.fourth))


def average_partials(correlation: FloatArray, most: int) -> AveragePartials:
    """Average the partial correlations after each number of components.

    Matching R call: `psych::vss(R, n = most)$map`, which has the squared averages from one component on.
    With p components nothing is left: `most` above p - 1 counts as p - 1.

    Parameters
    ----------
    correlation : array, p x p
    most : int
        Largest number of components to try.

    References
    ----------
    Velicer, W. F. (1976). Determining the number of components from the matrix of partial correlations.
    Psychometrika 41(3), 321-327.
    Velicer, W. F., Eaton, C. A. & Fava, J. L. (2000). Construct explication through factor or component
    analysis. In R. D. Goffin & E. Helmes (eds.), Problems and Solutions in Human Assessment, Kluwer, 41-71
    (fourth power).
    """
    p = len(correlation)
    values, vectors = np.linalg.eigh(correlation)
    squared, fourth = [], []
    for components in range(min(most, p - 1) + 1):
        # Made of the components that are left, which loses no digits as R - AA' would.
        rest = vectors[:, : p - components]
        left = (rest * values[: p - components]) @ rest.T
        lengths = np.sqrt(np.diag(left))
        squares = np.square(left / np.outer(lengths, lengths))
        np.fill_diagonal(squares, 0.0)
        squared.append(squares.sum() / (p * (p - 1)))
        fourth.append(np.square(squares).sum() / (p * (p - 1)))
    return AveragePartials(np.array(squared), np.array(fourth))
