"""Hostile data files: a bomb is refused by name and size before it is unpacked, and nothing is run."""

import gzip
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyreadstat
import pytest
from pyarrow import parquet

from erm_bridge.study.sources import sizes

GIGABYTE = 10**9
Maker = Callable[[Path], Path]


def small_data(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "small.csv")


def rows_of_parquet(folder: Path) -> Path:
    """A hundred million equal numbers in a file of some kilobytes."""
    path = folder / "bomb.parquet"
    part = pa.array(np.zeros(1_000_000))
    names = small_data(folder).columns
    with parquet.ParquetWriter(path, pa.schema([(name, pa.float64()) for name in names])) as writer:
        for _ in range(16):
            writer.write_table(pa.table({name: part for name in names}), row_group_size=1_000_000)
    return path


def texts_of_parquet(folder: Path) -> Path:
    """A text of a megabyte, which 4,000 rows have."""
    path = folder / "bomb.parquet"
    data = pd.concat([small_data(folder)] * 67, ignore_index=True)
    table = pa.Table.from_pandas(data.drop(columns="town"), preserve_index=False)
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * len(data)), ["x" * 10**6])
    # Without Arrow's schema the column is one of texts.
    parquet.write_table(table.append_column("town", texts), path, store_schema=False)
    return path


def pages_of_parquet(folder: Path) -> Path:
    """Many different texts that pack well."""
    path = folder / "bomb.parquet"
    data = pd.concat([small_data(folder)] * 10, ignore_index=True)
    texts = pa.array([f"{row}{'x' * 200_000}" for row in range(len(data))])
    table = pa.Table.from_pandas(data.drop(columns="town"), preserve_index=False).append_column("town", texts)
    parquet.write_table(table, path, compression="zstd", use_dictionary=False)
    return path


def stated_rows(
    write: Callable[[pd.DataFrame, Path], object], name: str, before: bytes, rows: bytes
) -> Maker:
    """A file that states other rows than it has, behind some bytes of its header."""

    def make(folder: Path) -> Path:
        path = folder / name
        write(small_data(folder), path)
        head, found, rest = path.read_bytes().partition(before)
        assert found
        path.write_bytes(head + found + rows + rest[len(rows) :])
        return path

    return make


def packed_sav(folder: Path) -> Path:
    """Rows of equal values in a packed SPSS file: a thousandth of what they are unpacked."""
    path = folder / "bomb.zsav"
    data = small_data(folder)
    data = data.loc[np.zeros(200_000, int)].reset_index(drop=True)
    pyreadstat.write_sav(data, path, compress=True)
    return path


def stata(data: pd.DataFrame, path: Path) -> None:
    data.to_stata(path, write_index=False, version=118)


# In a .sav the rows stand behind layout, columns, compression and weight.
BEFORE_SPSS_ROWS = b"\2\0\0\0" + b"\7\0\0\0" + b"\0\0\0\0" * 2

