"""Frames of every type through R and back: values, missing ones, order; names are in `test_names`."""

import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from erm_bridge.bridge.client import RWorker

pytestmark = pytest.mark.r

many = settings(max_examples=60, deadline=None)

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
# R's NA as R makes it and after arithmetic, other NaN, infinities, -0.
SPECIAL_BITS = [
    0x7FF00000000007A2,
    0x7FF80000000007A2,
    0x7FF8000000000000,
    0xFFF8000000000000,
    0x7FF00000000007A3,
    0x7FF0000000000000,
    0xFFF0000000000000,
    0x8000000000000000,
]
# All whole microseconds that 64 bits hold; R keeps those of 1698 to 2242 and, beyond, whole seconds.
NEAR = 2**33 * 10**6 - 1
MICROSECONDS = st.one_of(
    st.integers(-NEAR, NEAR), st.integers(-(9 * 10**12), 9 * 10**12).map(lambda second: second * 10**6)
)


def lists(values: st.SearchStrategy[Any], missing: bool = True) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.one_of(st.none(), values) if missing else values, max_size=6)


def through_r(worker: RWorker, column: Any) -> pd.Series:
    """Send one column under a name that is code, return what comes back."""
    frame = column if isinstance(column, pa.Table) else pd.DataFrame({'x); q("no") #': column})
    back = worker.call("echo", {"x": frame})
    assert list(back.columns) == ['x); q("no") #']
    return back.iloc[:, 0]


def table_of(values: list[Any], type_: pa.DataType) -> pa.Table:
    return pa.table({'x); q("no") #': pa.array(values, type_)})


@given(st.lists(st.one_of(st.sampled_from(SPECIAL_BITS), st.integers(0, 2**64 - 1)), max_size=6))
@many
def test_doubles_keep_every_bit(worker: RWorker, bits: list[int]) -> None:
    values = np.array(bits, "uint64").view("float64")
    # A vector keeps the bits of R's NA; a column tells NA by its mask.
    vector = worker.call("echo", {"x": values})
    assert vector.view("uint64").tolist() == bits
    missing = [bit in SPECIAL_BITS[:2] for bit in bits]
    back = through_r(worker, values)
    assert back.dtype == ("Float64" if any(missing) else "float64")
    arrow = pa.array(back.array)
    assert arrow.is_null().to_pylist() == missing if any(missing) else arrow.null_count == 0
    kept = [bit for bit, hidden in zip(bits, missing, strict=True) if not hidden]
    found = arrow.to_numpy(zero_copy_only=False)[~np.array(missing, "bool")]
    assert found.view("uint64").tolist() == kept


@pytest.mark.parametrize("dtype", ["float16", "float32", ">f8"])
@given(data=st.data())
@many
def test_narrower_floats_are_exact(worker: RWorker, dtype: str, data: st.DataObject) -> None:
    width = {"float16": 16, "float32": 32, ">f8": 64}[dtype]
    values = np.array(data.draw(lists(st.floats(width=width), missing=False)), dtype)
    back = through_r(worker, values)
    assert back.dtype == "float64"
    assert np.array_equal(back.to_numpy(), values.astype("float64"), equal_nan=True)


@pytest.mark.parametrize("form", ["Float64", "Float32", "double[pyarrow]", "float[pyarrow]", "table"])
@given(data=st.data())
@many
def test_missing_and_nan_stay_apart(worker: RWorker, form: str, data: st.DataObject) -> None:
    narrow = form in ("Float32", "float[pyarrow]")
    values = data.draw(lists(st.floats(width=32 if narrow else 64)))
    missing = np.array([value is None for value in values], "bool")
    numbers = np.array([0.0 if value is None else value for value in values], "float64")
    if form == "table":
        back = through_r(worker, table_of(values, pa.float64()))
    elif form.endswith("[pyarrow]"):
        type_ = pa.float32() if narrow else pa.float64()
        back = through_r(worker, pd.arrays.ArrowExtensionArray(pa.array(values, type_)))
    else:
        back = through_r(worker, pd.arrays.FloatingArray(numbers.astype(form.lower()), missing))
    if not missing.any():
        assert back.dtype == "float64"
        assert np.array_equal(back.to_numpy(), numbers, equal_nan=True)
        return
    assert back.dtype == "Float64"
    found = pa.array(back.array)
    assert found.is_null().to_pylist() == missing.tolist()
    assert np.array_equal(found.to_numpy(zero_copy_only=False)[~missing], numbers[~missing], equal_nan=True)


INTEGERS = [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]


