"""Correlations that were factored, and how they came about."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Correlations:
    """The correlations of p items.

    Attributes
    ----------
    matrix : pandas.DataFrame
        p x p: what was factored.
    unsmoothed : pandas.DataFrame or None
        p x p: as estimated, where `smooth` was asked for and the estimate was not positive definite.
    n : int
        Rows, as fit and tests count them. Of a given matrix the given number; pairwise the smallest count
        of a pair.
    counts : pandas.DataFrame or None
        p x p: rows that each correlation rests on, where items had missing values (`pairwise`).
    thresholds : pandas.DataFrame or None
        Items x positions "1", "2", ...: normal quantiles at which an ordinal item passes to its next
        category, from all its rows; NaN beyond its last one. None where the method has none.
    """

    matrix: pd.DataFrame
    unsmoothed: pd.DataFrame | None
    n: int
    counts: pd.DataFrame | None
    thresholds: pd.DataFrame | None
