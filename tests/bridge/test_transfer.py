"""What needs no R: nodes made and rebuilt side by side, and all that is refused before it is sent."""

import datetime
import decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erm_bridge.bridge.rebuild import allocate, rebuild
from erm_bridge.bridge.text import encoded
from erm_bridge.bridge.transfer import describe
from erm_bridge.bridge.wire import NA, Block
from erm_bridge.errors import EngineError, InputError


def there_and_back(value: Any) -> Any:
    blocks: list[Block] = []
    node = describe(value, blocks)
    received = []
    for block in blocks:
        array, memory = allocate(block.format, block.length)
        if block.length:
            memory.cast("B")[:] = b"".join(bytes(piece) for piece in block.pieces())
        received.append(array)
    return rebuild(node, received)


def test_doubles_keep_every_bit() -> None:
    values = np.array([0.1, -0.0, np.inf, -np.inf, np.nan, 5e-324, 1e308])
    back = there_and_back(pd.DataFrame({"x": values}))["x"].to_numpy()
    assert back.tobytes() == values.tobytes()


@given(st.lists(st.floats(width=64), max_size=20), st.lists(st.sampled_from(["a", "é", "中文", "", None])))
@settings(max_examples=50, deadline=None)
def test_frames_come_back_equal(numbers: list[float], labels: list[str | None]) -> None:
    n = min(len(numbers), len(labels))
    frame = pd.DataFrame(
        {
            "x; system('id') #": np.array(numbers[:n], "float64"),
            "中": pd.Categorical(labels[:n], categories=["中文", "a", "", "unused", "é"]),
            "text": pd.array(labels[:n], dtype="str"),
        }
    )
    pd.testing.assert_frame_equal(there_and_back(frame), frame)


def test_columns_of_the_same_name_are_kept_apart() -> None:
    frame = pd.DataFrame([[1.0, 2.0]], columns=["x", "x"])
    back = there_and_back(frame)
    assert list(back.columns) == ["x", "x"]
    assert back.to_numpy().tolist() == [[1.0, 2.0]]


@pytest.mark.parametrize("rows", [0, 3])
def test_a_frame_without_columns_keeps_its_rows(rows: int) -> None:
    assert there_and_back(pd.DataFrame(index=range(rows))).shape == (rows, 0)


def test_a_category_keeps_order_and_unused_levels() -> None:
    column = pd.Categorical(["b"], categories=["z", "b"], ordered=True)
    pd.testing.assert_frame_equal(there_and_back(pd.DataFrame({"c": column})), pd.DataFrame({"c": column}))


def test_a_matrix_keeps_its_shape() -> None:
    matrix = np.arange(6.0).reshape(3, 2)
    assert np.array_equal(there_and_back(matrix), matrix)
    assert np.array_equal(there_and_back(np.asfortranarray(matrix)), matrix)


def test_missing_integers_become_nan() -> None:
    assert np.array_equal(there_and_back(np.array([[1, NA], [3, 4]])), [[1, np.nan], [3, 4]], equal_nan=True)


def test_single_values_come_back_as_vectors() -> None:
    assert there_and_back({"a": True, "b": 2, "c": "x", "d": None, "e": ["y", None]}) == {
        "a": [True],
        "b": np.array([2.0]),
        "c": ["x"],
        "d": None,
        "e": ["y", None],
    }


def dictionary(values: list[Any]) -> pd.Series:
    array = pa.DictionaryArray.from_arrays(pa.array([0], pa.int8()), pa.array(values, pa.string()))
    return pd.Series(pd.arrays.ArrowExtensionArray(array))


def arrow(values: list[Any], type_: pa.DataType) -> pd.Series:
    return pd.Series(pd.arrays.ArrowExtensionArray(pa.array(values, type_)))


