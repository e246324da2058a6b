"""Give analysis columns their type: number, category or 0/1 treatment; what does not fit is named."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from erm_bridge.errors import InputError
from erm_bridge.study.base import LONGEST_NAME
from erm_bridge.study.labels import BOOLEAN_WORDS, format_number, listing
from erm_bridge.study.models import Variable

MOST_GROUPS = 100


def as_number(column: pd.Series, place: str) -> pd.Series:
    """Return the column as float64.

    Raises
    ------
    InputError
        A value is text or infinite; the message names its row.
    """
    numbers = (
        column if column.dtype == "float64" else pd.to_numeric(column, errors="coerce").astype("float64")
    )
    if numbers.isna().any():
        row = numbers.index[numbers.isna()][0]
        raise InputError(f"{place}: row {row + 1} holds {column[row]!r} where a number should be")
    if np.isinf(numbers).any():
        raise InputError(f"{place}: row {numbers.index[np.isinf(numbers)][0] + 1} is infinite")
    return numbers


def recode(column: pd.Series, codes: Mapping[str, str | None], place: str) -> pd.Series:
    """Return the names of the levels that stand for the codes of a column; None is missing.

    A column of numbers is compared with the codes as numbers, another one as text.

    Raises
    ------
    InputError
        A value is not among the codes, or two codes are the same number with different levels.
    """
    given = dict(codes)
    values = column
    if column.dtype == "float64":
        number = {code: as_code(code) for code in codes}
        given = {number[code]: level for code, level in codes.items()}
        for code, level in codes.items():
            if given[number[code]] != level:
                raise InputError(f"{place}: codes: {code!r} stands for two levels of a column of numbers")
        values = column.map(format_number, na_action="ignore")
    strangers = values[values.notna() & ~values.isin(list(given))]
    if len(strangers):
        row = strangers.index[0]
        raise InputError(
            f"{place}: row {row + 1} holds {strangers[row]!r}; the codes are {listing(list(codes))}; "
            "a code of null makes a value missing"
        )
    levels = values.map(given).astype(object)
    return levels.where(levels.notna(), None)


def as_code(text: str) -> str:
    """Write a code the way a column of numbers would show it; what is no number stays as it is."""
    try:
        return format_number(float(text))
    except ValueError:
        return text


def as_category(
    column: pd.Series, declared: Variable | None, source_levels: tuple[str, ...] | None, place: str
) -> tuple[pd.Series, Variable]:
    """Return the column as a category and its description.

    Levels are, in this order of preference, those of the study file, those of the source, or the
    values in code-point order. Levels that no row of the sample has are left out. The reference is
    the first level unless the study file names one.

    Raises
    ------
    InputError
        A value is not among the declared levels, or the reference has no row.
    """
    text = column.map(lambda value: format_number(value) if isinstance(value, float) else value)
    present = set(text)
    longest = max(present, key=len)
    if len(longest) > LONGEST_NAME:
        raise InputError(
            f"{place}: a level has {len(longest):,} characters, at most {LONGEST_NAME:,} are possible: "
            f"{longest[:40]!r}..."
        )
    listed = (declared.listed if declared else None) or source_levels or tuple(sorted(present))
    strangers = text[~text.isin(listed)]
    if len(strangers):
        row = strangers.index[0]
        raise InputError(f"{place}: row {row + 1} holds {strangers[row]!r}; the levels are {listing(listed)}")
    levels = tuple(level for level in listed if level in present)
    reference = declared.reference if declared and declared.reference is not None else levels[0]
    if reference not in levels:
        raise InputError(f"{place}: no row of the sample has the reference level {reference!r}")
    dtype = pd.CategoricalDtype(list(levels))
    codes = declared.codes if declared else None
    return text.astype(dtype), Variable(type="category", levels=levels, reference=reference, codes=codes)


def as_treatment(column: pd.Series, treated: int | str | bool, place: str) -> pd.Series:
    """Return 1.0 for treated rows and 0.0 for the others.

    Raises
    ------
    InputError
        The column has not exactly two values, or none of them is the treated one.
    """
    is_number = column.dtype == "float64"
    if not is_number and column.isin(list(BOOLEAN_WORDS)).all():
        column, is_number = column.map(BOOLEAN_WORDS).astype("float64"), True
    values = sorted(column.unique())
    shown = ", ".join(format_number(v) if is_number else str(v) for v in values[:6])
    if len(values) != 2:
        raise InputError(f"{place}: must have exactly two values, found {len(values)}: {shown}")
    if is_number:
        wanted: object = BOOLEAN_WORDS.get(treated, treated) if isinstance(treated, str) else float(treated)
    else:
        wanted = str(treated)
    if wanted not in values:
        raise InputError(
            f"{place}: no row has the value {treated!r} (matching.treatment.treated); found {shown}"
        )
    return (column == wanted).astype("float64")


def group_levels(column: pd.Series, place: str) -> tuple[str, ...]:
    """List the distinct values of a numeric column, as labels of groups."""
    values = np.unique(column.to_numpy())
    if len(values) > MOST_GROUPS:
        raise InputError(
            f"{place}: {len(values)} distinct values are too many groups (at most {MOST_GROUPS})"
        )
    return tuple(format_number(value) for value in values)
