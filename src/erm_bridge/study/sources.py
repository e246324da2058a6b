"""Where data come from: a CSV file, an R package (`r:package::name`), a simulation (`simulate:name`)."""

import csv
import hashlib
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from erm_bridge.errors import InputError
from erm_bridge.options import VariableType
from erm_bridge.study.labels import BOOLEAN_WORDS, format_number
from erm_bridge.study.models import DataSource
from erm_bridge.study.validation import nearest

MISSING_TEXTS = ("", "NA")
_R_DATASET = re.compile(r"^r:(?P<package>[A-Za-z][A-Za-z0-9.]*)::(?P<name>[A-Za-z.][A-Za-z0-9._]*)$")
_NOT_A_TABLE = "not a CSV file"

# "codes": numbers where every value is one, and text beside numbers is no mistake.
ColumnKind = VariableType | Literal["codes"]
DatasetLoader = Callable[[str, str], pd.DataFrame]


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
    levels : mapping
        Levels of the columns that are categories in the source itself.
    sha256 : str
        Hash of the file, or of the data set's values.
    simulated : mapping or None
        What a simulated survey says about itself; None for data that somebody collected.
    """

    label: str
    columns: pd.DataFrame
    header: tuple[str, ...]
    levels: dict[str, tuple[str, ...]]
    sha256: str
    simulated: Mapping[str, Any] | None = None


def read_source(
    data: DataSource,
    seed: int | None,
    folder: Path,
    needed: Mapping[str, str],
    types: Mapping[str, ColumnKind],
    load_dataset: DatasetLoader,
) -> Table:
    """Read the needed columns of a data source.

    Parameters
    ----------
    data : DataSource
        Its source is a path relative to `folder`, `r:package::name` or `simulate:name`.
    seed : int or None
        Seed of a simulated survey; None: its own default.
    folder : Path
        The study file's folder.
    needed : mapping
        Columns to read, each with the key of the study file that asks for it.
    types : mapping
        Types that are known: a category stays text also where it looks like numbers; where a number is
        known to be needed, other values are left to the caller.
    load_dataset : callable
        Loads a data set of an R package: `(package, name) -> DataFrame`.

    Raises
    ------
    InputError
        The source is absent, empty, not a table, lacks a column, or a column of a CSV file without a
        known type holds numbers as well as text.
    """
    source = data.source
    if source.startswith("simulate:"):
        return _simulated(data, seed, needed, types)
    if source.startswith("r:"):
        match = _R_DATASET.match(source)
        if match is None:
            raise InputError(
                f"data.source: {source!r} must have the form r:package::name, such as r:psych::bfi"
            )
        return _from_dataset(source, load_dataset(match["package"], match["name"]), needed, types)
    if re.match(r"^[a-z]{2,}:", source):
        raise InputError(
            f"data.source: {source!r} is not available; name a CSV file, r:package::name or simulate:survey"
        )
    return _from_csv(folder / source, needed, types)


def _simulated(
    data: DataSource, seed: int | None, needed: Mapping[str, str], types: Mapping[str, ColumnKind]
) -> Table:
    from erm_bridge.simulate import SURVEYS

    name = data.source.removeprefix("simulate:")
    if name not in SURVEYS:
        raise InputError(f"data.source: no survey {name!r} to simulate; choose from: {', '.join(SURVEYS)}")
    given = {"rows": data.rows, "seed": seed}
    survey = SURVEYS[name](**{key: value for key, value in given.items() if value is not None})
    table = _from_dataset(data.source, survey.frame, needed, types)
    return replace(table, simulated=survey.metadata)


def _from_dataset(
    label: str, data: pd.DataFrame, needed: Mapping[str, str], types: Mapping[str, ColumnKind]
) -> Table:
    header = list(data.columns)
    _check_columns(label, header, needed)
    data = data[[name for name in data.columns if name in needed]].reset_index(drop=True)
    digest = hashlib.sha256(pd.util.hash_pandas_object(data, index=False).to_numpy().tobytes()).hexdigest()
    levels = {
        name: tuple(str(level) for level in data[name].cat.categories)
        for name in data.columns
        if isinstance(data[name].dtype, pd.CategoricalDtype)
    }
    columns = {name: _plain(data[name], types.get(name) == "category") for name in data.columns}
    return Table(label, pd.DataFrame(columns), tuple(header), levels, digest)


def _plain(column: pd.Series, as_text: bool) -> pd.Series:
    if pd.api.types.is_numeric_dtype(column) and not as_text:
        return column.astype("float64")
    if pd.api.types.is_numeric_dtype(column):
        return column.map(format_number, na_action="ignore").astype(object).where(column.notna(), None)
    return column.astype(object).where(column.notna(), None)


def _from_csv(path: Path, needed: Mapping[str, str], types: Mapping[str, ColumnKind]) -> Table:
    header = _read_header(path)
    _check_columns(str(path), header, needed)
    wanted = [name for name in header if name in needed]
    text = _read_text_columns(path, wanted)
    columns = {
        name: _number_or_text(text.column(name), types.get(name), f"{path}: column {name!r} ({needed[name]})")
        for name in wanted
    }
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Table(str(path), pd.DataFrame(columns), tuple(header), {}, digest, _mark(path, header))


def _mark(path: Path, header: list[str]) -> Mapping[str, Any] | None:
    """Return what a file of a simulated survey says about itself; its mark is its first column."""
    if header[0] != "simulated":
        return None
    from erm_bridge.simulate import read_metadata

    return read_metadata(path) or {"name": "unknown survey"}


def _read_header(path: Path) -> list[str]:
    """Read the column names; refuse what is not a table of text in UTF-8."""
    if not path.is_file():
        raise InputError(f"{path}: no such data file")
    if path.suffix.lower() not in (".csv", ".txt"):
        raise InputError(
            f"{path}: files of type {path.suffix or '(none)'} are not available; give a CSV file"
        )
    if path.stat().st_size == 0:
        raise InputError(f"{path}: the file is empty")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader(file), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: {_NOT_A_TABLE} in UTF-8: {error}") from None
    if not any(name.strip() for name in header):
        raise InputError(f"{path}: {_NOT_A_TABLE}: the first line holds no column names")
    repeated = [name for name in header if header.count(name) > 1]
    if repeated:
        raise InputError(
            f"{path}: column {repeated[0]!r} occurs {header.count(repeated[0])} times; rename it"
        )
    return header


def _check_columns(label: str, header: list[str], needed: Mapping[str, str]) -> None:
    for name, key in needed.items():
        if name not in header:
            _refuse_other_separator(label, header)
            shown = ", ".join(header[:40]) + (", ..." if len(header) > 40 else "")
            raise InputError(f"{label}: no column {name!r} ({key}){nearest(name, header)} (columns: {shown})")


def _refuse_other_separator(label: str, header: list[str]) -> None:
    for separator, shown in ((";", "';'"), ("\t", "tabs")):
        if len(header) == 1 and separator in header[0]:
            raise InputError(
                f"{label}: the columns seem to be separated by {shown}; save the file with commas"
            )


def _read_text_columns(path: Path, wanted: list[str]) -> Any:
    """Read columns as text, without guessing types; every row must have as many cells as the header."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    try:
        table = arrow_csv.read_csv(
            path,
            parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(
                include_columns=wanted,
                column_types={name: pa.string() for name in wanted},
                null_values=list(MISSING_TEXTS),
                strings_can_be_null=True,
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
        reason = str(error).replace("CSV parse error: ", "").splitlines()[0]
        raise InputError(f"{path}: {_NOT_A_TABLE}: {reason}") from None
    if table.num_rows == 0:
        raise InputError(f"{path}: the file has column names but no rows")
    return table


def _number_or_text(column: Any, known: ColumnKind | None, place: str) -> pd.Series:
    """Turn a column of text into numbers where every value is one, or is true or false."""
    import pyarrow as pa
    from pyarrow import compute

    if known != "category":
        with suppress(pa.ArrowInvalid):
            numbers = compute.cast(compute.utf8_trim_whitespace(column), pa.float64())
            # The cast takes the text "nan" for a number.
            if not compute.any(compute.is_nan(numbers)).as_py():
                return pd.Series(numbers.to_numpy(zero_copy_only=False), dtype="float64")
    text = pd.Series(column.to_pylist(), dtype=object)
    if known != "category" and text.dropna().isin(list(BOOLEAN_WORDS)).all():
        return text.map(BOOLEAN_WORDS).astype("float64")
    if known is None:
        _refuse_mixture(text, place)
    return text


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
