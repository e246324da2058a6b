"""SPSS files (.sav and compressed .zsav): codes stay numbers, labels are carried apart."""

from pathlib import Path

import pandas as pd

from erm_bridge.errors import InputError
from erm_bridge.study.sources import readstat
from erm_bridge.study.sources.spss_labels import undecodable
from erm_bridge.study.sources.table import Table, Wanted, table_of_file
from erm_bridge.study.sources.values import from_numbers, from_texts

_DATES = r"([AEJS]?DATE|DATETIME|YMDHMS|[DM]?TIME|QYR|MOYR|WKYR)[0-9]"
_WHAT = "an SPSS file"


def read(path: Path, wanted: Wanted) -> Table:
    """Read the wanted columns; system-missing and user-missing values are missing.

    Raises
    ------
    InputError
        The file is not SPSS's or damaged, its texts are in another encoding than it says, it lacks a
        column or rows, or a column holds dates.
    """
    import pyarrow as pa

    value = undecodable(path, wanted.encoding)
    if value is not None:
        raise InputError(f"{path}: {readstat.encoding_advice(wanted.encoding)}: value label of {value!r}")
    about = readstat.describe("sav", path, wanted, _WHAT, _DATES, wanted.encoding)
    data = readstat.values("sav", path, list(about.names), _WHAT, wanted.encoding)
    columns = {}
    for name in about.names:
        kind, column = wanted.kinds.get(name), pd.Series(data[name])
        if name in about.texts:
            texts = pa.array(column.astype(object).where(column.notna(), None), pa.string())
            columns[name] = from_texts(texts, kind, wanted.place(path, name))
        else:
            columns[name] = from_numbers(pd.to_numeric(column), kind)
    return table_of_file(path, columns, about.header, labels=about.labels)