@pytest.mark.parametrize("dtype", INTEGERS)
@given(data=st.data())
@many
def test_whole_numbers_come_back_exact(worker: RWorker, dtype: str, data: st.DataObject) -> None:
    found = np.iinfo(dtype)
    low, high = max(found.min, -(2**53)), min(found.max, 2**53)
    some = st.one_of(st.integers(low, high), st.integers(max(low, -(2**31) + 1), min(high, 2**31 - 1)))
    values = data.draw(lists(some))
    masked = pd.array(values, dtype=dtype.replace("int", "Int").replace("uI", "UI"))
    arrow = table_of(values, getattr(pa, dtype)())
    fits = all(value is None or abs(value) < 2**31 for value in values)
    expected = pd.array(values, dtype="Int32" if fits else "Float64")
    sent: list[Any] = [masked, arrow]
    if None not in values:
        sent.append(np.array(values, dtype))
        expected = expected if fits else np.array(values, "float64")
    for column in sent:
        pd.testing.assert_series_equal(through_r(worker, column), pd.Series(expected), check_names=False)


@given(lists(st.booleans()))
@many
def test_truth_values_come_back_equal(worker: RWorker, values: list[bool | None]) -> None:
    expected = pd.Series(values, dtype="boolean")
    sent: list[Any] = [expected, table_of(values, pa.bool_()), expected.astype("bool[pyarrow]")]
    if None not in values:
        sent.append(np.array(values, "bool"))
    for column in sent:
        pd.testing.assert_series_equal(through_r(worker, column), expected, check_names=False)


@given(lists(TEXT))
@many
def test_text_comes_back_equal(worker: RWorker, values: list[str | None]) -> None:
    expected = pd.Series(values, dtype="str")
    sent: list[Any] = [
        expected,
        pd.Series(values, dtype=object),
        pd.array(values, dtype=pd.StringDtype("python")),
        pd.array(values, dtype=pd.StringDtype("pyarrow")),
        *(table_of(values, type_) for type_ in (pa.string(), pa.large_string(), pa.string_view())),
    ]
    for column in sent:
        pd.testing.assert_series_equal(through_r(worker, column), expected, check_names=False)


def test_objects_may_miss_in_every_way(worker: RWorker) -> None:
    values = pd.Series(["a", None, np.nan, pd.NA, pd.NaT, "b"], dtype=object)
    assert through_r(worker, values).isna().tolist() == [False, True, True, True, True, False]


@given(st.data())
@many
def test_categories_come_back_equal(worker: RWorker, data: st.DataObject) -> None:
    levels = data.draw(st.lists(TEXT, max_size=300, unique=True))
    values = data.draw(lists(st.sampled_from(levels))) if levels else [None, None]
    ordered = data.draw(st.booleans())
    dtype = pd.CategoricalDtype(pd.Index(levels, dtype="str"), ordered)
    expected = pd.Series(values, dtype=dtype)
    codes = pa.array([None if value is None else levels.index(value) for value in values], pa.int32())
    dictionary = pa.DictionaryArray.from_arrays(codes, pa.array(levels, pa.string()), ordered=ordered)
    for column in (expected, pa.table({'x); q("no") #': dictionary})):
        pd.testing.assert_series_equal(through_r(worker, column), expected, check_names=False)


def test_chunks_of_arrow_may_have_dictionaries_of_their_own(worker: RWorker) -> None:
    parts = [[f"{part}{number}" for number in range(100)] + [None, "both"] for part in "ab"]
    # Together they have more levels than 8 bits can tell.
    type_ = pa.dictionary(pa.int8(), pa.string())
    chunks = [pa.array(part).cast(type_) for part in parts]
    back = through_r(worker, pa.table({'x); q("no") #': pa.chunked_array(chunks)}))
    assert back.astype(object).where(back.notna(), None).tolist() == parts[0] + parts[1]
    assert len(back.cat.categories) == 201


@given(
    lists(MICROSECONDS), st.sampled_from([None, "UTC", "Europe/Rome", "Asia/Shanghai", "America/New_York"])
)
@many
def test_times_come_back_equal(worker: RWorker, ticks: list[int | None], zone: str | None) -> None:
    arrow = pa.array(ticks, pa.int64())
    nat = np.iinfo("int64").min
    moments = np.array([nat if tick is None else tick for tick in ticks], "int64").view("datetime64[us]")
    index = pd.DatetimeIndex(moments)
    if zone is not None:
        index = index.tz_localize("UTC").tz_convert(zone)
    expected = pd.Series(index)
    sent = [expected, pa.table({'x); q("no") #': arrow.cast(pa.timestamp("us", zone))})]
    for column in sent:
        pd.testing.assert_series_equal(through_r(worker, column), expected, check_names=False)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@given(data=st.data())
