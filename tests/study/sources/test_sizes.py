"""What a data file may claim of its size."""

from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from erm_bridge.errors import InputError
from erm_bridge.study.sources import sizes

MEGABYTE = 10**6


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sizes, "free_memory", lambda: 100 * MEGABYTE)
    return 100 * MEGABYTE


def test_values_and_their_copy_must_fit(free: int) -> None:
    sizes.check_memory("here", free // 2, "all")
    with pytest.raises(InputError, match=r"here: all take 0\.1 GB of memory, 0\.1 GB are free; use fewer"):
        sizes.check_memory("here", free // 2 + 1, "all")


@pytest.mark.parametrize(("rows", "columns", "packed"), [(10, 10, 1), (100, 1, 1), (1032, 100, 1032)])
def test_every_value_takes_a_byte(tmp_path: Path, rows: int, columns: int, packed: int) -> None:
    path = tmp_path / "a.sav"
    path.write_bytes(bytes(100))
    sizes.check_rows(path, rows, columns, packed)
    with pytest.raises(InputError, match=rf"a\.sav: states {rows + 1:,} rows .* 100 bytes cannot hold"):
        sizes.check_rows(path, rows + 1, columns, packed)


@pytest.mark.usefixtures("free")
def test_only_columns_that_are_read_count(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    zeros = pa.array([0.0] * 1_000_000)
    parquet.write_table(pa.table({name: zeros for name in "abcdefgh"}), path)
    about = parquet.read_metadata(path)
    sizes.check_parquet(path, about, "abcdef")
    with pytest.raises(InputError, match="1,000,000 rows of 7 columns"):
        sizes.check_parquet(path, about, "abcdefg")


def test_the_control_group_limits_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = sizes.free_memory()
    assert whole > 10 * MEGABYTE
    for name, text in {"max": "3000\n", "current": "2500\n", "stat": "anon 1\ninactive_file 400\n"}.items():
        (tmp_path / f"memory.{name}").write_text(text)
    monkeypatch.setattr(sizes, "_GROUP", tmp_path)
    assert sizes.free_memory() == 900
    (tmp_path / "memory.max").write_text("max\n")
    assert sizes.free_memory() > 10 * MEGABYTE


def test_without_the_kernel_s_figures_the_machine_s_memory_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sizes, "_MEMORY", tmp_path / "none")
    assert sizes.free_memory() > 10 * MEGABYTE
