"""Value labels of texts that ReadStat could not decode are found before it reads the file."""

from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from erm_bridge.errors import InputError
from erm_bridge.study.sources.spss_labels import undecodable

DATA = pd.DataFrame({"town": ["aaaa", "b", ""], "code": [0.0, 1.0, 240.0], "longer": ["x" * 40] * 3})


def write(path: Path, **options: object) -> bytes:
    labels = {"town": {"aaaa": "A", "b": "B"}, "code": {0.0: "zero", 1.0: "one"}}
    pyreadstat.write_sav(
        DATA, path, variable_value_labels=labels, column_labels=["a", "bc", "def"], note="n", **options
    )
    return path.read_bytes()


@pytest.mark.parametrize("options", [{}, {"compress": True}, {"row_compress": True}])
def test_honest_labels_pass(tmp_path: Path, options: dict[str, bool]) -> None:
    path = tmp_path / "a.sav"
    write(path, **options)
    assert undecodable(path, None) is None
    assert undecodable(path, "ascii") is None


def test_missing_values_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "a.sav"
    ranges = {"code": [1, {"lo": 5, "hi": 9}], "town": ["b"]}
    write(path, missing_ranges=ranges)
    assert undecodable(path, None) is None


BAD = [b"\xff\xfeaa    ", b"\xe5aaa    ", b"aaaaaa\xf0?", b"\0\0\0\0\0\0\xf0?"]


@pytest.mark.parametrize("value", BAD)
def test_values_in_another_encoding_are_found(tmp_path: Path, value: bytes, read) -> None:
    path = tmp_path / "a.sav"
    path.write_bytes(write(path).replace(b"aaaa    \x01A", value + b"\x01A"))
    assert undecodable(path, None) == value
    assert undecodable(path, "windows-1252") is None
    with pytest.raises(
        InputError, match=r"a\.sav: texts are not in the encoding .*data\.encoding.*value label"
    ):
        read("a.sav", "code")
    assert read("a.sav", "code", encoding="windows-1252").columns["code"].tolist() == [0.0, 1.0, 240.0]


@pytest.mark.parametrize("value", ["北京市".encode()[:8], b"aaa\xe5    ", b"aaaaaaa\xe5", bytes(8)])
def test_values_that_end_within_a_character_are_left_to_readstat(tmp_path: Path, value: bytes, read) -> None:
    path = tmp_path / "a.sav"
    path.write_bytes(write(path).replace(b"aaaa    \x01A", value + b"\x01A"))
    assert undecodable(path, None) is None
    assert read("a.sav", "code").columns["code"].tolist() == [0.0, 1.0, 240.0]


@pytest.mark.parametrize("data", [b"", b"$FL2", b"$FL2" + bytes(200), b"\xff" * 500])
def test_what_is_no_file_of_spss_is_left_to_readstat(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.sav").write_bytes(data)
    assert undecodable(tmp_path / "a.sav", None) is None


def test_a_file_that_is_cut_anywhere_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "a.sav"
    data = write(path)
    for length in range(0, len(data), 7):
        path.write_bytes(data[:length])
        assert undecodable(path, None) is None
