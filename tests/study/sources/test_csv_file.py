"""CSV in other encodings; tests of its types and missing values stand with the cohort."""

from collections.abc import Callable
from pathlib import Path

import pytest

import erm_bridge as eb
from erm_bridge.errors import InputError
from erm_bridge.study.models import DataSource
from erm_bridge.study.sources import READERS, Table

Read = Callable[..., Table]
TEXT = "town,年龄\n北京市,61\n乌鲁木齐,72\n"


@pytest.mark.parametrize("encoding", ["gb18030", "gbk", "utf-16", "utf-8"])
def test_the_encoding_given_is_used(tmp_path: Path, read: Read, encoding: str) -> None:
    (tmp_path / "a.csv").write_text(TEXT, encoding=encoding)
    columns = read("a.csv", "town", "年龄", encoding=encoding).columns
    assert columns["town"].tolist() == ["北京市", "乌鲁木齐"]
    assert columns["年龄"].tolist() == [61, 72]


@pytest.mark.parametrize("header", ["town,age\n", "town,年龄\n"])
def test_another_encoding_is_never_guessed(tmp_path: Path, read: Read, header: str) -> None:
    (tmp_path / "a.csv").write_text(header + "北京市,61\n", encoding="gbk")
    with pytest.raises(InputError, match=r"a.csv: not a CSV file in UTF-8 \(data.encoding names another"):
        read("a.csv", "town")
    with pytest.raises(InputError, match=r"a.csv: not a CSV file in ascii: "):
        read("a.csv", "town", encoding="ascii")


def test_a_mark_of_utf8_at_the_start_is_no_part_of_a_name(tmp_path: Path, read: Read) -> None:
    (tmp_path / "a.csv").write_text(TEXT, encoding="utf-8-sig")
    assert read("a.csv", "town").header == ("town", "年龄")


@pytest.mark.parametrize("suffix", [".xlsx", ".rds", ""])
def test_formats_that_are_not_read_are_named(tmp_path: Path, read: Read, suffix: str) -> None:
    (tmp_path / f"a{suffix}").write_text(TEXT)
    with pytest.raises(InputError, match="are not read; give one of " + ", ".join(READERS)):
        read(f"a{suffix}", "town")


@pytest.mark.parametrize("suffix", READERS)
def test_absent_empty_and_foreign_files_are_named(tmp_path: Path, read: Read, suffix: str) -> None:
    path = tmp_path / f"a{suffix.upper()}"
    with pytest.raises(InputError, match="no such data file"):
        read(path.name, "town")
    path.write_bytes(b"")
    with pytest.raises(InputError, match="the file is empty"):
        read(path.name, "town")
    path.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\xff\xfe")
    with pytest.raises(InputError, match=rf"{path.name}: not an? (CSV|Parquet|Stata|SPSS) file"):
        read(path.name, "town")


def test_keys_of_data_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="no encoding 'gbkk'; such as"):
        DataSource(source="a.csv", encoding="gbkk")


@pytest.mark.parametrize("source", ["r:psych::bfi", "simulate:cmds2017"])
def test_only_a_file_has_an_encoding(read: Read, source: str) -> None:
    with pytest.raises(InputError, match=f"data.encoding: only files have one, {source} is none"):
        read(source, "town", encoding="gbk")


def test_the_encoding_of_a_study_holds_for_the_file_that_replaces_its_data(tmp_path: Path) -> None:
    study = tmp_path / "study.yml"
    study.write_text(
        "study: s\ndata: {source: simulate:cmds2017, encoding: gb18030}\noutcome: 年龄\n"
        "difference: {by: [town]}\n",
        encoding="utf-8",
    )
    (tmp_path / "a.csv").write_text(TEXT + "北京市,63\n乌鲁木齐,70\n", encoding="gb18030")
    run = eb.run(study, data=tmp_path / "a.csv", engines="python")
    assert run.cohort.frame["town"].cat.categories.tolist() == ["乌鲁木齐", "北京市"]
