"""Column names and row labels through R and back."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erm_bridge.bridge.client import RWorker

pytestmark = pytest.mark.r

many = settings(max_examples=60, deadline=None)

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


@given(st.lists(TEXT, max_size=6), st.integers(0, 3))
@many
def test_names_come_back_as_they_are(worker: RWorker, names: list[str], rows: int) -> None:
    values = np.arange(float(rows * len(names))).reshape(rows, len(names))
    frame = pd.DataFrame(values, columns=pd.Index(names, dtype="str"))
    pd.testing.assert_frame_equal(worker.call("echo", {"x": frame}), frame)


@given(st.lists(TEXT, max_size=6, unique=True))
@many
def test_labels_of_text_are_row_names(worker: RWorker, labels: list[str]) -> None:
    frame = pd.DataFrame({"x": np.arange(float(len(labels)))}, index=pd.Index(labels, dtype="str"))
    pd.testing.assert_frame_equal(worker.call("echo", {"x": frame}), frame)
    objects = frame.set_axis(frame.index.astype(object))
    pd.testing.assert_frame_equal(worker.call("echo", {"x": objects}), frame)


@given(st.lists(st.integers(-(2**31) + 1, 2**31 - 1), min_size=1, max_size=6, unique=True))
@many
def test_whole_labels_are_row_names(worker: RWorker, labels: list[int]) -> None:
    frame = pd.DataFrame({"x": np.arange(float(len(labels)))}, index=pd.Index(labels, dtype="int64"))
    pd.testing.assert_frame_equal(worker.call("echo", {"x": frame}), frame)


def test_labels_1_to_n_are_not_taken_for_automatic_ones(worker: RWorker) -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0]}, index=[1, 2])
    pd.testing.assert_frame_equal(worker.call("echo", {"x": frame}), frame)


def test_rows_that_r_leaves_out_keep_their_names(worker: RWorker) -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0]})
    assert worker.call("without_first", {"x": frame}).index.tolist() == [2, 3]
    back = worker.call("without_first", {"x": frame.set_axis(["p", "q", "r"])})
    assert back.index.tolist() == ["q", "r"]
