"""The correlations of the items, estimated as asked or given; what cannot be factored is refused by name."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from erm_bridge.engines.python.factors.items import check_size
from erm_bridge.errors import InputError
from erm_bridge.estimates import StageRows
from erm_bridge.numerics import BoolArray, FloatArray
from erm_bridge.numerics.correlation import Moments, dependent_items, moments, smoothed
from erm_bridge.numerics.correlation.categories import MOST_CATEGORIES, distinct
from erm_bridge.numerics.correlation.methods import Estimated, correlate
from erm_bridge.results import Correlations
from erm_bridge.study.models import Correlation, Index

# So close to 1 no maximum inside is to be told from one at 1: psych's search ends within 1e-4 of it.
BOUNDARY = 1.5e-4


def scaling(values: FloatArray) -> Moments:
    """Return means and standard deviations of the items (n x p), each of the rows that have it.

    The correlations beside them are Pearson's; NaN where a value is missing.
    """
    if not np.isnan(values).any():
        return moments(values)
    p = values.shape[1]
    means, sds = np.nanmean(values, axis=0), np.nanstd(values, axis=0, ddof=1)
    return Moments(len(values), means, sds, np.full((p, p), np.nan))


def correlations_of(values: FloatArray, of: Moments, how: Correlation, items: pd.Index) -> Correlations:
    """Correlate the items.

    Parameters
    ----------
    values : array, n x p
        NaN where missing.
    of : Moments
        As from `scaling(values)`.
    how : Correlation
    items : Index of text, p

    Raises
    ------
    InputError
        An item has too many categories, a pair of items has no correlation, or the matrix is not
        positive definite and is not to be smoothed.
    """
    _check_categories(values, how, items)
    found = _estimated(values, of, how)
    _check_defined(found, items)
    if not how.smooth:
        _check_inside(found.matrix, how, items)
    missing = bool(np.isnan(values).any())
    return _labelled(found, how.smooth, items, missing)


def given_correlations(frame: pd.DataFrame, n: int, options: Index) -> Correlations:
    """Take a frame as the correlation matrix of n rows; items are its columns.

    Raises
    ------
    InputError
        It is not square, its rows are not named like its columns, or it is no correlation matrix.
    """
    if frame.shape[0] != frame.shape[1]:
        raise InputError(
            f"n_obs: a correlation matrix is square, found {frame.shape[0]} rows x {frame.shape[1]} columns;"
            " leave n_obs out where the frame holds rows of data"
        )
    items = options.items
    check_size(n, len(items))
    labels = [str(label) for label in frame.index]
    numbered = isinstance(frame.index, pd.RangeIndex)
    if not numbered and labels != list(items):
        raise InputError(
            f"n_obs: rows are named {labels[:5]}, columns {list(items)[:5]}; they must be the same"
        )
    matrix = frame.to_numpy("float64", na_value=np.nan)
    _check_matrix(matrix, items)
    names = pd.Index(items)
    matrix = (matrix + matrix.T) / 2
    np.fill_diagonal(matrix, 1.0)
    found = Estimated(matrix, np.full(matrix.shape, n), ())
    return _labelled(found, options.correlation.smooth, names, missing=False)


def check_definite(matrix: FloatArray, items: Sequence[str]) -> None:
    """Refuse items that determine or contradict each other."""
    dependent = dependent_items(matrix)
    if not dependent:
        return
    names = ", ".join(repr(items[position]) for position in dependent)
    if np.linalg.eigvalsh(matrix)[0] > -1e-12:
        raise InputError(f"items {names} are linear combinations of each other; remove one of them")
    raise InputError(
        f"the correlation matrix is not positive definite: correlations of items {names} contradict each"
        " other; remove one of them, or ask for correlation: {..., smooth: true}"
    )


def rows(found: StageRows, correlations: Correlations | None, how: Correlation) -> None:
    """Add the rows on correlations; Pearson's follow from the data at once and have none."""
    if correlations is None or (how.method == "pearson" and not how.smooth):
        return
    estimated = correlations.matrix if correlations.unsmoothed is None else correlations.unsmoothed
    _lower_triangle(found, "correlation", estimated)
    if how.smooth:
        _lower_triangle(found, "correlation_smoothed", correlations.matrix)
    if correlations.thresholds is not None:
        for item, of_item in correlations.thresholds.iterrows():
            found.add_components("threshold", of_item.dropna(), str(item))


