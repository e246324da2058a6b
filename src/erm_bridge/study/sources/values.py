"""Bring the values of any source to two types: float64 with NaN, or object with None."""

from contextlib import suppress
from typing import Any

import pandas as pd

from erm_bridge.errors import InputError
from erm_bridge.study.labels import BOOLEAN_WORDS, format_number
from erm_bridge.study.sources.table import ColumnKind

MISSING_TEXTS = ("", "NA")


def from_numbers(column: pd.Series, kind: ColumnKind | None) -> pd.Series:
    """Return numbers or booleans as float64, as texts where the column is known to be a category."""
    if kind != "category":
        return column.astype("float64")
    # Most columns have few distinct values, and whole numbers of any size keep all their digits.
    texts = {value: _as_text(value) for value in column.dropna().unique()}
    return plain_text(column.map(texts))


def from_texts(column: Any, kind: ColumnKind | None, place: str) -> pd.Series:
    """Return texts as numbers where every value is one, or is true or false; empty and NA are missing.

    Parameters
    ----------
    column : pyarrow.Array or pyarrow.ChunkedArray
        Of type string.
    kind : str or None
        None: a column with numbers beside other text is refused.
    place : str
        How messages name the column.

    Raises
    ------
    InputError
    """
    import pyarrow as pa
    from pyarrow import compute

    column = compute.if_else(compute.is_in(column, pa.array(MISSING_TEXTS)), None, column)
    if kind != "category":
        with suppress(pa.ArrowInvalid):
            numbers = compute.cast(compute.utf8_trim_whitespace(column), pa.float64())
            # The cast takes the text "nan" for a number.
            if not compute.any(compute.is_nan(numbers)).as_py():
                return pd.Series(numbers.to_numpy(zero_copy_only=False), dtype="float64")
    text = pd.Series(column.to_pylist(), dtype=object)
    if kind != "category" and text.dropna().isin(list(BOOLEAN_WORDS)).all():
        return text.map(BOOLEAN_WORDS).astype("float64")
    if kind is None:
        _refuse_mixture(text, place)
    return text


def plain_text(column: pd.Series) -> pd.Series:
    """Return texts as they are: object, None where missing."""
    return column.astype(object).where(column.notna(), None)


def _as_text(value: Any) -> str:
    return format_number(value) if isinstance(value, float | bool) else str(value)


def _refuse_mixture(text: pd.Series, place: str) -> None:
    """Refuse numbers beside other text: one typing error would make a category of a number."""
    values = text.dropna()
    is_number = pd.to_numeric(values, errors="coerce").notna()
    if is_number.any():
        number, other = values[is_number].index[0], values[~is_number].index[0]
        raise InputError(
            f"{place}: row {other + 1} holds {text[other]!r}, row {number + 1} the number {text[number]}; "
            "correct the value, or declare the column under variables with type: category"
        )
