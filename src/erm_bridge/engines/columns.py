"""What both engines ask of the frames that users hand to the Python calls."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from erm_bridge.errors import InputError
from erm_bridge.numerics import FloatArray
from erm_bridge.options import BalanceStatistic
from erm_bridge.study.labels import format_number

BEFORE_AND_AFTER = ("before", "after")
EFFECT_QUANTITIES = ("estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high")
IN_SD_QUANTITIES = (
    "glass_delta",
    "glass_delta_low",
    "glass_delta_high",
    "cohen_d",
    "cohen_d_low",
    "cohen_d_high",
)


def balance_parts(statistics: Iterable[BalanceStatistic]) -> list[tuple[str, str]]:
    """List quantity and component of every number of a table of balance, such as `smd` `before`."""
    parts: dict[BalanceStatistic, tuple[str, ...]] = {
        "pair_distance": ("after",),
        "reduction": ("smd", "variance_ratio", "ecdf_mean", "ks"),
    }
    return [(name, part) for name in statistics for part in parts.get(name, BEFORE_AND_AFTER)]


def usable_column(frame: pd.DataFrame, name: str, gaps: bool = False) -> pd.Series:
    """Return a column of numbers, booleans or a category, complete and finite; text becomes a category.

    With `gaps`, values may be missing.

    Levels of text are its values in code-point order, as in a study file.

    Raises
    ------
    InputError
        The column is absent, occurs twice, holds something else, or lacks a value; names the row.
    """
    if name not in frame.columns:
        raise InputError(f"there is no column {name!r}; columns are {', '.join(map(repr, frame.columns))}")
    column = frame[name]
    if isinstance(column, pd.DataFrame):
        raise InputError(f"there are {column.shape[1]} columns named {name!r}; names must be unique")
    missing = column.isna().to_numpy()
    if missing.any() and not gaps:
        row = int(np.argmax(missing)) + 1
        raise InputError(f"the column {name!r} has a missing value in row {row}; drop or fill such rows")
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column
    if pd.api.types.infer_dtype(column) == "string":
        return column.astype(pd.CategoricalDtype(sorted(column.unique())))
    if not pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_complex_dtype(column.dtype):
        raise InputError(
            f"the column {name!r} is of type {column.dtype}; it must hold numbers, booleans, text or a "
            "category (pd.to_numeric makes numbers; of dates, take days since one of them)"
        )
    infinite = np.isinf(column.to_numpy("float64", na_value=np.nan))
    if infinite.any():
        raise InputError(f"the column {name!r} has an infinite value in row {int(np.argmax(infinite)) + 1}")
    return column


def level_label(level: object) -> str:
    """Write a level of a category as text."""
    return format_number(level) if isinstance(level, int | float) else str(level)


def check_labels(index: pd.Index) -> None:
    """Refuse row labels that occur twice.

    Raises
    ------
    InputError
    """
    if not index.is_unique:
        label = index[index.duplicated()].tolist()[0]
        raise InputError(f"the row label {label!r} occurs twice; labels must be unique")


def aligned(outcome: pd.Series, labels: pd.Index) -> FloatArray:
    """Return an outcome by the row labels of a match, as float64, length n.

    Raises
    ------
    InputError
        The outcome is not a series of numbers, has a label twice, lacks a value, or does not vary.
    """
    if not isinstance(outcome, pd.Series):
        raise InputError(f"outcome: must be a pandas Series with the match's row labels, not {type(outcome)}")
    if not pd.api.types.is_numeric_dtype(outcome.dtype):
        raise InputError(f"outcome: must hold numbers, not {outcome.dtype}")
    if not outcome.index.is_unique:
        label = outcome.index[outcome.index.duplicated()].tolist()[0]
        raise InputError(f"outcome: the row label {label!r} occurs twice")
    absent = labels[~labels.isin(outcome.index)].tolist()
    if absent:
        more = f" and {len(absent) - 1} more" if len(absent) > 1 else ""
        raise InputError(f"outcome: no value for the row label {absent[0]!r}{more}")
    values: FloatArray = outcome.reindex(labels).to_numpy(dtype=np.float64, na_value=np.nan)
    if not np.isfinite(values).all():
        label = labels[~np.isfinite(values)].tolist()[0]
        raise InputError(f"outcome: the value of row {label!r} is missing or infinite")
    if np.ptp(values) == 0:
        raise InputError(f"outcome: has the same value in all {len(values)} rows")
    return values
