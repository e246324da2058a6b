"""A user's frame as the analysis frame that R takes, and the small study around it."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from erm_bridge.errors import InputError
from erm_bridge.numerics import FloatArray
from erm_bridge.study.labels import format_number
from erm_bridge.study.models import DataSource, Difference, Study, Variable


def analysis_frame(frame: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
    """Take columns of a frame, numbers and booleans as float64, categories with levels of text.

    Levels that do not occur are left out. Missing and infinite values stay: R refuses them by column
    and row.

    Raises
    ------
    InputError
        A column is absent, occurs twice or holds neither numbers nor categories.
    """
    return pd.DataFrame({name: _plain(_column(frame, name)) for name in columns}, index=frame.index)


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    if name not in frame.columns:
        raise InputError(f"there is no column {name!r}; columns are {', '.join(map(repr, frame.columns))}")
    column = frame[name]
    if isinstance(column, pd.DataFrame):
        raise InputError(f"there are {column.shape[1]} columns named {name!r}; names must be unique")
    return column


def _plain(column: pd.Series) -> pd.Series:
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        used = column.cat.remove_unused_categories()
        labels = {level: _label(level) for level in used.cat.categories}
        return used.cat.rename_categories(labels).cat.as_unordered()
    if pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_complex_dtype(dtype):
        return pd.Series(column.to_numpy("float64", na_value=np.nan), index=column.index)
    raise InputError(
        f"the column {column.name!r} is of type {dtype}; it must hold numbers or booleans or be a "
        f'category: frame[{column.name!r}].astype("category")'
    )


def _label(level: object) -> str:
    return format_number(level) if isinstance(level, int | float) else str(level)


def small_study(
    frame: pd.DataFrame, variables: Mapping[str, Variable | None] | None = None, **sections: Any
) -> Study:
    """Make a study around an analysis frame, for one stage of it.

    Parameters
    ----------
    frame : pandas.DataFrame
        As from `analysis_frame`.
    variables : mapping, optional
        A category's `reference` is taken from here; otherwise it is the first level.
    **sections
        Sections of the study.
    """
    given = variables or {}
    described = {name: _variable(frame[name], given.get(name)) for name in frame.columns}
    # Every study has a stage difference, whose outcome must be named where there is no index.
    difference = Difference(outcome=None if "index" in sections else frame.columns[0])
    source = DataSource(source="frame")
    return Study(study="frame", data=source, variables=described, difference=difference, **sections)


def _variable(column: pd.Series, given: Variable | None) -> Variable:
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return Variable(type="number")
    levels = tuple(column.cat.categories)
    reference = levels[0] if given is None or given.reference is None else given.reference
    if reference not in levels:
        raise InputError(
            f"the reference {reference!r} of {column.name!r} does not occur; levels are {levels}"
        )
    return Variable(type="category", levels=levels, reference=reference)


def aligned(outcome: pd.Series, labels: pd.Index) -> FloatArray:
    """Return an outcome by the row labels of a match, as float64.

    Raises
    ------
    InputError
        The outcome is not a series of numbers, has a label twice, or lacks one.
    """
    if not isinstance(outcome, pd.Series) or not pd.api.types.is_numeric_dtype(outcome.dtype):
        raise InputError("outcome: must be a pandas Series of numbers with the row labels of the match")
    if not outcome.index.is_unique:
        label = outcome.index[outcome.index.duplicated()].tolist()[0]
        raise InputError(f"outcome: the row label {label!r} occurs twice")
    absent = labels.difference(outcome.index, sort=False)
    if len(absent):
        more = f" and {len(absent) - 1} others" if len(absent) > 1 else ""
        raise InputError(f"outcome: no value for the row label {absent.tolist()[0]!r}{more}")
    values: FloatArray = outcome.reindex(labels).to_numpy("float64", na_value=np.nan)
    return values
