"""Tables that are not files: data sets of R packages and simulated surveys."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace

import pandas as pd

from erm_bridge.errors import InputError
from erm_bridge.study.models import DataSource
from erm_bridge.study.sources.table import ColumnKind, Table, Wanted
from erm_bridge.study.sources.values import from_numbers, plain_text

DatasetLoader = Callable[[str, str], pd.DataFrame]
_R_DATASET = re.compile(r"r:(?P<package>[A-Za-z][A-Za-z0-9.]*)::(?P<name>[A-Za-z.][A-Za-z0-9._]*)")


def from_r(source: str, wanted: Wanted, load_dataset: DatasetLoader) -> Table:
    """Read a data set of an R package, `r:package::name`.

    Raises
    ------
    InputError
        The source has another form, or lacks a column.
    """
    match = _R_DATASET.fullmatch(source)
    if match is None:
        raise InputError(f"data.source: {source!r} must have the form r:package::name, such as r:psych::bfi")
    return _table(source, load_dataset(match["package"], match["name"]), wanted)


def from_simulation(data: DataSource, seed: int | None, wanted: Wanted) -> Table:
    """Simulate a survey, `simulate:name`.

    Raises
    ------
    InputError
        There is no such survey, it lacks a column, or cannot have so many rows.
    """
    from erm_bridge.simulate import SURVEYS

    name = data.source.removeprefix("simulate:")
    if name not in SURVEYS:
        raise InputError(f"data.source: no survey {name!r} to simulate; choose from: {', '.join(SURVEYS)}")
    given = {"rows": data.rows, "seed": seed}
    survey = SURVEYS[name](**{key: value for key, value in given.items() if value is not None})
    labels = {
        column: {str(code): label for code, label in codes.items()}
        for column, codes in survey.labels.items()
        if column in wanted.columns
    }
    table = _table(data.source, survey.frame, wanted)
    return replace(table, simulated=survey.metadata, labels=labels)


def _table(label: str, data: pd.DataFrame, wanted: Wanted) -> Table:
    header = list(data.columns)
    data = data[wanted.among(label, header)].reset_index(drop=True)
    digest = hashlib.sha256(pd.util.hash_pandas_object(data, index=False).to_numpy().tobytes()).hexdigest()
    levels = {
        name: tuple(str(level) for level in data[name].cat.categories)
        for name in data.columns
        if isinstance(data[name].dtype, pd.CategoricalDtype)
    }
    columns = {name: _plain(data[name], wanted.kinds.get(name)) for name in data.columns}
    return Table(label, pd.DataFrame(columns), tuple(header), digest, levels)


def _plain(column: pd.Series, kind: ColumnKind | None) -> pd.Series:
    return from_numbers(column, kind) if pd.api.types.is_numeric_dtype(column) else plain_text(column)
