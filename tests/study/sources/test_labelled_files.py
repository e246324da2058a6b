"""Stata and SPSS: codes stay codes, missing values of every kind are missing, dates are refused."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from pandas.io.stata import StataMissingValue

from erm_bridge.errors import InputError
from erm_bridge.study.sources import Table

Read = Callable[..., Table]
FRAME = pd.DataFrame(
    {
        "sex": [1.0, 2.0, np.nan, 9.0],
        "part": [0.5, 1.0, 2.0, -1.25],
        "town": ["b", "", "NA", "乌鲁木齐"],
        "digits": ["01", "2", "", "4"],
        "born": pd.to_datetime(["1950-01-01"] * 4),
    }
)
LABELS = {"sex": {1.0: "male", 2.0: "female"}, "part": {0.5: "half"}}


def write_dta(folder: Path, frame: pd.DataFrame = FRAME, version: int = 118, **options: Any) -> str:
    labels = {k: v for k, v in LABELS.items() if k == "sex"}
    frame.to_stata(
        folder / "a.dta",
        write_index=False,
        version=version,
        value_labels=labels,
        variable_labels={"sex": "sex of the person"},
        **options,
    )
    return "a.dta"


def write_sav(folder: Path, frame: pd.DataFrame = FRAME, name: str = "a.sav", **options: Any) -> str:
    pyreadstat.write_sav(
        frame,
        folder / name,
        variable_value_labels=LABELS,
        column_labels={"sex": "sex of the person"},
        **options,
    )
    return name


WRITERS = [pytest.param(write_dta, id="dta"), pytest.param(write_sav, id="sav")]


def known(column: pd.Series) -> list[Any]:
    return [None if value is None or value != value else value for value in column]


@pytest.mark.parametrize("write", WRITERS)
def test_labels_stay_apart_from_codes(tmp_path: Path, read: Read, write: Callable[[Path], str]) -> None:
    table = read(write(tmp_path), "sex", "part", "town", "digits", digits="category")
    assert table.columns["sex"].dtype == "float64"
    assert known(table.columns["sex"]) == [1, 2, None, 9]
    assert table.columns["part"].tolist() == FRAME["part"].tolist()
    assert table.columns["town"].tolist() == ["b", None, None, "乌鲁木齐"]
    assert table.columns["digits"].tolist() == ["01", "2", None, "4"]
    assert table.labels["sex"] == {"1": "male", "2": "female"}
    assert table.labels.get("part", {"0.5": "half"}) == {"0.5": "half"}
    assert table.levels == {}
    assert table.header == tuple(FRAME)


@pytest.mark.parametrize("write", WRITERS)
def test_a_coded_category_is_text_and_text_that_is_numbers_a_number(
    tmp_path: Path, read: Read, write: Callable[[Path], str]
) -> None:
    columns = read(write(tmp_path), "sex", "digits", sex="category").columns
    assert columns["sex"].tolist() == ["1", "2", None, "9"]
    assert known(columns["digits"]) == [1, 2, None, 4]


@pytest.mark.parametrize("write", WRITERS)
def test_dates_are_refused_where_they_are_needed(
    tmp_path: Path, read: Read, write: Callable[[Path], str]
) -> None:
    file = write(tmp_path)
    assert len(read(file, "sex").columns) == 4
    with pytest.raises(InputError, match=r"'born' \(difference.by\) holds dates or times \(format .*year"):
        read(file, "sex", "born")


@pytest.mark.parametrize("write", WRITERS)
def test_what_is_wrong_with_the_table_is_named(tmp_path: Path, read: Read, write: Callable[..., str]) -> None:
    with pytest.raises(InputError, match=r"no column 'Sex'.*did you mean 'sex'"):
        read(write(tmp_path), "Sex")
    mixed = FRAME.assign(town=["1", "b", "c", "d"])
    with pytest.raises(InputError, match="row 2 holds 'b', row 1 the number 1"):
        read(write(tmp_path, mixed), "town")
    with pytest.raises(InputError, match="column names but no rows"):
        read(write(tmp_path, FRAME.head(0)), "sex")


@pytest.mark.parametrize("version", [114, 117, 118, 119])
def test_formats_of_stata(tmp_path: Path, read: Read, version: int) -> None:
    ascii_frame = FRAME.assign(town="b", small=np.int8(3), single=np.float32(0.25))
    table = read(write_dta(tmp_path, ascii_frame, version), "sex", "town", "small", "single")
    assert table.labels["sex"] == {"1": "male", "2": "female"}
    assert known(table.columns["sex"]) == [1, 2, None, 9]
    assert table.columns.iloc[0, 1:].tolist() == ["b", 3, 0.25]


def test_all_missing_values_of_stata_are_missing(tmp_path: Path, read: Read) -> None:
    frame = pd.DataFrame({"sex": [1.0, 2.0, 3.0]})
    file = tmp_path / write_dta(tmp_path, frame)
    content = file.read_bytes()
    one, two = (np.float64(value).tobytes() for value in (1.0, 2.0))
    assert content.count(one + two) == 1
    # Stata counts from . to .z in the third byte of the largest doubles.
    dot = int(np.float64(StataMissingValue.BASE_MISSING_VALUES["float64"]).view(np.int64))
    dot_b = np.int64(dot + 2 * (1 << 40)).tobytes()
    file.write_bytes(content.replace(one + two, dot_b + two))
    assert known(read("a.dta", "sex").columns["sex"]) == [None, 2, 3]
    assert read("a.dta", "sex", sex="category").columns["sex"].tolist() == [None, "2", "3"]


def test_user_missing_values_of_spss_are_missing(tmp_path: Path, read: Read) -> None:
    ranges = {"sex": [9], "part": [{"lo": -9, "hi": -1}], "town": ["b"]}
    columns = read(write_sav(tmp_path, missing_ranges=ranges), "sex", "part", "town").columns
    assert known(columns["sex"]) == [1, 2, None, None]
    assert known(columns["part"]) == [0.5, 1, 2, None]
    assert columns["town"].tolist() == [None, None, None, "乌鲁木齐"]


@pytest.mark.parametrize("option", [{"row_compress": True}, {"compress": True}])
def test_compressed_files_of_spss(tmp_path: Path, read: Read, option: dict[str, bool]) -> None:
    table = read(write_sav(tmp_path, name="a.zsav", **option), "sex", "town")
    assert table.columns["town"].tolist() == ["b", None, None, "乌鲁木齐"]


def old_stata(folder: Path, text: str, encoding: str) -> str:
    """Write a file of Stata 11 whose text column and labels are in an encoding."""
    stands_for = text.encode(encoding).decode("latin-1")
    frame = pd.DataFrame({"sex": [1.0, 2.0], "town": [stands_for, "b"]})
    frame.to_stata(
        folder / "a.dta", write_index=False, version=114, value_labels={"sex": {1.0: stands_for, 2.0: "f"}}
    )
    return "a.dta"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("北京市", "gb18030"),
        ("北京市", "gbk"),
        ("Zürich", "latin-1"),
        ("Żary", "cp1250"),
        ("北京市", "utf-8"),
    ],
)
def test_texts_of_old_stata_files_are_read_in_the_encoding_given(
    tmp_path: Path, read: Read, text: str, encoding: str
) -> None:
    table = read(old_stata(tmp_path, text, encoding), "sex", "town", encoding=encoding)
    assert table.columns["town"].tolist() == [text, "b"]
    assert table.labels == {"sex": {"1": text, "2": "f"}}


@pytest.mark.parametrize("wanted", ["sex", "town"])
@pytest.mark.parametrize("encoding", [None, "ascii"])
def test_texts_in_another_encoding_are_never_guessed(
    tmp_path: Path, read: Read, wanted: str, encoding: str | None
) -> None:
    with pytest.raises(InputError, match=r"a.dta: .*texts are not in .*data.encoding, such as gb18030"):
        read(old_stata(tmp_path, "北京市", "gbk"), wanted, encoding=encoding)


def test_a_file_that_states_utf8_and_is_not_is_refused(tmp_path: Path, read: Read) -> None:
    file = tmp_path / write_dta(tmp_path, FRAME.assign(town=["xxxx", "b", "c", "d"]))
    file.write_bytes(file.read_bytes().replace(b"xxxx", "北京".encode("gbk")))
    with pytest.raises(InputError, match=r"a.dta: the file states UTF-8, but a text is not"):
        read("a.dta", "town")
    with pytest.raises(InputError, match=r"since version 14 are UTF-8; remove data.encoding"):
        read("a.dta", "town", encoding="gbk")


@pytest.mark.parametrize(("write", "what"), [(write_dta, "a Stata file"), (write_sav, "an SPSS file")])
def test_damaged_files_are_named(tmp_path: Path, read: Read, write: Callable[[Path], str], what: str) -> None:
    file = tmp_path / write(tmp_path)
    content = file.read_bytes()
    for length in (1, 20, 60, len(content) // 3, len(content) // 2):
        file.write_bytes(content[:length])
        with pytest.raises(InputError, match=f"{file.name}: not {what}, or a damaged one|no column|no rows"):
            read(file.name, "sex", "town")
    file.write_bytes(b"sex,part\n1,2\n")
    with pytest.raises(InputError, match=f"{file.name}: not {what}, or a damaged one"):
        read(file.name, "sex")


@pytest.mark.parametrize("write", WRITERS)
def test_no_damage_leads_to_another_error(tmp_path: Path, read: Read, write: Callable[[Path], str]) -> None:
    file = tmp_path / write(tmp_path)
    content, random = file.read_bytes(), np.random.default_rng(8)
    for _ in range(150):
        spoilt = bytearray(content)
        for at in random.integers(0, len(content), 3):
            spoilt[at] = random.integers(0, 256)
        file.write_bytes(bytes(spoilt))
        with suppress(InputError):
            read(file.name, "sex", "town", town="category")
