"""Columns of a frame as numbers for a model: treatment-coded categories, or indicators of every level."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from erm_bridge.engines.columns import level_label, usable_column
from erm_bridge.errors import InputError
from erm_bridge.numerics import FloatArray
from erm_bridge.study.models import Variable

Variables = Mapping[str, Variable | None]


class Design(NamedTuple):
    """Columns of a model: `values` (n x q, without the column of ones) and the name of each column."""

    values: FloatArray
    terms: tuple[str, ...]


def design_matrix(frame: pd.DataFrame, columns: Iterable[str], variables: Variables | None = None) -> Design:
    """Code columns for a model with an intercept.

    Parameters
    ----------
    frame : DataFrame, n rows
        Columns of numbers, booleans (0 and 1) or categories.
    columns : iterable of text
        Which columns, in the order of the terms.
    variables : mapping of name to Variable or None, optional
        A category's `reference` is taken from here; without one it is the first level that occurs.

    Returns
    -------
    Design
        A number keeps its name; a category gives `race[hispan]` for each level that occurs, in level
        order, but the reference.

    Raises
    ------
    InputError
        A column is missing, is text, or holds missing or infinite values; a category has a single
        level; the reference does not occur; two terms have the same name.

    Notes
    -----
    Matching R call: `model.matrix(~ ..., droplevels(data))[, -1]` with `contr.treatment`, the
    category `relevel()`ed to its reference.
    """
    known = variables or {}
    return _bind(
        part
        for name in columns
        for part in _treatment_coded(name, usable_column(frame, name), known.get(name))
    )


def join_designs(parts: Sequence[Design], n: int) -> Design:
    """Put designs of n rows side by side; without any, a design of no columns.

    Raises
    ------
    InputError
        Two terms have the same name.
    """
    if not parts:
        return Design(np.empty((n, 0)), ())
    return _bind(pair for part in parts for pair in zip(part.terms, part.values.T, strict=True))


def indicator_columns(frame: pd.DataFrame, columns: Iterable[str]) -> Design:
    """Code columns for a table of balance: numbers as they are, an indicator for every level.

    Parameters, result and errors as in `design_matrix`; no level is left out as a reference.
    """
    return _joined(indicators_by_term(frame, columns))


def indicators_by_term(frame: pd.DataFrame, columns: Iterable[str]) -> dict[str, FloatArray]:
    """Return the columns of `indicator_columns` by their terms, without copies of numbers; do not write."""
    return _by_term(part for name in columns for part in _indicators(name, usable_column(frame, name)))


def number_column(frame: pd.DataFrame, name: str) -> FloatArray:
    """Return a column of numbers or booleans (0 and 1), length n; errors as in `design_matrix`."""
    column = usable_column(frame, name)
    if isinstance(column.dtype, pd.CategoricalDtype):
        raise InputError(
            f"the column {name!r} holds text or categories; it must hold numbers or booleans, such as "
            f"frame[{name!r}] == {level_label(column.cat.categories[-1])!r}"
        )
    values: FloatArray = column.to_numpy(dtype=np.float64)
    return values


Part = tuple[str, FloatArray]


def _bind(parts: Iterable[Part]) -> Design:
    return _joined(_by_term(parts))


def _joined(terms: dict[str, FloatArray]) -> Design:
    # Column by column in memory: that is how columns are read.
    return Design(np.array(list(terms.values())).T, tuple(terms))


def _by_term(parts: Iterable[Part]) -> dict[str, FloatArray]:
    terms: dict[str, FloatArray] = {}
    for term, values in parts:
        if term in terms:
            raise InputError(f"two terms are named {term!r}; rename a column")
        terms[term] = values
    return terms


def _treatment_coded(name: str, column: pd.Series, variable: Variable | None) -> Iterator[Part]:
    parts = dict(_indicators(name, column))
    if isinstance(column.dtype, pd.CategoricalDtype):
        if len(parts) < 2:
            raise InputError(f"the column {name!r} is constant; remove it")
        reference = next(iter(parts))
        if variable is not None and variable.reference is not None:
            reference = f"{name}[{variable.reference}]"
        if reference not in parts:
            found = ", ".join(parts)
            raise InputError(f"the reference {reference!r} does not occur in the data; levels are {found}")
        del parts[reference]
    yield from parts.items()


def _indicators(name: str, column: pd.Series) -> Iterator[Part]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = column.cat.codes.to_numpy()
        for code, level in enumerate(column.cat.categories):
            if (codes == code).any():
                yield f"{name}[{level_label(level)}]", (codes == code).astype(np.float64)
    else:
        yield name, column.to_numpy(dtype=np.float64)