@many
def test_every_unit_of_time_comes_back_in_microseconds(
    worker: RWorker, unit: str, data: st.DataObject
) -> None:
    ticks = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    step = max(1, ticks // 10**6)
    some = st.integers(-NEAR, NEAR).map(lambda us: us * ticks // 10**6 // step * step)
    values = np.array(data.draw(lists(some, missing=False)), "int64")
    for kind in ("datetime64", "timedelta64"):
        sent = values.view(f"{kind}[{unit}]")
        back = through_r(worker, sent)
        assert back.dtype == f"{kind}[us]"
        assert np.array_equal(back.to_numpy(), sent.astype(f"{kind}[us]"))


@given(lists(MICROSECONDS))
@example([576_460_752_305 * 10**6])  # whole seconds whose microseconds no double holds
@many
def test_differences_of_time_come_back_equal(worker: RWorker, ticks: list[int | None]) -> None:
    nat = np.iinfo("int64").min
    values = np.array([nat if tick is None else tick for tick in ticks], "int64").view("timedelta64[us]")
    for column in (values, table_of(ticks, pa.duration("us"))):
        back = through_r(worker, column)
        assert back.dtype == "timedelta64[us]"
        assert np.array_equal(back.to_numpy().view("int64"), values.view("int64"))


@given(lists(st.dates()))
@many
def test_dates_come_back_equal(worker: RWorker, values: list[datetime.date | None]) -> None:
    expected = pd.Series(values, dtype=pd.ArrowDtype(pa.date32()))
    for column in (expected, table_of(values, pa.date32())):
        pd.testing.assert_series_equal(through_r(worker, column), expected, check_names=False)


def test_nothing_but_missing_values_is_logical_as_in_r(worker: RWorker) -> None:
    assert through_r(worker, table_of([None, None], pa.null())).equals(pd.Series([None] * 2, dtype="boolean"))


@pytest.mark.parametrize("rows", [2**16 - 1, 2**16, 2**16 + 1, 200_001])
def test_long_columns_cross_in_pieces(worker: RWorker, rows: int) -> None:
    numbers = np.arange(rows)
    text = pd.array([f"t{number % 997}" if number % 5 else None for number in range(rows)], dtype="str")
    frame = pd.DataFrame(
        {
            "double": numbers / 7,
            "strided": np.ones((rows, 3))[:, 1],
            "integer": pd.array(numbers, dtype="Int32"),
            "wide": numbers * 1e6,
            "text": text,
            "category": pd.Categorical(text),
            "time": pd.to_datetime(numbers, unit="s").as_unit("us"),
        }
    )
    pd.testing.assert_frame_equal(worker.call("echo", {"x": frame}), frame)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    halves = pa.concat_tables([table.slice(0, rows // 2), table.slice(rows // 2)])
    pd.testing.assert_frame_equal(worker.call("echo", {"x": halves}), frame)


def test_the_order_of_rows_is_kept(worker: RWorker) -> None:
    frame = pd.DataFrame({"x": np.arange(1000.0), "t": pd.array([f"t{i}" for i in range(1000)], dtype="str")})
    shuffled = frame.sample(frac=1, random_state=1).reset_index(drop=True)
    pd.testing.assert_frame_equal(worker.call("echo", {"x": shuffled}), shuffled)


def test_series_and_indexes_cross_as_their_values(worker: RWorker) -> None:
    assert worker.call("echo", {"x": pd.Series([1.5, 2.5], index=["a", "b"])}).tolist() == [1.5, 2.5]
    assert worker.call("echo", {"x": pd.Index(["a", "b"])}) == ["a", "b"]
    assert worker.call("echo", {"x": pa.array(["a", None])}) == ["a", None]
    dates = pd.date_range("2024-01-01", periods=2, unit="us")
    assert worker.call("echo", {"x": dates}).tolist() == dates.tolist()


def test_doubles_come_back_in_the_memory_they_were_received_into(worker: RWorker) -> None:
    frame = worker.call("echo", {"x": pd.DataFrame({"x": [1.0, 2.0], "y": [3.0, 4.0]})})
    assert all(frame[name].to_numpy().base is not None for name in frame)
    x, y = (frame[name].to_numpy() for name in frame)
    # Two columns of one block would lie side by side, in memory of its own.
    assert not np.shares_memory(x.base, y.base)
    values = worker.call("doubles", {"n": 3})[0]
    values[0] = 7
    assert values.tolist() == [7.0, 2.0, 3.0]