FAR = 2**33 * 10**6


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        (pd.Series([1 + 2j]), "complex128"),
        (pd.Series(np.array([1], "longdouble")), "float128"),
        (pd.Series(pd.period_range("2024", periods=1, freq="M")), "period"),
        (pd.Series(pd.interval_range(0, 1)), "interval"),
        (pd.Series(pd.arrays.SparseArray([1.0])), "Sparse"),
        (pd.Series([[1]]), r"row 1: \[1\] is not text"),
        (pd.Series([np.zeros(2)]), r"row 1: array.* is not text"),
        (pd.Series(["a", None, decimal.Decimal("1.5")], dtype=object), "row 3: Decimal.* is not text"),
        (pd.Series(["a", decimal.Decimal("nan")], dtype=object), "row 2: Decimal.* is not text"),
        (pd.Series([None, datetime.date(2024, 1, 1)], dtype=object), "row 2: datetime.date.* is not text"),
        (pd.Series(["a", b"a"], dtype=object), "row 2: b'a' is not text"),
        (pd.Series(["a", 1], dtype=object), "row 2: 1 is not text"),
        (pd.Series(["a", True], dtype=object), "row 2: True is not text"),
        (pd.Series([None, "\ud800"], dtype=object), r"row 2: '\\ud800' holds a character"),
        (pd.Series(["a", None, "a\0b"], dtype="str"), r"row 3: 'a\\x00b' holds a character"),
        (pd.Series(["a", "a\0b"], dtype=object), "row 2: .* holds a character"),
        (pd.Series(pd.Categorical([1, 2])), "1 is not text"),
        (pd.Series(pd.Categorical(["\0"])), "holds a character"),
        (pd.Series(pd.Categorical(pd.Series(["a", "\udc00"], dtype=object))), "holds a character"),
        (dictionary(["a", "a"]), "a text twice"),
        (dictionary(["a", None]), "a missing one"),
        (arrow([decimal.Decimal(1)], pa.decimal128(5)), "decimal128"),
        (arrow([[1]], pa.list_(pa.int8())), "list"),
        (arrow([b"a"], pa.binary()), "binary"),
        (arrow([0], pa.time32("s")), "time32"),
        (arrow([0], pa.date64()), "date64"),
        (pd.Series([0, -(2**53) - 1]), f"row 2: -{2**53 + 1} lies beyond 2\\^53"),
        (pd.Series(np.array([2**64 - 1], "uint64")), f"row 1: {2**64 - 1} lies beyond"),
        (pd.array([None, 2**53 + 1], dtype="Int64"), f"row 2: {2**53 + 1} lies beyond"),
        (arrow([None, 2**53 + 1], pa.int64()), f"row 2: {2**53 + 1} lies beyond"),
        (np.array([0, 1], "M8[ns]"), r"row 2: 1970-01-01T00:00:00.000000001 has digits below the micro"),
        (np.array([0, 1], "m8[ns]"), "row 2: 1 nanoseconds has digits below the micro"),
        (np.array([FAR, FAR + 1], "M8[us]"), r"row 2: 2242-03-16T12:56:32.000001 lies so far off"),
        (np.array([-FAR, -FAR - 1], "m8[us]"), "row 2: .* lies so far off"),
        (np.array([0, 2**62], "M8[s]"), "row 2: .* lies so far off"),
        (arrow([FAR + 1], pa.timestamp("us")), "row 1: .* lies so far off"),
        (arrow([2**62], pa.duration("ms")), "row 1: .* lies so far off"),
        (
            pd.Series(pd.to_datetime(["2024-01-01"])).dt.tz_localize(
                datetime.timezone(datetime.timedelta(hours=2))
            ),
            "no time zone 'UTC\\+02:00'",
        ),
        (arrow([0], pa.timestamp("s", "+02:00")), "no time zone '\\+02:00'"),
    ],
)
def test_a_column_that_does_not_cross_is_refused_by_name(column: Any, reason: str) -> None:
    frame = pd.DataFrame({"fine": np.ones(len(column)), "income": column})
    with pytest.raises(InputError, match=f"column 'income'.*{reason}"):
        describe(frame, [])


def test_a_column_of_a_table_is_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"column 'income'.*decimal128"):
        describe(pa.table({"income": pa.array([decimal.Decimal(1)])}), [])


