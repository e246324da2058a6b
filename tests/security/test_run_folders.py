"""A run folder that somebody else made: its text is shown as text, and nothing in it is trusted."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from erm_bridge.study.sources import sizes
from erm_bridge.tabular import read_csv, write_csv

HARM = "<script>alert(1)</script>{{ 7 * 7 }}\x1b]0;owned\x07![x](javascript:x)=1+1"


@pytest.fixture
def out(folder: Path, run) -> Path:
    assert run()[0] == 0
    return folder / "out"


def changed(name: str, change: Callable[[dict[str, Any]], None]) -> Callable[[Path], None]:
    def spoil(out: Path) -> None:
        data = json.loads((out / name).read_text())
        change(data)
        (out / name).write_text(json.dumps(data))

    return spoil


def cell(name: str, column: str) -> Callable[[Path], None]:
    def spoil(out: Path) -> None:
        table = read_csv(out / name, ())
        table.loc[0, column] = HARM
        write_csv(table, out / name)

    return spoil


SHOWN: dict[str, Callable[[Path], None]] = {
    "title": changed("study.json", lambda data: data.update(title=HARM)),
    "notes": changed("study.json", lambda data: data.update(notes=[HARM])),
    "labels": changed("study.json", lambda data: data["variables"]["town"].update(labels={"south": HARM})),
    "data": changed("run.json", lambda data: data["data"].update(source=HARM)),
    "versions": changed("run.json", lambda data: data["versions"].update({HARM: HARM})),
    "seed of the study file": changed("run.json", lambda data: data["study"].update(file=HARM, sha256=HARM)),
    "changes": changed("run.json", lambda data: data.update(changes={"set": [HARM]})),
    "term": cell("estimates.csv", "term"),
    "note": cell("estimates.csv", "note"),
    "step": cell("cohort_flow.csv", "step"),
    "reason": cell("cohort_flow.csv", "reason"),
}


@pytest.mark.parametrize("name", SHOWN)
def test_text_of_a_run_folder_is_shown_as_text(name: str, out: Path, invoke) -> None:
    scripts = (out / "report.html").read_text().count("<script>")
    SHOWN[name](out)
    code, stdout, stderr = invoke("report", out)
    assert (code, stderr) == (0, "")
    page = (out / "report.html").read_text(encoding="utf-8")
    assert page.count("<script>") == scripts
    for text in (stdout, page, (out / "report.md").read_text(encoding="utf-8")):
        assert "\x1b" not in text
        assert "](javascript" not in text.replace("\\](", "") or "<!DOCTYPE" in text
    assert "<script>alert" not in (out / "report.md").read_text(encoding="utf-8").replace("\\<", "")


deep = "[" * 1_000_000


REFUSED: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "deep study": ("study.json", lambda path: path.write_text(deep), "study.json"),
    "deep run": ("run.json", lambda path: path.write_text('{"a":' * 100_000), "run.json"),
    "large number": ("run.json", lambda path: path.write_text(f'{{"n_rows": {"9" * 100_000}}}'), "run.json"),
    "unknown key": (
        "study.json",
        lambda path: path.write_text(json.dumps({**json.loads(path.read_text()), "__class__": 1})),
        "__class__",
    ),
    "name that climbs": (
        "study.json",
        lambda path: path.write_text(json.dumps({**json.loads(path.read_text()), "study": "../../evil"})),
        "study",
    ),
    "no table": ("matched.parquet", lambda path: path.write_bytes(b"PAR1" * 3), "matched.parquet"),
    "code as a number": ("estimates.csv", lambda path: cell(path.name, "value")(path.parent), "not a number"),
    "cell of a megabyte": (
        "estimates.csv",
        lambda path: path.write_text(path.read_text() + "x" * 10**6 + ",,,,,,,\n"),
        "field larger",
    ),
}


@pytest.mark.parametrize("command", ["report", "crosscheck"])
@pytest.mark.parametrize("name", REFUSED)
def test_spoilt_run_folders_are_refused(name: str, command: str, out: Path, invoke) -> None:
    file, spoil, word = REFUSED[name]
    spoil(out / file)
    code, stdout, stderr = invoke(command, out)
    assert (code, stdout) == (2, "")
    assert file in stderr
    assert word in stderr
    assert len(stderr) < 3_000


def test_a_table_of_a_run_may_be_a_bomb(out: Path, invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    schema = parquet.read_schema(out / "scores.parquet")
    rows = pd.read_parquet(out / "scores.parquet").head(1).loc[[0] * 1_000_000]
    parquet.write_table(pa.Table.from_pandas(rows, schema, preserve_index=False), out / "scores.parquet")
    monkeypatch.setattr(sizes, "free_memory", lambda: 10**7)
    code, _, stderr = invoke("report", out)
    assert code == 2
    assert "scores.parquet: 1,000,000 rows" in stderr


def test_links_in_a_run_folder_are_replaced_not_followed(out: Path, folder: Path, invoke) -> None:
    precious = folder / "out" / ".." / "thesis.txt"
    precious.write_text("years of work")
    (out / "report.html").unlink()
    (out / "report.html").symlink_to(precious)
    assert invoke("report", out)[0] == 0
    assert precious.read_text() == "years of work"
    assert not (out / "report.html").is_symlink()
