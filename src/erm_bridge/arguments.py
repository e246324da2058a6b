"""Arguments of the Python calls, checked as the keys of a study file are."""

from __future__ import annotations

import operator
import os
from collections.abc import Iterable
from numbers import Integral
from typing import TYPE_CHECKING, Any, TypeVar

from erm_bridge.errors import InputError

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd
    from pydantic import BaseModel

    from erm_bridge.study.models import Matching

Options = TypeVar("Options", bound="BaseModel")


def options_of(model: type[Options], call: str, **values: object) -> Options:
    """Make the options of a call; messages begin with its name.

    Raises
    ------
    InputError
        An argument is not valid.
    """
    from erm_bridge.study.validation import validate

    return validate(model, values, lambda location: call)


def listed(value: object) -> list[Any]:
    """Take a single name for a list of one."""
    return list(value) if isinstance(value, Iterable) and not isinstance(value, str) else [value]


def seed_of(call: str, seed: object) -> int | None:
    """Return a seed as a whole number of Python.

    Raises
    ------
    InputError
        It is not a whole number from 0.
    """
    if seed is None:
        return None
    try:
        number = operator.index(seed)  # type: ignore[arg-type]
    except TypeError:
        number = -1
    if number < 0 or isinstance(seed, bool):
        raise InputError(f"{call}: seed: must be a whole number from 0, found {seed!r:.60}")
    return number


def path_text(key: str, value: object) -> str:
    """Return a path as text.

    Raises
    ------
    InputError
    """
    if not isinstance(value, str | os.PathLike):
        raise InputError(f"run: {key}: must be a path, found {type(value).__name__}")
    return str(value)


def frame_of(call: str, frame: object) -> pd.DataFrame:
    """Return a frame whose columns have names of text.

    Raises
    ------
    InputError
        It is not a DataFrame.
    """
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        raise InputError(f"{call}: frame must be a pandas DataFrame, found {type(frame).__name__}")
    if all(isinstance(name, str) for name in frame.columns):
        return frame
    return frame.set_axis([str(name) for name in frame.columns], axis="columns")


def loadings_of(call: str, name: str, frame: object) -> pd.DataFrame:
    """Return a frame of loadings: numbers, none missing, items and factors named once each.

    Raises
    ------
    InputError
    """
    import numpy as np
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        hint = f"; pass its .loadings: {call}(a.loadings, b.loadings)" if hasattr(frame, "loadings") else ""
        raise InputError(f"{call}: {name} must be a pandas DataFrame, found {type(frame).__name__}{hint}")
    for what, labels in (("item", frame.index), ("factor", frame.columns)):
        if labels.has_duplicates:
            twice = labels[labels.duplicated()][0]
            raise InputError(f"{call}: {name}: the {what} {twice!r} occurs twice")
    for factor, column in frame.items():
        if not pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_complex_dtype(column.dtype):
            raise InputError(
                f"{call}: {name}: factor {factor!r} holds {column.dtype} values, must be numbers"
            )
        unusable = ~np.isfinite(column.to_numpy("float64", na_value=np.nan))
        if unusable.any():
            item = frame.index[int(unusable.argmax())]
            raise InputError(f"{call}: {name}: the loading of {item!r} on {factor!r} is missing or infinite")
    return frame


def check_same_items(call: str, a: pd.Index, b: pd.Index) -> None:
    """Check that two frames of loadings hold the same items, in any order.

    Raises
    ------
    InputError
    """
    if not len(a):
        raise InputError(f"{call}: a has no items")
    for here, there, side in ((a, b, "b"), (b, a, "a")):
        absent = here.difference(there, sort=False)
        if len(absent):
            raise InputError(f"{call}: {side} lacks the item {absent[0]!r}; both need the same items")


def check_rows(call: str, n_obs: object) -> None:
    """Check a number of rows that may be left out.

    Raises
    ------
    InputError
    """
    if n_obs is None:
        return
    if not isinstance(n_obs, Integral) or isinstance(n_obs, bool) or n_obs < 2:
        raise InputError(f"{call}: n_obs: must be a whole number from 2, found {n_obs!r}")


def check_labels(call: str, labels: pd.Index) -> None:
    """Check that row labels stay apart as whole numbers or text, which a match matrix holds.

    Raises
    ------
    InputError
    """
    import pandas as pd

    if isinstance(labels, pd.MultiIndex):
        raise InputError(f"{call}: rows need one label each, found {labels.nlevels}; use frame.reset_index()")
    if pd.api.types.is_integer_dtype(labels.dtype):
        return
    texts = labels.map(str)
    if not texts.is_unique:
        label = texts[texts.duplicated()].tolist()[0]
        raise InputError(f"{call}: the row label {label!r} occurs twice; labels must be unique as text")


def check_partners(call: str, frame: pd.DataFrame, options: Matching) -> None:
    """Check that there are as many partners as the ratio asks for; what else is wrong the engines say.

    Raises
    ------
    InputError
    """
    from erm_bridge.study.checks import check_ratio

    name = options.treatment.column
    if list(frame.columns).count(name) == 1 and frame[name].isin([0, 1]).all() and frame[name].nunique() == 2:
        check_ratio(options, frame[name], f"{call}: ratio")


def two_groups(call: str, group: npt.ArrayLike, rows: int) -> npt.NDArray[Any]:
    """Return a boolean array of the rows that belong to a group.

    Raises
    ------
    InputError
        It is not of zeros and ones (or booleans), one for each row, or one of the two is absent.
    """
    import numpy as np

    values = np.asarray(group)
    if values.shape != (rows,):
        raise InputError(f"{call}: group: must hold one value for each of {rows} rows, found {values.shape}")
    found = set(np.unique(values.astype(str)).tolist())
    if found not in ({"False", "True"}, {"0", "1"}, {"0.0", "1.0"}):
        shown = ", ".join(sorted(found)[:5])
        raise InputError(f"{call}: group: must hold both 0 and 1 and nothing else, found {shown}")
    inside: npt.NDArray[Any] = values.astype(float) == 1
    return inside


def scores_of(distance: npt.ArrayLike) -> npt.NDArray[Any]:
    """Return scores or distances to match on as an array of numbers.

    Raises
    ------
    InputError
    """
    import numpy as np

    try:
        return np.asarray(distance, dtype="float64")
    except (TypeError, ValueError):
        raise InputError("match: distance must be the name of a method or an array of numbers") from None
