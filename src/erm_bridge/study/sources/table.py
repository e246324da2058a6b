"""The table that a data source gives, what is wanted of it, and the checks that all sources share."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from erm_bridge.errors import InputError
from erm_bridge.options import VariableType
from erm_bridge.study.labels import listing
from erm_bridge.study.validation import nearest

# "codes": numbers where every value is one, and text beside numbers is no mistake.
ColumnKind = VariableType | Literal["codes"]
Labels = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Wanted:
    """What a study wants of its data.

    Attributes
    ----------
    columns : mapping
        Columns to read, each with the key of the study file that asks for it.
    kinds : mapping
        What is known of them: a category stays text also where it looks like numbers; where a number
        is known to be needed, other values are left to the caller.
    encoding : str or None
        Of texts in files that do not state it.
    """

    columns: Mapping[str, str]
    kinds: Mapping[str, ColumnKind]
    encoding: str | None = None

    def place(self, label: object, name: str) -> str:
        """Name a column in messages."""
        return f"{label}: column {name!r} ({self.columns[name]})"

    def among(self, label: object, header: Sequence[str]) -> list[str]:
        """List the wanted columns in the order of the source.

        Raises
        ------
        InputError
            The source lacks a column, or has a name twice.
        """
        name, times = Counter(header).most_common(1)[0] if header else ("", 1)
        if times > 1:
            raise InputError(f"{label}: column {name!r} occurs {times} times; rename it")
        known = frozenset(header)
        for name, key in self.columns.items():
            if name not in known:
                raise InputError(
                    f"{label}: no column {name!r} ({key}){nearest(name, header)} (columns: {listing(header)})"
                )
        return [name for name in header if name in self.columns]


@dataclass(frozen=True)
class Table:
    """The columns of a data source that the study needs.

    Attributes
    ----------
    label : str
        How messages name the source.
    columns : pandas.DataFrame
        Rows in the source's order; a column is float64 (NaN missing) where every value is a number,
        or every value is true or false, and it was not asked for as text, otherwise object (None
        missing).
    header : tuple of str
        All column names of the source.
    sha256 : str
        Hash of the file, or of the data set's values.
    levels : dict
        Levels of the columns that are categories in the source itself.
    simulated : mapping or None
        What a simulated survey says about itself; None for data that somebody collected.
    labels : dict
        For columns whose codes the source explains: label of each code, written as a level.
    """

    label: str
    columns: pd.DataFrame
    header: tuple[str, ...]
    sha256: str
    levels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    simulated: Mapping[str, Any] | None = None
    labels: Labels = field(default_factory=dict)


def table_of_file(path: Path, columns: Mapping[str, pd.Series], header: Sequence[str], **more: Any) -> Table:
    """Make the table of a file: with its hash, and its mark where it holds a simulated survey.

    Raises
    ------
    InputError
        The file has no rows.
    """
    frame = pd.DataFrame(columns, copy=False)
    if frame.empty:
        raise InputError(f"{path}: the file has column names but no rows")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Table(str(path), frame, tuple(header), digest, simulated=_mark(path, header), **more)


def _mark(path: Path, header: Sequence[str]) -> Mapping[str, Any] | None:
    """Return what a file of a simulated survey says about itself; its mark is its first column."""
    if header[0] != "simulated":
        return None
    from erm_bridge.simulate import read_metadata

    return read_metadata(path) or {"name": "unknown survey"}
