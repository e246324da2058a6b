"""Tables of our own as CSV: numbers come back as the doubles they were, text as it was."""

import csv
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from erm_bridge.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


def write_csv(frame: "pd.DataFrame", path: Path, compression: dict[str, Any] | None = None) -> None:
    """Write a table; a missing number is an empty cell.

    Parameters
    ----------
    frame : pandas.DataFrame
        Written without its index.
    path : Path
    compression : dict, optional
        As `pandas.DataFrame.to_csv` takes it.
    """
    # Cells are quoted where they hold the line end in use; a lone carriage return would split its row.
    quoting: Literal[0, 2] = csv.QUOTE_NONNUMERIC if _has_returns(frame) else csv.QUOTE_MINIMAL
    frame.to_csv(path, index=False, lineterminator="\n", quoting=quoting, compression=compression)


def read_csv(path: Path, numbers: Collection[str], columns: Sequence[str] = ()) -> "pd.DataFrame":
    """Read a table written by `write_csv`.

    Parameters
    ----------
    path : Path
    numbers : collection of str
        Columns that are numbers: float64, an empty cell is NaN. All others are text.
    columns : sequence of str
        Columns that the table must have; no others are returned. Empty: those it has.

    Raises
    ------
    InputError
        The file cannot be read, lacks a column, or has a cell that is not a number where one must be.
    """
    import pandas as pd

    header, *rows = _cells(path)
    absent = [name for name in columns if name not in header]
    if absent:
        raise InputError(f"{path}: no column {', '.join(map(repr, absent))} (columns: {', '.join(header)})")
    frame = pd.DataFrame(rows, columns=header).astype(str)[list(columns or header)]
    found = {name: _numbers(frame[name], path) for name in numbers if name in frame}
    return frame.assign(**found)


def read_parquet(path: Path, columns: Sequence[str], numbers: Collection[str] | None) -> "pd.DataFrame":
    """Read a Parquet file.

    Parameters
    ----------
    path : Path
    columns : sequence of str
        Columns that the table must have; they come first.
    numbers : collection of str, or None
        Columns that must be numbers; None: all but `columns`.

    Raises
    ------
    InputError
        The file cannot be read, lacks a column, or has text where numbers must be.
    """
    import pandas as pd
    from pyarrow import ArrowException, parquet

    from erm_bridge.study.sources.sizes import check_parquet

    try:
        about = parquet.read_metadata(path)
        check_parquet(path, about, about.schema.names)
        table = pd.read_parquet(path)
    except (OSError, ValueError, TypeError, KeyError, ArrowException) as error:
        raise InputError(f"{path}: not a Parquet file of a run: {error}") from None
    absent = [name for name in columns if name not in table.columns]
    if absent:
        raise InputError(f"{path}: no column {', '.join(map(repr, absent))}")
    others = [name for name in table.columns if name not in columns]
    for name in (others if numbers is None else numbers) if len(table) else ():
        if not pd.api.types.is_numeric_dtype(table[name]):
            raise InputError(f"{path}: column {name!r}: not a column of numbers")
    return table[[*columns, *others]]


def check_choices(frame: "pd.DataFrame", path: Path, column: str, allowed: Collection[str]) -> None:
    """Refuse a table in which a column holds something else than the given texts.

    Raises
    ------
    InputError
        Names the file, the column and the first row.
    """
    wrong = ~frame[column].isin(list(allowed))
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise InputError(
            f"{path}: column {column!r}, row {row + 1}: {frame[column].iloc[row]!r} is not available; "
            f"choose from: {', '.join(map(repr, allowed))}"
        )


def _has_returns(frame: "pd.DataFrame") -> bool:
    from pandas.api.types import is_numeric_dtype

    texts = [frame[name] for name in frame.columns if not is_numeric_dtype(frame[name])]
    return any("\r" in str(name) for name in frame.columns) or any(
        "\r" in text for column in texts for text in column.unique() if isinstance(text, str)
    )


def _cells(path: Path) -> list[list[str]]:
    """Read a file of comma-separated values: a header and rows of the same length."""
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            lines = list(csv.reader(stream, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: not a CSV file in UTF-8: {error}") from None
    if not lines:
        raise InputError(f"{path}: the file is empty")
    name, times = Counter(lines[0]).most_common(1)[0] if lines[0] else ("", 0)
    if times > 1:
        raise InputError(f"{path}: column {name!r} occurs {times} times")
    for row, cells in enumerate(lines[1:], start=1):
        if len(cells) != len(lines[0]):
            raise InputError(f"{path}: row {row} has {len(cells)} cells, the header {len(lines[0])}")
    return lines


def _numbers(column: "pd.Series[Any]", path: Path) -> "pd.Series[Any]":
    """Turn text into numbers."""
    for row, text in enumerate(column, start=1):
        try:
            float(text or "nan")
        except ValueError:
            raise InputError(f"{path}: column {column.name!r}, row {row}: {text!r} is not a number") from None
    # float() rounds correctly; parsers of whole files trade the last bit for speed.
    return column.map(lambda text: float(text or "nan")).astype("float64")
