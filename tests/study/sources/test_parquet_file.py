"""Parquet: every type that a study can use, and what is said of the others."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from erm_bridge.errors import InputError
from erm_bridge.simulate.files import LABELS_KEY
from erm_bridge.study.sources import Table

Read = Callable[..., Table]
BIG = 2**53 + 1


def store(folder: Path, **columns: Any) -> None:
    parquet.write_table(pa.table(columns), folder / "a.parquet")


@pytest.mark.parametrize(
    ("column", "values"),
    [
        (pa.array([1, None, 3], pa.int8()), [1, None, 3]),
        (pa.array([1, None, 2**40], pa.uint64()), [1, None, 2**40]),
        (pa.array([True, None, False]), [1, None, 0]),
        (pa.array([0.5, None, 2], pa.float32()), [0.5, None, 2]),
        (pa.array([0.5, float("nan"), 2]), [0.5, None, 2]),
        (pa.array([Decimal("1.50"), None, Decimal("-2.25")]), [1.5, None, -2.25]),
        (pa.array([None, None, None]), [None, None, None]),
        (pa.array([1, None, 3]).dictionary_encode(), [1, None, 3]),
        (pa.array(["1", "NA", " 3.5"]), [1, None, 3.5]),
        (pa.array(["TRUE", "", "FALSE"], pa.large_string()), [1, None, 0]),
    ],
)
def test_numbers(tmp_path: Path, read: Read, column: Any, values: list[Any]) -> None:
    store(tmp_path, a=column, unused=[1, 2, 3])
    table = read("a.parquet", "a")
    assert table.columns["a"].dtype == "float64"
    assert [None if v != v else v for v in table.columns["a"]] == values
    assert table.header == ("a", "unused")


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
def test_text(tmp_path: Path, read: Read, kind: Any) -> None:
    store(tmp_path, a=pa.array(["b", None, "", "NA", "流动"], pa.string()).cast(kind))
    column = read("a.parquet", "a").columns["a"]
    assert column.dtype == object
    assert column.tolist() == ["b", None, None, None, "流动"]


@pytest.mark.parametrize(
    ("column", "texts"),
    [
        (pa.array([7, None, BIG]), ["7", None, str(BIG)]),
        (pa.array([Decimal(BIG), None]), [str(BIG), None]),
        (pa.array([1.0, 2.5, None]), ["1", "2.5", None]),
        (pa.array([True, False, None]), ["1", "0", None]),
        (pa.array(["007", "7", None]), ["007", "7", None]),
    ],
)
def test_a_declared_category_keeps_all_its_digits(
    tmp_path: Path, read: Read, column: Any, texts: list[Any]
) -> None:
    store(tmp_path, a=column)
    assert read("a.parquet", "a", a="category").columns["a"].tolist() == texts


@pytest.mark.parametrize("chunks", [1, 2])
def test_dictionaries_of_text_are_categories_in_their_order(tmp_path: Path, read: Read, chunks: int) -> None:
    parts = [
        pa.DictionaryArray.from_arrays(pa.array([1, 0, None]), ["north", "Süd", "2"][: 3 - k])
        for k in range(chunks)
    ]
    store(tmp_path, a=pa.chunked_array(parts))
    table = read("a.parquet", "a")
    assert table.columns["a"].tolist() == ["Süd", "north", None] * chunks
    assert table.levels == {"a": ("north", "Süd", "2")}


@pytest.mark.parametrize(
    ("column", "named"),
    [
        (
            pa.array([0, 1], pa.date32()),
            r"'a' \(difference.by\) holds values of type date32.*as year or as days",
        ),
        (pa.array([0, 1], pa.timestamp("ms")), "type timestamp"),
        (pa.array([[1], [2]]), "type list"),
        (pa.array([{"b": 1}, {"b": 2}]), "type struct"),
        (pa.array([b"1", b"2"]), "type binary"),
        (pa.array([1, BIG]), r"whole numbers beyond 2\^53.*type: category"),
        (pa.array(["1", "two"]), "row 2 holds 'two', row 1 the number 1"),
        (pa.array([], pa.float64()), "column names but no rows"),
    ],
)
def test_other_values_are_refused_by_column(tmp_path: Path, read: Read, column: Any, named: str) -> None:
    store(tmp_path, a=column, b=pa.array(range(len(column))))
    with pytest.raises(InputError, match=rf"a.parquet: .*{named}"):
        read("a.parquet", "a")
    if len(column):
        assert read("a.parquet", "b").columns["b"].tolist() == [0, 1]


def test_names_with_dots_and_names_of_parts_stay_apart(tmp_path: Path, read: Read) -> None:
    store(tmp_path, **{"a": pa.array([{"b": 1}]), "a.b": pa.array([2]), "c": pa.array([3])})
    assert read("a.parquet", "a.b", "c").columns.iloc[0].tolist() == [2, 3]


def test_a_name_that_occurs_twice_is_refused(tmp_path: Path, read: Read) -> None:
    parquet.write_table(pa.table([[1], [2]], names=["a", "a"]), tmp_path / "a.parquet")
    with pytest.raises(InputError, match="column 'a' occurs 2 times"):
        read("a.parquet", "a")


def test_the_encoding_is_known(tmp_path: Path, read: Read) -> None:
    store(tmp_path, a=[1])
    with pytest.raises(InputError, match=r"remove data\.encoding"):
        read("a.parquet", "a", encoding="gbk")


@pytest.mark.parametrize("labels", [b"{", b'{"a": 3}'])
def test_labels_that_cannot_be_read_are_refused(tmp_path: Path, read: Read, labels: bytes) -> None:
    table = pa.table({"a": [1, 2]}).replace_schema_metadata({LABELS_KEY: labels})
    parquet.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(InputError, match=r"a\.parquet: the labels that the file carries cannot be read"):
        read("a.parquet", "a")
