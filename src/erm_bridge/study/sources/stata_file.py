"""Stata files: codes stay numbers, labels are carried apart; the file's description comes by ReadStat.

The values are read by pandas, which takes a third of ReadStat's time for them and keeps float64 columns
where ReadStat makes objects of whole numbers with missing values.
"""

import re
import warnings
from pathlib import Path

import pandas as pd

from erm_bridge.errors import InputError
from erm_bridge.study.sources import readstat, sizes
from erm_bridge.study.sources.table import Table, Wanted, table_of_file
from erm_bridge.study.sources.values import from_numbers, from_texts

FIRST_IN_UTF8 = 118
_DATES = r"%-?[td]"
# The number of rows stands within the first so many bytes.
_HEAD = 200
_WHAT = "a Stata file"


def read(path: Path, wanted: Wanted) -> Table:
    """Read the wanted columns; all of Stata's missing values (. and .a to .z) are missing.

    Raises
    ------
    InputError
        The file is not Stata's or damaged, its texts are in another encoding, it lacks a column or
        rows, or a column holds dates.
    """
    import pyarrow as pa

    stored = _encoding_of_pandas(path)
    if stored == "utf-8" and wanted.encoding is not None:
        raise InputError(f"{path}: texts in Stata files since version 14 are UTF-8; remove data.encoding")
    rows = _stated_rows(path)
    about = readstat.describe("dta", path, wanted, _WHAT, _DATES, wanted.encoding or "UTF-8")
    sizes.check_rows(path, rows, len(about.header))
    data = _read_values(path, list(about.names))
    columns = {}
    for name in about.names:
        kind = wanted.kinds.get(name)
        if pd.api.types.is_numeric_dtype(data[name]):
            columns[name] = from_numbers(data[name], kind)
        else:
            texts = _decoded(data[name], stored, wanted.encoding or "utf-8", wanted.place(path, name))
            columns[name] = from_texts(pa.array(texts, pa.string()), kind, wanted.place(path, name))
    return table_of_file(path, columns, about.header, labels=about.labels)


def _encoding_of_pandas(path: Path) -> str:
    """Tell how pandas decodes the texts of a file: one byte a character before format 118."""
    with path.open("rb") as file:
        head = file.read(31)
    release = head.removeprefix(b"<stata_dta><header><release>")[:3]
    modern = head.startswith(b"<stata_dta>") and release.isdigit() and int(release) >= FIRST_IN_UTF8
    return "utf-8" if modern else "latin-1"


def _stated_rows(path: Path) -> int:
    """Return the rows that a file states in eight bytes, of which ReadStat sees half; 0 where it has four."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    order = re.search(rb"<byteorder>(LSF|MSF)</byteorder>", head)
    count = re.search(rb"<N>(.{8})</N>", head, re.DOTALL)
    if order is None or count is None:
        return 0
    return int.from_bytes(count[1], "little" if order[1] == b"LSF" else "big")


def _read_values(path: Path, names: list[str]) -> pd.DataFrame:
    try:
        with warnings.catch_warnings():
            # pandas warns where it falls back to another encoding than the file's.
            warnings.simplefilter("error", UnicodeWarning)
            return pd.read_stata(path, columns=names, convert_dates=False, convert_categoricals=False)
    except UnicodeWarning:
        raise InputError(
            f"{path}: the file states UTF-8, but a text is not; translate it in Stata (unicode translate)"
        ) from None
    except MemoryError:
        raise
    # A parser stumbles over a damaged file in many ways.
    except Exception as error:
        raise readstat.unreadable(path, _WHAT, error) from None


def _decoded(column: pd.Series, stored: str, encoding: str, place: str) -> list[str | None]:
    texts = column.astype(object).where(column.notna(), None)
    if stored == "utf-8":
        return list(texts)
    try:
        known = {text: text.encode(stored).decode(encoding) for text in texts.dropna().unique()}
    except UnicodeError as error:
        raise InputError(f"{place}: {readstat.encoding_advice(encoding)}: {error}") from None
    return [None if text is None else known[text] for text in texts]
