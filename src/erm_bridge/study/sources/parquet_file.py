"""Parquet files: columns keep the types they have; dictionaries of text are categories."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from erm_bridge.errors import InputError
from erm_bridge.study.sources import sizes
from erm_bridge.study.sources.table import ColumnKind, Labels, Table, Wanted, table_of_file
from erm_bridge.study.sources.values import from_numbers, from_texts, plain_text


def read(path: Path, wanted: Wanted) -> Table:
    """Read the wanted columns.

    Raises
    ------
    InputError
        The file is not Parquet or damaged, lacks a column or rows, or a column holds what a study
        cannot use: dates, lists, bytes, whole numbers that a double does not hold.
    """
    import pyarrow as pa
    from pyarrow import parquet

    if wanted.encoding is not None:
        raise InputError(f"{path}: texts in Parquet files are UTF-8; remove data.encoding")
    try:
        with parquet.ParquetFile(path) as file:
            schema = file.schema_arrow
            names = wanted.among(path, schema.names)
            _refuse_types(path, schema, names, wanted)
            sizes.check_parquet(path, file.metadata, names)
        columns = _read_columns(path, schema, names)
    except (pa.ArrowException, OSError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{path}: not a Parquet file, or a damaged one: {reason}") from None
    values = {
        name: _values(columns[name], wanted.kinds.get(name), wanted.place(path, name)) for name in names
    }
    levels = {name: _levels(columns[name]) for name in names if _is_category(schema.field(name).type)}
    return table_of_file(path, values, schema.names, levels=levels, labels=_labels(path, schema, names))


def _read_columns(path: Path, schema: Any, names: list[str]) -> dict[str, Any]:
    """Read columns; of texts each distinct one is unpacked once, and only then all, where they fit."""
    import pyarrow as pa
    from pyarrow import compute, parquet, types

    texts = [name for name in names if types.is_string(schema.field(name).type)]
    with parquet.ParquetFile(path, read_dictionary=texts) as file:
        table = file.read(names)
        columns = {name: table.column(name) for name in names}
    for name, column in columns.items():
        if types.is_dictionary(column.type) and _is_text(column.type.value_type):
            _check_texts(f"{path}: column {name!r}", column)
            if name in texts:
                columns[name] = compute.cast(column, pa.string())
    return columns


def _check_texts(place: str, column: Any) -> None:
    """Refuse texts that would not fit into memory if each row had its own."""
    from pyarrow import compute

    length = 0
    for chunk in column.chunks:
        lengths = compute.binary_length(chunk.dictionary)
        length += compute.sum(compute.take(lengths, chunk.indices)).as_py() or 0
    sizes.check_memory(place, length + sizes.TEXT * len(column), f"{len(column):,} texts")


def _refuse_types(path: Path, schema: Any, names: list[str], wanted: Wanted) -> None:
    for name in names:
        kind = schema.field(name).type
        if not (_is_text(kind) or _is_number(kind) or _is_category(kind)):
            raise InputError(
                f"{wanted.place(path, name)} holds values of type {kind}; "
                "store it as a number or as text, a date for instance as year or as days since a fixed day"
            )


def _is_text(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def _is_number(kind: Any) -> bool:
    from pyarrow import types

    checks = (types.is_integer, types.is_floating, types.is_boolean, types.is_decimal, types.is_null)
    if types.is_dictionary(kind):
        return _is_number(kind.value_type)
    return any(check(kind) for check in checks)


def _is_category(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_dictionary(kind)) and _is_text(kind.value_type)


def _values(column: Any, kind: ColumnKind | None, place: str) -> pd.Series:
    import pyarrow as pa
    from pyarrow import compute, types

    if _is_category(column.type):
        return plain_text(pd.Series(compute.cast(column, pa.string()).to_pylist(), dtype=object))
    if _is_text(column.type):
        return from_texts(compute.cast(column, pa.string()), kind, place)
    if types.is_dictionary(column.type):
        column = compute.cast(column, column.type.value_type)
    if kind == "category" and (types.is_integer(column.type) or _is_whole_decimal(column.type)):
        return plain_text(pd.Series(compute.cast(column, pa.string()).to_pylist(), dtype=object))
    try:
        numbers = compute.cast(column, pa.float64())
    except pa.ArrowInvalid:
        raise InputError(
            f"{place} holds whole numbers beyond 2^53, which are not kept exactly as numbers; "
            "declare the column under variables with type: category, or store smaller numbers"
        ) from None
    return from_numbers(pd.Series(numbers.to_numpy(zero_copy_only=False)), kind)


def _is_whole_decimal(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_decimal(kind)) and kind.scale == 0


def _levels(column: Any) -> tuple[str, ...]:
    """List the levels of a category in order; parts of a file may have dictionaries of their own."""
    parts = [chunk.dictionary.to_pylist() for chunk in column.unify_dictionaries().chunks]
    return tuple(dict.fromkeys(level for part in parts for level in part if level is not None))


def _labels(path: Path, schema: Any, names: list[str]) -> Labels:
    """Return the labels of codes that `erm_bridge.simulate.write` leaves in a file."""
    from erm_bridge.simulate.files import LABELS_KEY

    text = (schema.metadata or {}).get(LABELS_KEY.encode())
    try:
        found = {} if text is None else json.loads(text)
        return {name: dict(found[name]) for name in names if name in found}
    except (TypeError, ValueError) as error:
        raise InputError(f"{path}: the labels that the file carries cannot be read: {error}") from None
