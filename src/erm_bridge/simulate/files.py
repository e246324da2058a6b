"""Write a simulated survey as CSV, Parquet or Stata file, always marked, and read the mark back."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from erm_bridge.errors import InputError
from erm_bridge.simulate.columns import COLUMNS
from erm_bridge.simulate.stata import add_characteristics, read_characteristics
from erm_bridge.simulate.survey import SimulatedSurvey

# Key of the metadata in Parquet files and name of the characteristic in Stata files.
KEY = "erm_bridge_simulated"
LABELS_KEY = f"{KEY}_labels"
_LONGEST_LABEL = 80


def write(survey: SimulatedSurvey, path: str | Path) -> Path:
    """Write a simulated survey; the ending of the name says how.

    Every file has the column `simulated`. The metadata go into a file of their own beside a `.csv`
    (`survey.csv` and `survey.csv.meta.json`), into the file's metadata of a `.parquet`, and into a
    characteristic of a `.dta`, which also carries the value labels and a label that says it is simulated.

    Returns
    -------
    Path
        Where the table is.

    Raises
    ------
    InputError
        The ending is not .csv, .parquet or .dta, the folder does not exist, or may not be written to.
    """
    path = Path(path)
    check_target(path, overwrite=True)
    try:
        _WRITERS[path.suffix.lower()](survey, path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error}") from None
    return path


def check_target(path: Path, overwrite: bool) -> None:
    """Refuse a path where `write` cannot write, or, unless told to overwrite, would replace a file.

    Raises
    ------
    InputError
    """
    if path.suffix.lower() not in _WRITERS:
        raise InputError(
            f"{path}: surveys are written as {', '.join(_WRITERS)}; found {path.suffix or 'none'}"
        )
    if not path.parent.is_dir():
        raise InputError(f"{path}: no folder {path.parent}")
    for target in (path, _sidecar(path)):
        if target.exists() and not overwrite:
            raise InputError(f"{target}: exists already; choose another name or give --overwrite")


def read_metadata(path: str | Path) -> dict[str, Any] | None:
    """Return the metadata of a simulated file, None if the file carries none.

    Raises
    ------
    InputError
        The file does not exist, or what it carries is not what `write` writes.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: no such data file")
    reader = _READERS.get(path.suffix.lower())
    text = None if reader is None else reader(path)
    if text is None:
        return None
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or found.get("simulated") is not True:
        raise InputError(f"{path}: the metadata of the simulation cannot be read; write the file anew")
    return found


def _metadata_text(survey: SimulatedSurvey) -> str:
    return json.dumps(survey.metadata, ensure_ascii=False, allow_nan=False, indent=2)


def _sidecar(path: Path) -> Path:
    return path.with_name(path.name + ".meta.json")


def _arrow_table(frame: pd.DataFrame) -> Any:
    import pyarrow as pa

    return pa.Table.from_pandas(frame, preserve_index=False)


def _write_csv(survey: SimulatedSurvey, path: Path) -> None:
    from pyarrow import csv

    table = _arrow_table(survey.frame)
    csv.write_csv(table, path, csv.WriteOptions(quoting_style="needed"))
    _sidecar(path).write_text(_metadata_text(survey) + "\n", encoding="utf-8")


def _read_csv_metadata(path: Path) -> str | None:
    """Read what stands beside the file, unless the file itself is another one by now."""
    sidecar = _sidecar(path)
    with path.open("rb") as file:
        marked = file.readline().startswith((b'"simulated",', b"simulated,"))
    return sidecar.read_text(encoding="utf-8") if marked and sidecar.is_file() else None


def _write_parquet(survey: SimulatedSurvey, path: Path) -> None:
    from pyarrow import parquet

    table = _arrow_table(survey.frame)
    labels = json.dumps(survey.labels, ensure_ascii=False)
    extra = {KEY: _metadata_text(survey), LABELS_KEY: labels}
    parquet.write_table(table.replace_schema_metadata({**(table.schema.metadata or {}), **extra}), path)


def _read_parquet_metadata(path: Path) -> str | None:
    from pyarrow import parquet

    found = (parquet.read_schema(path).metadata or {}).get(KEY.encode())
    return None if found is None else found.decode("utf-8")


def _write_stata(survey: SimulatedSurvey, path: Path) -> None:
    meta = survey.metadata
    labels = {
        name: {float(code): text for code, text in codes.items()} for name, codes in survey.labels.items()
    }
    survey.frame.to_stata(
        path,
        write_index=False,
        version=118,
        data_label=f"SIMULATED {meta['name']}: {meta['rows']} rows, seed {meta['seed']} (erm-bridge)",
        variable_labels={column.name: column.meaning[:_LONGEST_LABEL] for column in COLUMNS},
        value_labels=labels,
    )
    add_characteristics(path, {KEY: _metadata_text(survey)})


def _read_stata_metadata(path: Path) -> str | None:
    return read_characteristics(path).get(KEY)


_WRITERS: dict[str, Callable[[SimulatedSurvey, Path], None]] = {
    ".csv": _write_csv,
    ".parquet": _write_parquet,
    ".dta": _write_stata,
}
_READERS: dict[str, Callable[[Path], str | None]] = {
    ".csv": _read_csv_metadata,
    ".parquet": _read_parquet_metadata,
    ".dta": _read_stata_metadata,
}
