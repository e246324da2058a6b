"""The items of a frame as numbers, and what they must be like to be factored."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pandas as pd

from erm_bridge import options as opt
from erm_bridge.errors import InputError
from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.correlation import constant_columns
from erm_bridge.numerics.factor_scores import ImproperItems


def item_values(
    frame: pd.DataFrame,
    items: Sequence[str],
    reverse: Sequence[str] = (),
    missing: opt.MissingItems = "refuse",
) -> FloatArray:
    """Return the items as an array (n x p) that is not to be written to, reverse-keyed.

    A missing value is refused, makes all of its row missing (`listwise`) or stays one (`pairwise`).

    A reversed item becomes its observed minimum plus its observed maximum minus itself. Matching R
    call: `psych::reverse.code`.

    Raises
    ------
    InputError
        An item is not exactly one column of the frame, or holds text, missing or infinite values.
    """
    absent = [name for name in items if name not in frame.columns]
    if absent:
        raise InputError(f"items: no column {absent[0]!r}; columns are {_some(frame.columns)}")
    twice = frame.columns[frame.columns.duplicated()].intersection(list(items))
    if len(twice):
        raise InputError(f"items: more than one column is named {twice[0]!r}")
    columns = [_numbers(frame[name], missing) for name in items]
    untouched = missing != "listwise" and not reverse
    if untouched and list(frame.columns) == list(items) and (frame.dtypes == np.float64).all():
        # One block of numbers as it is, where the frame holds one.
        return frame.to_numpy(copy=False)
    values = np.empty((len(frame), len(items)), order="F")
    for position, column in enumerate(columns):
        values[:, position] = column
    if missing == "listwise":
        values[np.isnan(values).any(axis=1)] = np.nan
    for name in reverse:
        turned = values[:, items.index(name)]
        turned[:] = (np.fmin.reduce(turned) + np.fmax.reduce(turned)) - turned
    return values


def _numbers(column: pd.Series, missing: opt.MissingItems) -> FloatArray:
    name = column.name
    if isinstance(column.dtype, pd.CategoricalDtype):
        raise InputError(f"item {name!r} holds categories; items must be numbers")
    if not pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_complex_dtype(column.dtype):
        raise InputError(f"item {name!r} holds {column.dtype} values; items must be numbers")
    numbers: FloatArray = column.to_numpy("float64", na_value=np.nan)
    if missing != "refuse" and np.isinf(numbers).any():
        raise InputError(f"item {name!r} has {int(np.isinf(numbers).sum())} infinite values")
    unusable = int((~np.isfinite(numbers)).sum())
    if unusable and missing == "refuse":
        raise InputError(
            f"item {name!r} has {unusable} missing or infinite values in {len(numbers)} rows;"
            " leave out incomplete rows first (factor_analysis also takes correlation with missing: listwise)"
        )
    return numbers


def check_size(n: int, p: int) -> None:
    """Refuse fewer rows (n) than items (p)."""
    if n <= p:
        raise InputError(f"{n} rows are too few for {p} items; at least {p + 1} are needed")


def check_spread(values: FloatArray, items: Sequence[str]) -> None:
    """Refuse an item that is constant, or has no value at all."""
    if np.isnan(values).any():
        values = np.where(np.isnan(values), np.fmax.reduce(values, axis=0), values)
    empty = np.flatnonzero(np.isnan(values).all(axis=0))
    if empty.size:
        raise InputError(f"item {items[empty[0]]!r} has no value in any row that is used")
    constant = constant_columns(values)
    if constant:
        raise InputError(f"item {items[constant[0]]!r} has the same value in all {len(values)} rows")


@contextmanager
def named(items: Sequence[str]) -> Iterator[None]:
    """Give an error that knows positions of items (`ImproperItems`) their names."""
    try:
        yield
    except ImproperItems as error:
        names = [items[position] for position in error.positions]
        raise ImproperItems(error.method, error.positions, names) from None


def turning_points(values: FloatArray, items: Sequence[str], reverse: Sequence[str]) -> FloatArray:
    """Return what each reversed item was subtracted from (p), NaN for others.

    That is its minimum plus its maximum, which reversing leaves as they are.

    Parameters
    ----------
    values : array, n x p
        As from `item_values`, reversed ones after reversing.
    """
    found: FloatArray = np.full(len(items), np.nan)
    for position in (items.index(name) for name in reverse):
        found[position] = np.fmin.reduce(values[:, position]) + np.fmax.reduce(values[:, position])
    return found


def _some(names: pd.Index, most: int = 10) -> str:
    shown = ", ".join(repr(name) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
