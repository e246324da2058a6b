"""What R sees of a column, and what Python sees of R's: types, missing values, attributes, row names."""

import datetime
import resource
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from erm_bridge.bridge.client import RWorker
from erm_bridge.errors import EngineError

pytestmark = pytest.mark.r

UTC_TIME = pd.to_datetime(["2024-01-02 03:04:05.25", None]).as_unit("us")


def look(worker: RWorker, column: Any) -> dict[str, Any]:
    found: dict[str, Any] = worker.call("look", {"x": pd.DataFrame({"x": column})})
    return found


@pytest.mark.parametrize(
    ("column", "type_", "class_", "shown"),
    [
        (np.array([1.5, np.nan]), "double", ["numeric"], ["1.5", "NaN"]),
        (pd.array([1.5, None], dtype="Float64"), "double", ["numeric"], ["1.5", None]),
        (np.array([1, -2], "int8"), "integer", ["integer"], ["1", "-2"]),
        (pd.array([2**31 - 1, None], dtype="Int64"), "integer", ["integer"], ["2147483647", None]),
        (np.array([2**31, 1]), "double", ["numeric"], ["2147483648", "1"]),
        (np.array([-(2**31), 1]), "double", ["numeric"], ["-2147483648", "1"]),
        (np.array([2**53, 1], "uint64"), "double", ["numeric"], ["9007199254740992", "1"]),
        (pd.array([True, None], dtype="boolean"), "logical", ["logical"], ["TRUE", None]),
        (pd.array(["é", None], dtype="str"), "character", ["character"], ["é", None]),
        (pd.Categorical(["b", None], ["z", "b"]), "integer", ["factor"], ["b", None]),
        (pd.Categorical(["b", None], ["z", "b"], True), "integer", ["ordered", "factor"], ["b", None]),
        (UTC_TIME, "double", ["POSIXct", "POSIXt"], ["2024-01-02 03:04:05", None]),
        (
            UTC_TIME.tz_localize("UTC").tz_convert("Asia/Shanghai"),
            "double",
            ["POSIXct", "POSIXt"],
            ["2024-01-02 11:04:05", None],
        ),
        (pd.to_timedelta(["1 min", None]), "double", ["difftime"], ["60 secs", "NA secs"]),
        (
            pd.array([datetime.date(2024, 2, 29), None], pd.ArrowDtype(pa.date32())),
            "double",
            ["Date"],
            ["2024-02-29", None],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_r_sees_its_own_types(
    worker: RWorker, column: Any, type_: str, class_: list[str], shown: list[str | None]
) -> None:
    found = look(worker, column)
    assert (found["type"], found["class"]) == ([type_], class_)
    assert found["shown"] == shown
    has_missing = bool(pd.isna(column)[1])
    assert found["missing"] == [False, has_missing]


def test_r_tells_missing_from_nan(worker: RWorker) -> None:
    column = pd.arrays.FloatingArray(np.array([np.nan, 0.0, 1.0]), np.array([False, True, False]))
    found = look(worker, column)
    assert found["missing"] == [True, True, False]
    assert found["nan"] == [True, False, False]


def test_text_is_marked_as_utf_8(worker: RWorker) -> None:
    found = look(worker, pd.array(["é", "a", None], dtype="str"))
    assert found["encoding"] == ["UTF-8", "unknown", "unknown"]


def test_columns_have_no_attributes_but_those_of_their_class(worker: RWorker) -> None:
    assert look(worker, np.array([1.0]))["attributes"] is None
    assert look(worker, np.array([1]))["attributes"] is None
    assert look(worker, pd.Categorical(["a"]))["attributes"] == ["levels", "class"]
    assert look(worker, UTC_TIME)["attributes"] == ["class"]
    assert look(worker, UTC_TIME.tz_localize("UTC"))["attributes"] == ["class", "tzone"]


@pytest.mark.parametrize(
    ("index", "type_", "given", "names"),
    [
        (pd.RangeIndex(2), "integer", -2.0, ["1", "2"]),
        (pd.Index([1, 2]), "integer", 2.0, ["1", "2"]),
        (pd.RangeIndex(5, 9, 2), "integer", 2.0, ["5", "7"]),
        (pd.Index(["b", ""]), "character", 2.0, ["b", ""]),
    ],
)
def test_r_sees_labels_as_row_names(
    worker: RWorker, index: pd.Index, type_: str, given: float, names: list[str]
) -> None:
    found = worker.call("row_names", {"x": pd.DataFrame({"x": [1.0, 2.0]}, index=index)})
    assert (found["type"], found["given"].tolist(), found["names"]) == ([type_], [given], names)


def test_columns_of_r_come_back_by_their_class(worker: RWorker) -> None:
    found = worker.call("columns")
    assert found.index.tolist() == ["p", "q"]
    date = pd.ArrowDtype(pa.date32())
    expected = pd.DataFrame(
        {
            "day": pd.array([datetime.date(2024, 2, 29), None], date),
            "whole_day": pd.array([datetime.date(1970, 1, 2), None], date),
            "time": UTC_TIME.tz_localize("UTC"),
            "here": pd.to_datetime(["1970-01-01", None]).as_unit("us"),
            "hours": pd.to_timedelta(["1h30min", None]).as_unit("us"),
            "ordered": pd.Categorical(["b", None], ["b", "a"], ordered=True),
            "na_and_nan": pd.arrays.FloatingArray(np.array([0.0, np.nan]), np.array([True, False])),
            "latin": pd.array(["é", None], dtype="str"),
        },
        index=["p", "q"],
    )
    pd.testing.assert_frame_equal(found, expected)
    assert pa.array(found["na_and_nan"].array).is_null().to_pylist() == [True, False]


@pytest.mark.parametrize(
    ("which", "reason"),
    [
        ("own_class", "of class AsIs"),
        ("list_column", "a column that is a list"),
        ("matrix_column", "a column that is a matrix"),
        ("frame_column", "a column that is a frame"),
        ("integer64", "of class integer64"),
        ("local_time", "of class POSIXlt, POSIXt"),
        ("complex", "of type CPLXSXP"),
        ("raw", "of type RAWSXP"),
        ("invalid", "not text in UTF-8"),
        ("marked_bytes", "not text in UTF-8"),
        ("missing_level", "with a missing level"),
        ("part_of_a_day", "row 2: a date came back with a part of a day"),
        ("endless", "row 2: a time came back out of range: inf"),
        ("no_zone", "'Nowhere/City'"),
        ("no_level", "a code that is no level"),
        ("text_matrix", "a matrix of text"),
        ("flag_matrix", "a matrix of truth values"),
        ("long_column", "a column of 3 values for 2 rows"),
    ],
)
def test_what_does_not_come_back_is_refused_by_column(worker: RWorker, which: str, reason: str) -> None:
    with pytest.raises(EngineError, match=rf"value\$value\$income.*{reason}"):
        worker.call("refused", {"which": which})
    assert worker.call("echo", {"x": "alive"}) == ["alive"]


def test_code_that_comes_back_is_refused_and_not_run(worker: RWorker) -> None:
    before = worker.call("own_pid")[0]
    with pytest.raises(EngineError, match=r"^R returned value\$value\$income of type LANGSXP") as caught:
        worker.call("code")
    # The refusal is the whole message, and R goes on.
    assert "\n" not in str(caught.value)
    assert worker.call("own_pid")[0] == before


def test_a_column_of_r_without_a_name_is_refused(worker: RWorker) -> None:
    with pytest.raises(EngineError, match="a column whose name is missing"):
        worker.call("refused", {"which": "no_name"})


def test_a_frame_for_which_r_has_no_memory_is_an_error_with_rs_words(worker: RWorker) -> None:
    worker.call("warm_up")
    assert worker.pid is not None
    lines = Path(f"/proc/{worker.pid}/status").read_text().splitlines()
    size = next(int(line.split()[1]) for line in lines if line.startswith("VmSize:")) * 1024
    resource.prlimit(worker.pid, resource.RLIMIT_AS, (size + 2**24, resource.RLIM_INFINITY))
    with pytest.raises(EngineError, match=r"(?s)ended during the call size.*cannot allocate vector of size"):
        worker.call("size", {"x": pd.DataFrame({"x": np.zeros(10_000_000)})})
    assert worker.call("echo", {"x": "fresh"}) == ["fresh"]


@pytest.mark.parametrize(("rows", "large"), [(10_000, False), (1_000_000, True)])
def test_large_vectors_are_received_into_large_pages(worker: RWorker, rows: int, large: bool) -> None:
    worker.close()
    assert worker.call("large_pages", {"x": pd.DataFrame({"x": np.zeros(rows)})}) == [large]


def test_times_mean_the_same_wherever_the_machine_is(
    worker: RWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    worker.close()
    assert look(worker, UTC_TIME)["shown"] == ["2024-01-02 03:04:05", None]
    worker.close()
