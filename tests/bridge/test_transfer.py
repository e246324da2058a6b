from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erm_bridge.bridge.transfer import describe, rebuild
from erm_bridge.bridge.wire import NA
from erm_bridge.errors import EngineError, InputError


def there_and_back(value: Any) -> Any:
    buffers: list[Any] = []
    node = describe(value, buffers)
    return rebuild(
        node,
        [bytearray(memoryview(buffer).cast("B")) if buffer.nbytes else bytearray() for buffer in buffers],
    )


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


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        (pd.Series([1, 2]), "int64"),
        (pd.Series([1.0, None], dtype="Float64"), "Float64"),
        (pd.Series(["a", 1], dtype=object), "object"),
        (pd.Series(pd.to_datetime(["2017-01-01"])), "datetime64"),
        (pd.Series([1 + 2j]), "complex128"),
        (pd.Series(pd.Categorical([1, 2])), "1 is not text"),
        (pd.Series(["a\0b"], dtype="str"), "cannot hold"),
        (pd.Series(pd.Categorical(["\0"])), "cannot hold"),
    ],
)
def test_a_column_that_does_not_cross_is_refused_by_name(column: pd.Series, reason: str) -> None:
    with pytest.raises(InputError, match=f"column 'income'.*{reason}"):
        describe(pd.DataFrame({"fine": [1.0] * len(column), "income": column}), [])


@pytest.mark.parametrize("name", [1, ("a", "b"), "a\0", "\ud800"])
def test_a_column_name_that_r_cannot_hold_is_refused(name: Any) -> None:
    with pytest.raises(InputError, match="column names"):
        describe(pd.DataFrame([[1.0]], columns=pd.Index([name], dtype=object, tupleize_cols=False)), [])


@pytest.mark.parametrize("value", [object(), {1.5}, [1, 2], np.array(["a"]), np.zeros((1, 1, 1)), 1j])
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
