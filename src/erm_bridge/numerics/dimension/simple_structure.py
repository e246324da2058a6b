"""Very simple structure (VSS): how well loadings reproduce the correlations when small ones count as zero."""

from dataclasses import dataclass

import numpy as np

from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.extraction import extract_stack, most_factors
from erm_bridge.numerics.rotation import rotate

# Fits that agree to so many decimals count as equal: psych's minimiser leaves them open by up to 1e-4.
DECIMALS = 3


@dataclass(frozen=True, slots=True)
class SimpleStructure:
    """Fit of simplified loadings for 1, 2, ... factors.

    Attributes
    ----------
    first, second : array, most
        Complexity 1 and 2: only the largest one or two loadings of each item are kept. NaN where the
        solution is improper (a Heywood case) and, in `second`, for one factor.
    """

    first: FloatArray
    second: FloatArray

    @property
    def by_first(self) -> int | None:
        """The number of factors that fits best with one loading an item; the fewest of several.

        None if no solution is proper.
        """
        return _best(self.first)

    @property
    def by_second(self) -> int | None:
        """The same with two loadings; None also if the items determine one factor only."""
        return _best(self.second)


def very_simple_structure(correlation: FloatArray, most: int) -> SimpleStructure:
    """Fit simplified minres loadings, rotated by varimax from two factors on.

    The fit is 1 minus the squared residuals over the squared correlations, both of the whole matrix with its
    diagonal. Matching R call: `psych::vss(R, n = most)` with its defaults `rotate = "varimax"`,
    `fm = "minres"`, `diagonal = FALSE`, which leaves the diagonal in, although the help says otherwise.
    psych has fits of improper solutions as well: there its search stops between two minima, and the fit
    differs by up to .05 from that of the minimum.

    Parameters
    ----------
    correlation : array, p x p
    most : int
        Largest number of factors to try; more than p items determine count as that many.

    References
    ----------
    Revelle, W. & Rocklin, T. (1979). Very simple structure: an alternative procedure for estimating the
    optimal number of interpretable factors. Multivariate Behavioral Research 14(4), 403-414.
    """
    first, second = [], []
    for factors in range(1, min(most, most_factors(len(correlation))) + 1):
        # One search from the usual start: solutions with better but improper minima are no simple structures.
        found = extract_stack(correlation[None], factors)
        proper = bool(found.converged[0] and not found.heywood[0].any())
        loadings = found.loadings[0]
        if proper and factors > 1:
            loadings = rotate(loadings, "varimax").loadings
        first.append(_fit(correlation, loadings, 1) if proper else np.nan)
        second.append(_fit(correlation, loadings, 2) if proper and factors > 1 else np.nan)
    return SimpleStructure(np.array(first), np.array(second))


def _best(fits: FloatArray) -> int | None:
    """Return the position (from 1) of the largest fit, the first of equal ones."""
    return None if np.isnan(fits).all() else int(np.nanargmax(np.round(fits, DECIMALS))) + 1


def _fit(correlation: FloatArray, loadings: FloatArray, complexity: int) -> float:
    """Return the fit when each item keeps its `complexity` largest loadings."""
    order = np.argsort(-np.abs(loadings), axis=1, kind="stable")
    kept = np.zeros_like(loadings)
    largest = order[:, :complexity]
    np.put_along_axis(kept, largest, np.take_along_axis(loadings, largest, axis=1), axis=1)
    return float(1 - np.square(correlation - kept @ kept.T).sum() / np.square(correlation).sum())
