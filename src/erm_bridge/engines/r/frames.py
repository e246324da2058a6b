"""A user's frame as the analysis frame that R takes, and the small study around it."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from erm_bridge.engines.columns import level_label, usable_column
from erm_bridge.errors import InputError
from erm_bridge.study.models import DataSource, Difference, Study, Variable


def analysis_frame(frame: pd.DataFrame, columns: Iterable[str], gaps: bool = False) -> pd.DataFrame:
    """Take columns of a frame, numbers and booleans as float64, categories with levels of text.

    Levels that do not occur are left out. With `gaps`, values may be missing (NaN).

    Raises
    ------
    InputError
        See `erm_bridge.engines.columns.usable_column`.
    """
    taken = {name: _plain(usable_column(frame, name, gaps)) for name in columns}
    return pd.DataFrame(taken, index=frame.index)


def _plain(column: pd.Series) -> pd.Series:
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        used = column.cat.remove_unused_categories()
        labels = {level: level_label(level) for level in used.cat.categories}
        return used.cat.rename_categories(labels).cat.as_unordered()
    return pd.Series(column.to_numpy("float64", na_value=np.nan), index=column.index)


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
