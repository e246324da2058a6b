"""Tables of our own come back as they were; what is none is refused."""

from pathlib import Path

import pandas as pd
import pytest

from erm_bridge.errors import InputError
from erm_bridge.tabular import check_choices, read_csv, read_parquet, write_csv

LABELS = ["a\rb", "\r", "c\r\nd", "e\nf", 'g"h"', "i,j", "", " k ", "NA", "None", "é’漢"]


@pytest.mark.parametrize("labels", [LABELS, [text for text in LABELS if "\r" not in text]])
def test_labels_come_back_as_they_were(tmp_path: Path, labels: list[str]) -> None:
    values = [float("nan"), float("inf"), 0.1, 1e-300, -0.0, 3.0, 1 / 3, 2.0**60, 5e-324, 1.0, 2.0]
    table = pd.DataFrame({'text\rwith, quotes"': labels, "v": values[: len(labels)]}).astype({"v": float})
    write_csv(table, tmp_path / "t.csv")
    pd.testing.assert_frame_equal(read_csv(tmp_path / "t.csv", ("v",)), table, check_exact=True)


def test_plain_tables_have_no_quotes(tmp_path: Path) -> None:
    write_csv(pd.DataFrame({"t": ["a"], "v": [float("nan")]}), tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_bytes() == b"t,v\na,\n"


def test_returns_in_categories_are_quoted_too(tmp_path: Path) -> None:
    table = pd.DataFrame({"t": pd.Categorical(["a\rb", None])})
    write_csv(table, tmp_path / "t.csv")
    assert read_csv(tmp_path / "t.csv", ())["t"].tolist() == ["a\rb", ""]


@pytest.mark.parametrize(
    ("text", "named"),
    [("a,a\n1,2\n", "'a' occurs 2 times"), ("a,b\n1\n", "row 1 has 1 cells"), ('a\n"b', "not a CSV file")],
)
def test_tables_that_are_none_are_refused(tmp_path: Path, text: str, named: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(InputError, match=named):
        read_csv(tmp_path / "t.csv", ())


def test_choices_are_listed(tmp_path: Path) -> None:
    table = pd.DataFrame({"a": ["x", "z"]}, index=[7, 7])
    with pytest.raises(InputError, match=r"column 'a', row 2: 'z' is not available; choose from: 'x', 'y'"):
        check_choices(table, tmp_path, "a", ("x", "y"))


def test_parquet_columns_are_checked(tmp_path: Path) -> None:
    pd.DataFrame({"id": [1], "engine": ["r"], "F1": ["high"]}).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(InputError, match="'F1': not a column of numbers"):
        read_parquet(tmp_path / "t.parquet", ("id", "engine"), None)
    with pytest.raises(InputError, match="no column 'weight'"):
        read_parquet(tmp_path / "t.parquet", ("id", "weight"), ())
