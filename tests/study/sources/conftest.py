"""Read one file as a study would."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from erm_bridge.study.models import DataSource
from erm_bridge.study.sources import ColumnKind, Table, Wanted, read_source

Read = Callable[..., Table]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read columns of a file in `tmp_path`; by keyword what is known of a column."""

    def no_dataset(package: str, name: str) -> pd.DataFrame:
        raise AssertionError("no data set of R is needed here")

    def reading(file: str, *columns: str, encoding: str | None = None, **kinds: ColumnKind) -> Table:
        wanted = Wanted(dict.fromkeys(columns, "difference.by"), kinds, encoding)
        return read_source(DataSource(source=file), None, tmp_path, wanted, no_dataset)

    return reading