def test_text_of_arrow_that_is_not_utf_8_is_refused() -> None:
    offsets, data = pa.py_buffer(np.array([0, 1], "int32").tobytes()), pa.py_buffer(b"\xff")
    column = pa.StringArray.from_buffers(1, offsets, data)
    with pytest.raises(InputError, match="column 'income': holds bytes that are not text"):
        describe(pa.table({"income": column}), [])


@pytest.mark.parametrize(
    ("index", "reason"),
    [
        (pd.Index(["a", "a"]), "row label 'a' occurs twice"),
        (pd.Index([3, 3]), "row label 3 occurs twice"),
        (pd.Index(["a", None]), "row label None is missing"),
        (pd.Index([1.5, 2]), "index of float64"),
        (pd.Index([True, False]), "index of bool"),
        (pd.Index([2**31, 1]), "beyond 32 bits"),
        (pd.Index([1, "a"], dtype=object), "row labels, row 1: 1 is not text"),
        (pd.date_range("2024", periods=2), "index of datetime64"),
        (pd.CategoricalIndex(["a", "b"]), "index of category"),
        (pd.MultiIndex.from_tuples([("a", 1), ("a", 2)]), "levels or a name"),
        (pd.Index(["a", "b"], name="id"), "levels or a name"),
        (pd.RangeIndex(2, name="id"), "levels or a name"),
    ],
)
def test_an_index_that_r_does_not_have_is_refused_with_the_cure(index: pd.Index, reason: str) -> None:
    with pytest.raises(InputError, match=rf"cohort.*{reason}.*") as caught:
        describe({"cohort": pd.DataFrame({"x": [1.0, 2.0]}, index=index)}, [])
    assert "reset_index(" in str(caught.value) or "is not text" in str(caught.value)


def test_named_column_names_are_refused() -> None:
    with pytest.raises(InputError, match=r"name 'item' of the column names.*rename_axis"):
        describe(pd.DataFrame([[1.0]], columns=pd.Index(["x"], name="item")), [])


@pytest.mark.parametrize("rows", [10, 200_000])
def test_text_is_coded_in_order_of_appearance(rows: int) -> None:
    # The halves, which two threads code, meet the texts in another order.
    values = pd.array([f"t{row % 997}" if row % 7 else None for row in range(rows)], dtype="str")
    codes, texts = encoded(pa.chunked_array([pa.array(values)]), "x")
    assert texts == list(dict.fromkeys(value for value in values if not pd.isna(value)))
    assert [texts[code] if code >= 0 else None for code in codes.tolist()] == pa.array(values).to_pylist()


def test_memory_is_looked_at_while_it_is_sent() -> None:
    values = np.array([1.0, 2.0])
    blocks: list[Block] = []
    describe(pd.DataFrame({"x": values}, copy=False), blocks)
    (piece,) = blocks[0].pieces()
    assert np.shares_memory(np.asarray(piece), values)


@pytest.mark.parametrize("name", [1, ("a", "b"), "a\0", "\ud800"])
def test_a_column_name_that_r_cannot_hold_is_refused(name: Any) -> None:
    with pytest.raises(InputError, match="column names"):
        describe(pd.DataFrame([[1.0]], columns=pd.Index([name], dtype=object, tupleize_cols=False)), [])


@pytest.mark.parametrize(
    "value",
    [
        *(object(), {1.5}, [1, 2], np.array(["a"]), np.zeros((1, 1, 1)), 1j, 2**53 + 1, -(10**400)),
        *(np.ones(1, "longdouble"), np.ma.array([1.0], mask=[True])),
    ],
    ids=lambda value: type(value).__name__,
)
def test_other_values_are_refused_by_name(value: Any) -> None:
    with pytest.raises(InputError, match="weights"):
        describe({"weights": value}, [])


def test_whole_numbers_beyond_32_bits_are_refused() -> None:
    with pytest.raises(InputError, match=r"positions.*32 bits"):
        describe({"positions": np.array([2**31])}, [])


def test_a_name_twice_in_a_list_from_r_is_refused() -> None:
    node = {"kind": "list", "names": ["a", "a"], "values": [{"kind": "null"}, {"kind": "null"}]}
    with pytest.raises(EngineError, match="twice"):
        rebuild(node, [])