def _lower_triangle(found: StageRows, quantity: str, matrix: pd.DataFrame) -> None:
    values, items = matrix.to_numpy(), [str(item) for item in matrix.index]
    for i, j in zip(*np.tril_indices(len(values), -1), strict=True):
        found.add(quantity, values[i, j], items[i], items[j])


def _estimated(values: FloatArray, of: Moments, how: Correlation) -> Estimated:
    p = len(of.means)
    if how.method == "pearson" and np.isfinite(of.correlation).all():
        return Estimated(of.correlation, np.full((p, p), of.n), (np.empty(0),) * p)
    correct = 0.0 if how.correct is None else how.correct
    return correlate(values, how.method, local=how.thresholds == "local", correct=correct)


def _labelled(found: Estimated, smooth: bool, items: pd.Index, missing: bool) -> Correlations:
    used = smoothed(found.matrix) if smooth else found.matrix
    check_definite(used, list(items))
    return Correlations(
        matrix=pd.DataFrame(used, items, items),
        unsmoothed=None if used is found.matrix else pd.DataFrame(found.matrix, items, items),
        n=int(found.n.min()),
        counts=pd.DataFrame(found.n, items, items) if missing else None,
        thresholds=_thresholds(found, items),
    )


def _thresholds(found: Estimated, items: pd.Index) -> pd.DataFrame | None:
    most = max((len(of_item) for of_item in found.thresholds), default=0)
    if most == 0:
        return None
    padded = np.full((len(items), most), np.nan)
    for row, of_item in zip(padded, found.thresholds, strict=True):
        row[: len(of_item)] = of_item
    return pd.DataFrame(padded, items, [str(i + 1) for i in range(most)])


def _check_categories(values: FloatArray, how: Correlation, items: pd.Index) -> None:
    if how.method not in ("polychoric", "tetrachoric"):
        return
    most = 2 if how.method == "tetrachoric" else MOST_CATEGORIES
    counts = distinct(values, most)
    too_many = np.flatnonzero(counts > most)
    if too_many.size:
        raise InputError(
            f"item {items[too_many[0]]!r} has more than {most} distinct values, too many for {how.method} "
            "correlations; group them, leave the item out, or ask for correlation: mixed"
        )


def _check_defined(found: Estimated, items: pd.Index) -> None:
    bad = np.isnan(found.matrix)
    if bad.any():
        a, b, n = _first_pair(bad, found, items)
        raise InputError(
            f"items {a!r} and {b!r} have no correlation: {n} rows have both, and one of them does not vary"
            " there; leave one of them out"
        )


def _check_inside(matrix: FloatArray, how: Correlation, items: pd.Index) -> None:
    if how.thresholds is None:
        return
    at_end = np.tril(np.abs(matrix) > 1 - BOUNDARY, -1)
    if at_end.any():
        i, j = np.argwhere(at_end)[0]
        raise InputError(
            f"the {how.method} correlation of items {items[j]!r} and {items[i]!r} is {round(matrix[i, j])}: "
            "cells of their table are empty; leave one of them out, group categories, count empty cells by "
            "correlation: {..., thresholds: local, correct: 0.5}, or ask for smooth: true"
        )


def _check_matrix(matrix: FloatArray, items: Sequence[str]) -> None:
    for bad, what in (
        (~np.isfinite(matrix), "is missing or infinite"),
        (np.abs(matrix) > 1 + 1e-8, "lies beyond -1 and 1"),
        (np.abs(matrix - matrix.T) > 1e-8, "differs from its mirror image"),
        (np.diag(np.abs(np.diag(matrix) - 1) > 1e-8), "stands on the diagonal and is not 1"),
    ):
        if bad.any():
            i, j = np.argwhere(bad)[0]
            raise InputError(f"n_obs: no correlation matrix: row {items[i]!r}, column {items[j]!r} {what}")


def _first_pair(bad: BoolArray, found: Estimated, items: pd.Index) -> tuple[str, str, int]:
    i, j = np.argwhere(bad)[0]
    return str(items[i]), str(items[j]), int(found.n[i, j])
