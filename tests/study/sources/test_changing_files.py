"""A file that goes or changes while it is read is no data source."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from erm_bridge.errors import InputError
from erm_bridge.study import sources
from erm_bridge.study.sources import Table, Wanted

Change = Callable[[Path], object]


def replace(path: Path) -> None:
    (path.parent / "new").write_bytes(path.read_bytes())
    os.utime(path.parent / "new", ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    (path.parent / "new").replace(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (Path.unlink, "cannot be read: No such file"),
        (lambda path: os.truncate(path, 8), "was changed while it was read"),
        (lambda path: os.utime(path, (1, 1)), "was changed while it was read"),
        (replace, "was changed while it was read"),
    ],
)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_file_that_changes_while_it_is_read_is_refused(
    tmp_path: Path,
    read: Callable[..., Table],
    monkeypatch: pytest.MonkeyPatch,
    change: Change,
    message: str,
    when: str,
) -> None:
    path = tmp_path / "data.csv"
    path.write_text("x,y\n1,2\n3,4\n5,6\n")
    reader = sources.READERS[".csv"]

    def read_and_change(path: Path, wanted: Wanted) -> Table:
        if when == "before":
            change(path)
            return reader(path, wanted)
        table = reader(path, wanted)
        change(path)
        return table

    monkeypatch.setitem(sources.READERS, ".csv", read_and_change)
    with pytest.raises(InputError, match=rf"data[.]csv: .*{message}"):
        read("data.csv", "x", "y")