# name: maker of the file, memory that is free, words of the message
BOMBS = {
    "equal numbers, Parquet": (rows_of_parquet, GIGABYTE // 4, ("16,000,000 rows", "GB of memory")),
    "one long text, Parquet": (texts_of_parquet, GIGABYTE, ("column 'town'", "4,020 texts", "GB of memory")),
    "packed texts, Parquet": (pages_of_parquet, GIGABYTE // 10, ("unpacked", "GB of memory")),
    "rows, Stata": (
        stated_rows(stata, "bomb.dta", b"<N>", (2**40).to_bytes(8, "little")),
        None,
        ("1,099,511,627,776 rows of 7 columns", "cannot hold"),
    ),
    "rows, SPSS": (
        stated_rows(pyreadstat.write_sav, "bomb.sav", BEFORE_SPSS_ROWS, (10**9).to_bytes(4, "little")),
        None,
        ("1,000,000,000 rows of 7 columns", "cannot hold"),
    ),
    "packed rows, SPSS": (packed_sav, GIGABYTE // 100, ("200,000 rows", "GB of memory")),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused(name: str, folder: Path, run, monkeypatch: pytest.MonkeyPatch) -> None:
    make, free, words = BOMBS[name]
    path = make(folder)
    assert path.stat().st_size < 3_000_000
    if free is not None:
        monkeypatch.setattr(sizes, "free_memory", lambda: free)
    code, stdout, stderr = run("--data", path)
    assert (code, stdout) == (2, "")
    for word in (path.name, *words):
        assert word in stderr


def test_honest_files_need_no_more_memory_than_there_is(folder: Path, run, monkeypatch) -> None:
    monkeypatch.setattr(sizes, "free_memory", lambda: 1_000_000)
    for ending, write in {
        ".parquet": pd.DataFrame.to_parquet,
        ".dta": stata,
        ".zsav": pyreadstat.write_sav,
    }.items():
        write(small_data(folder), folder / f"small{ending}")
        code, _, stderr = run("--data", f"small{ending}", "--overwrite")
        assert (code, stderr) == (0, "")


class Dropping:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))


def test_metadata_of_parquet_are_not_unpickled(folder: Path, canary: Path, run) -> None:
    data = pa.Table.from_pandas(small_data(folder), preserve_index=False)
    pickled = pickle.dumps(Dropping(canary))
    kinds = {b"ARROW:extension:name": b"arrow.py_extension_type", b"ARROW:extension:metadata": pickled}
    fields = [field.with_metadata(kinds) for field in data.schema]
    schema = pa.schema(fields, metadata={b"pandas": pickled, b"erm_bridge_simulated": pickled})
    parquet.write_table(data.cast(schema), folder / "small.parquet")
    code, _, stderr = run("--data", "small.parquet")
    assert (code, stderr) == (0, "")


def archive(folder: Path, path: Path) -> None:
    with zipfile.ZipFile(path, "w") as file:
        file.write(folder / "small.csv", "../../small.csv")


HEADER = b"i1,i2,i3,i4,treat,age,town\n"
# name: file name, its bytes, words of the message
FILES: dict[str, tuple[str, Callable[[Path], bytes], tuple[str, ...]]] = {
    "gzip by its name": (
        "small.csv.gz",
        lambda folder: gzip.compress((folder / "small.csv").read_bytes()),
        ("files of type .gz are not read",),
    ),
    "gzip inside": (
        "small2.csv",
        lambda folder: gzip.compress(b"0" * 10**8),
        ("not a CSV file",),
    ),
    "pickle": ("small.pickle", lambda folder: pickle.dumps(1), ("files of type .pickle are not read",)),
    "pickle inside": ("a.csv", lambda folder: pickle.dumps({"a": 1}), ("not a CSV file",)),
    "R data": ("a.rds", lambda folder: b"X\n\0", ("files of type .rds are not read",)),
    "zip": ("a.csv", lambda folder: b"PK\x03\x04\xff\xfe", ("not a CSV file",)),
    "zero bytes": ("a.csv", lambda folder: b"\0" * 10_000, ("no column",)),
    "zero bytes in values": (
        "a.csv",
        lambda folder: (folder / "small.csv").read_bytes().replace(b"north", b"nor\0th"),
        ("'town'", "nor"),
    ),
    "Latin-1": (
        "a.csv",
        lambda folder: (folder / "small.csv").read_bytes().replace(b"north", b"n\xf6rth"),
        ("not a CSV file in UTF-8", "data.encoding"),
    ),
    "UTF-16": (
        "a.csv",
        lambda folder: (folder / "small.csv").read_text().encode("utf-16"),
        ("not a CSV file in UTF-8",),
    ),
    "open quote": (
        "a.csv",
        lambda folder: (folder / "small.csv").read_bytes() + b'1,2,3,4,1,60,"nor',
        ("row 61 holds 'nor'",),
    ),
    "a name of a megabyte": ("a.csv", lambda folder: b"x" * 10**6 + b",age\n1,2\n", ("field larger",)),
    "100,000 columns": (
        "a.csv",
        lambda folder: ",".join(f"c{n}" for n in range(100_000)).encode() + b"\n",
        ("no column 'i1'", "c39, ..."),
    ),
    "a level of a megabyte": (
        "a.csv",
        lambda folder: (folder / "small.csv").read_bytes().replace(b"north", b"x" * 10**6, 1),
        ("'town'", "1,000,000 characters"),
    ),
    "infinity": ("a.csv", lambda folder: HEADER + b"inf,1,2,3,1,60,north\n" * 9, ("'i1'", "infinite")),
    "number of 100,000 digits": (
        "a.csv",
        lambda folder: HEADER + b"9" * 100_000 + b",1,2,3,1,60,north\n",
        ("'i1'",),
    ),
    "Parquet's first bytes": ("a.parquet", lambda folder: b"PAR1" * 3, ("not a Parquet file",)),
    "Stata's first bytes": ("a.dta", lambda folder: b"<stata_dta><header>", ("not a Stata file",)),
    "SPSS's first bytes": ("a.sav", lambda folder: b"$FL2" + b"\xff" * 200, ("not an SPSS file",)),
}


@pytest.mark.parametrize("name", FILES)
def test_hostile_files_are_refused(name: str, folder: Path, run) -> None:
    file, make, words = FILES[name]
    (folder / file).write_bytes(make(folder))
    code, stdout, stderr = run("--data", file)
    assert (code, stdout) == (2, "")
    assert len(stderr) < 3_000
    for word in (file, *words):
        assert word in stderr


def test_a_byte_order_mark_is_no_part_of_a_name(folder: Path, run) -> None:
    (folder / "a.csv").write_bytes(b"\xef\xbb\xbf" + (folder / "small.csv").read_bytes())
    assert run("--data", "a.csv")[0] == 0


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_very_many_columns_are_passed_over(ending: str, folder: Path, run) -> None:
    more = pd.DataFrame(np.zeros((60, 5_000), "int8"), columns=[f"{'x' * 20}{n}" for n in range(5_000)])
    data = pd.concat([more, small_data(folder)], axis="columns")
    data.to_csv("wide.csv", index=False) if ending == ".csv" else data.to_parquet("wide.parquet")
    assert run("--data", f"wide{ending}")[0] == 0


def test_very_many_levels_are_refused_before_a_column_is_made_of_each(folder: Path, run, monkeypatch) -> None:
    data = small_data(folder)
    data = data.loc[np.arange(4_000) % 60].assign(town=[f"town {row // 2}" for row in range(4_000)])
    data.to_csv(folder / "small.csv", index=False)
    monkeypatch.setattr(sizes, "free_memory", lambda: GIGABYTE // 10)
    text = (folder / "study.yml").read_text().replace("town: {type: category, levels: [north, south]}", "{}")
    code, _, stderr = run(study=text.replace("variables:\n  {}\n", ""))
    assert code == 2
    assert "2,001 columns of a model" in stderr
