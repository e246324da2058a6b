"""What ReadStat says of a Stata or SPSS file: names, labels, types; and its values."""

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from erm_bridge.errors import InputError
from erm_bridge.study.labels import as_label
from erm_bridge.study.sources import sizes
from erm_bridge.study.sources.table import Labels, Wanted

Format = Literal["dta", "sav"]


@dataclass(frozen=True)
class Description:
    """A file without its values.

    Attributes
    ----------
    header : tuple of str
        All columns.
    names : tuple of str
        Those wanted, in the file's order.
    texts : frozenset of str
        Wanted columns of text.
    labels : dict
        See `erm_bridge.study.sources.table.Table`; wanted columns only.
    """

    header: tuple[str, ...]
    names: tuple[str, ...]
    texts: frozenset[str]
    labels: Labels


def describe(
    kind: Format, path: Path, wanted: Wanted, what: str, dates: str, encoding: str | None
) -> Description:
    """Read names, labels and types.

    Parameters
    ----------
    kind : str
    path : Path
    wanted : Wanted
    what : str
        How messages call such files.
    dates : str
        Regular expression of the display formats of dates and times.
    encoding : str or None
        None: the one that the file states.

    Raises
    ------
    InputError
        The file cannot be read, lacks a column, or a wanted column holds dates.
    """
    _, meta = _read(kind, path, what, encoding, metadataonly=True)
    if None in meta.column_names:
        raise unreadable(path, what, ValueError("a column has no name"))
    names = wanted.among(path, meta.column_names)
    for name in names:
        shown = str(meta.original_variable_types.get(name))
        if re.match(dates, shown):
            raise InputError(
                f"{wanted.place(path, name)} holds dates or times (format {shown}); "
                "add a column of numbers to the file, such as the year or the days since a fixed day"
            )
    labels = {
        name: {str(as_label(code)): str(label) for code, label in meta.variable_value_labels[name].items()}
        for name in names
        if meta.variable_value_labels.get(name)
    }
    texts = frozenset(name for name in names if meta.readstat_variable_types[name] == "string")
    _check_size(path, meta, names, texts)
    return Description(tuple(meta.column_names), tuple(names), texts, labels)


def _check_size(path: Path, meta: Any, names: list[str], texts: frozenset[str]) -> None:
    """Refuse more rows than the file can hold, or than fit into memory."""
    rows = meta.number_rows or 0
    sizes.check_rows(
        path, rows, len(meta.column_names), sizes.DEFLATE if path.suffix.lower() == ".zsav" else 1
    )
    widths = {name: sizes.TEXT + meta.variable_storage_width[name] for name in texts}
    needed = rows * sum(widths.get(name, sizes.NUMBER) for name in names)
    sizes.check_memory(path, needed, f"{rows:,} rows of {len(names):,} columns")


def values(kind: Format, path: Path, names: list[str], what: str, encoding: str | None) -> dict[str, Any]:
    """Read columns as arrays; user-missing values are missing."""
    data, _ = _read(kind, path, what, encoding, usecols=names, disable_datetime_conversion=True)
    return dict(data.items())


def unreadable(path: Path, what: str, error: Exception) -> InputError:
    """Say that a file cannot be read."""
    reason = (str(error).splitlines() or [type(error).__name__])[0]
    return InputError(f"{path}: not {what}, or a damaged one: {reason}")


def encoding_advice(encoding: str | None) -> str:
    """Say what to do about texts that cannot be decoded."""
    found = encoding or "the encoding that the file states"
    return f"texts are not in {found}; name theirs by data.encoding, such as gb18030 or windows-1252"


def _read(kind: Format, path: Path, what: str, encoding: str | None, **options: Any) -> tuple[Any, Any]:
    import pyreadstat

    reader: Callable[..., tuple[Any, Any]]
    reader = {"dta": pyreadstat.read_dta, "sav": pyreadstat.read_sav}[kind]
    try:
        return reader(path, encoding=encoding and codecs.lookup(encoding).name, **options)
    except MemoryError:
        raise
    # ReadStat raises classes of its own, Python's for texts, and others for damaged files.
    except Exception as error:
        if isinstance(error, UnicodeError) or "convert string" in str(error):
            raise InputError(f"{path}: {encoding_advice(encoding)}: {error}") from None
        raise unreadable(path, what, error) from None
