"""What a data file may claim of its size, asked before anything of that size is made."""

import os
from collections.abc import Collection
from pathlib import Path
from typing import Any

from erm_bridge.errors import InputError

# Bytes of a number, and of a text of Python beside its characters.
NUMBER, TEXT = 8, 57
# A column and what it is made from exist at the same time.
_COPIES = 2
# Deflate, which .zsav files are packed with, makes at most 1032 bytes of one.
DEFLATE = 1032
_MEMORY, _GROUP = Path("/proc/meminfo"), Path("/sys/fs/cgroup")


def check_memory(place: object, needed: int, what: str) -> None:
    """Refuse what does not fit into the memory that is free.

    Parameters
    ----------
    place : path or str
        How messages begin.
    needed : int
        Bytes of the values, once.
    what : str
        What takes them.

    Raises
    ------
    InputError
    """
    free = free_memory()
    if _COPIES * needed > free:
        raise InputError(
            f"{place}: {what} take {_gigabytes(_COPIES * needed)} of memory, {_gigabytes(free)} are free; "
            "use fewer rows or columns"
        )


def check_rows(path: Path, rows: int, columns: int, packed: int = 1) -> None:
    """Refuse a number of rows that a file of its size cannot hold: it would be allocated before it is missed.

    Parameters
    ----------
    path : Path
    rows, columns : int
        As the file states them; every value takes a byte at least.
    packed : int
        Bytes that one byte of the file can stand for.

    Raises
    ------
    InputError
    """
    size = path.stat().st_size
    if rows * columns > size * packed:
        raise InputError(
            f"{path}: states {rows:,} rows of {columns:,} columns, which {size:,} bytes cannot hold; "
            "the file is damaged"
        )


def check_parquet(path: Path, about: Any, names: Collection[str]) -> None:
    """Refuse a Parquet file that does not fit into memory; runs of equal values make it small on disk.

    Parameters
    ----------
    path : Path
    about : pyarrow.parquet.FileMetaData
    names : collection of str
        Columns to read.

    Raises
    ------
    InputError
    """
    names = frozenset(names)
    rows, columns = about.num_rows, len(names)
    check_memory(path, rows * columns * NUMBER, f"{rows:,} rows of {columns:,} columns")
    groups = [about.row_group(number) for number in range(about.num_row_groups)]
    parts = (group.column(number) for group in groups for number in range(about.num_columns))
    unpacked = sum(part.total_uncompressed_size for part in parts if part.path_in_schema in names)
    check_memory(path, unpacked, f"the unpacked values of {columns:,} columns")


def free_memory() -> int:
    """Return the bytes that this process may still take: of the machine, or of its control group."""
    limits = [_machine()]
    try:
        most = (_GROUP / "memory.max").read_text().strip()
        if most != "max":
            # Pages of files that were read count as taken, but are given back on demand.
            stat = dict(line.split() for line in (_GROUP / "memory.stat").read_text().splitlines())
            taken = int((_GROUP / "memory.current").read_text()) - int(stat["inactive_file"])
            limits.append(int(most) - taken)
    except (OSError, ValueError, KeyError):
        pass
    return max(0, min(limits))


def _machine() -> int:
    try:
        for line in _MEMORY.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:,.1f} GB"
