"""CSV files: comma, header, one line ending a row; read as text first, so that nothing is guessed."""

import csv
from pathlib import Path
from typing import Any

from erm_bridge.errors import InputError
from erm_bridge.study.sources.table import Table, Wanted, table_of_file
from erm_bridge.study.sources.values import MISSING_TEXTS, from_texts

_NOT_A_TABLE = "not a CSV file"


def read(path: Path, wanted: Wanted) -> Table:
    """Read the wanted columns.

    Raises
    ------
    InputError
        The file is no table, not in the encoding, lacks a column or rows, or a column holds numbers
        as well as text.
    """
    header = _read_header(path, wanted.encoding)
    if any(name not in header for name in wanted.columns):
        _refuse_other_separator(path, header)
    names = wanted.among(path, header)
    # Each column of text is let go once its numbers are there.
    text = dict(zip(names, _read_text_columns(path, names, wanted.encoding).columns, strict=True))
    columns = {
        name: from_texts(text.pop(name), wanted.kinds.get(name), wanted.place(path, name)) for name in names
    }
    return table_of_file(path, columns, header)


def _read_header(path: Path, encoding: str | None) -> list[str]:
    """Read the column names; refuse what is not a table of text in the encoding."""
    try:
        with path.open(encoding=encoding or "utf-8-sig", newline="") as file:
            header = next(csv.reader(file), [])
    except (UnicodeError, csv.Error) as error:
        raise InputError(f"{path}: {_not_in(encoding)}: {error}") from None
    if not any(name.strip() for name in header):
        raise InputError(f"{path}: {_NOT_A_TABLE}: the first line holds no column names")
    return header


def _not_in(encoding: str | None) -> str:
    advice = "" if encoding else " (data.encoding names another encoding, such as gb18030)"
    return f"{_NOT_A_TABLE} in {encoding or 'UTF-8'}{advice}"


def _refuse_other_separator(path: Path, header: list[str]) -> None:
    for separator, shown in ((";", "';'"), ("\t", "tabs")):
        if len(header) == 1 and separator in header[0]:
            raise InputError(
                f"{path}: the columns seem to be separated by {shown}; save the file with commas"
            )


def _read_text_columns(path: Path, names: list[str], encoding: str | None) -> Any:
    """Read columns as text; every row must have as many cells as the header."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    try:
        return arrow_csv.read_csv(
            path,
            read_options=arrow_csv.ReadOptions(encoding=encoding or "utf8"),
            parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(
                include_columns=names,
                column_types={name: pa.string() for name in names},
                null_values=list(MISSING_TEXTS),
                strings_can_be_null=True,
            ),
        )
    except UnicodeError as error:
        raise InputError(f"{path}: {_not_in(encoding)}: {error}") from None
    except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
        reason = str(error).replace("CSV parse error: ", "").splitlines()[0]
        what = _not_in(encoding) if "UTF8" in reason else _NOT_A_TABLE
        raise InputError(f"{path}: {what}: {reason}") from None
