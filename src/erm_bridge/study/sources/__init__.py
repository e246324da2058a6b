"""Where data come from: a file, an R package (`r:package::name`), a simulation (`simulate:name`)."""

import os
import re
from collections.abc import Callable
from pathlib import Path

from erm_bridge.errors import InputError
from erm_bridge.study.models import DataSource
from erm_bridge.study.sources import csv_file, parquet_file, spss_file, stata_file
from erm_bridge.study.sources.dataset import DatasetLoader, from_r, from_simulation
from erm_bridge.study.sources.table import ColumnKind, Table, Wanted

__all__ = ["READERS", "ColumnKind", "DatasetLoader", "Table", "Wanted", "read_source"]

READERS: dict[str, Callable[[Path, Wanted], Table]] = {
    ".csv": csv_file.read,
    ".txt": csv_file.read,
    ".parquet": parquet_file.read,
    ".dta": stata_file.read,
    ".sav": spss_file.read,
    ".zsav": spss_file.read,
}


def read_source(
    data: DataSource, seed: int | None, folder: Path, wanted: Wanted, load_dataset: DatasetLoader
) -> Table:
    """Read the wanted columns of a data source.

    Parameters
    ----------
    data : DataSource
        Its source is a path relative to `folder`, `r:package::name` or `simulate:name`.
    seed : int or None
        Seed of a simulated survey; None: its own default.
    folder : Path
        The study file's folder.
    wanted : Wanted
    load_dataset : callable
        Loads a data set of an R package: `(package, name) -> DataFrame`.

    Raises
    ------
    InputError
        The source is absent, empty, not a table, or lacks a column; or a column has values that the
        study cannot use.
    """
    source = data.source
    if wanted.encoding is not None and re.match(r"^(simulate|r):", source):
        raise InputError(f"data.encoding: only files have one, {source} is none; remove it")
    if source.startswith("simulate:"):
        return from_simulation(data, seed, wanted)
    if source.startswith("r:"):
        return from_r(source, wanted, load_dataset)
    if re.match(r"^[a-z]{2,}:", source):
        raise InputError(
            f"data.source: {source!r} is not available; name a file, r:package::name or simulate:survey"
        )
    path = folder / source
    _check_file(path)
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(
            f"{path}: files of type {path.suffix or '(none)'} are not read; give one of {', '.join(READERS)}"
        )
    try:
        with path.open("rb") as file:
            if not file.read(1):
                raise InputError(f"{path}: the file is empty")
            before = os.fstat(file.fileno())
        table = reader(path, wanted)
        after = path.stat()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    # Its hash would not be that of what was read.
    if any(getattr(before, what) != getattr(after, what) for what in ("st_ino", "st_size", "st_mtime_ns")):
        raise InputError(f"{path}: the file was changed while it was read; run again when it is complete")
    return table


def _check_file(path: Path) -> None:
    """Refuse what is no file."""
    try:
        if not path.is_file():
            raise InputError(f"{path}: no such data file")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
