"""Files of a run folder that were spoiled are named, with row and column."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from erm_bridge.tabular import read_csv, write_csv

Invoke = Callable[..., tuple[int, str, str]]

GARBAGE = b"\x00\xff\xfePK garbage"


@pytest.mark.parametrize("command", ["crosscheck", "report"])
@pytest.mark.parametrize("content", [GARBAGE, b"", b"[1, 2]", b'{"a": NaN}', b"a,b\n1,2\n", None])
@pytest.mark.parametrize(
    "name",
    [
        *("run.json", "study.json", "estimates.csv", "crosscheck.csv", "cohort_flow.csv"),
        *("matched.parquet", "scores.parquet"),
    ],
)
def test_garbage_is_named(out: Path, name: str, content: bytes | None, command: str, invoke: Invoke) -> None:
    (out / name).write_bytes(content) if content is not None else (out / name).unlink()
    code, stdout, stderr = invoke(command, out)
    assert (code, stdout) == (2, "")
    assert name in stderr
    assert "Traceback" not in stderr


def in_csv(row: int, column: str, text: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        table = read_csv(path, ())
        table.loc[row, column] = text
        write_csv(table, path)

    return change


def in_json(**changes: object) -> Callable[[Path], None]:
    return lambda path: path.write_text(json.dumps({**json.loads(path.read_text()), **changes})) and None


def without(column: str) -> Callable[[Path], None]:
    return lambda path: write_csv(read_csv(path, ()).drop(columns=column), path)


def rows(keep: Callable[[pd.DataFrame], pd.DataFrame]) -> Callable[[Path], None]:
    return lambda path: write_csv(keep(read_csv(path, ())), path)


@pytest.mark.parametrize("command", ["crosscheck", "report"])
@pytest.mark.parametrize(
    ("name", "spoil", "named"),
    [
        ("estimates.csv", in_csv(2, "value", "abc"), ["'value'", "row 3", "'abc'"]),
        ("estimates.csv", in_csv(2, "engine", "stata"), ["'engine'", "row 3", "'stata'", "'python'"]),
        ("estimates.csv", in_csv(2, "input", "mine"), ["'input'", "row 3", "'mine'", "'own'"]),
        ("estimates.csv", in_csv(2, "stage", "last"), ["'stage'", "row 3", "'last'", "'effect'"]),
        ("estimates.csv", in_csv(2, "quantity", "luck"), ["glossary", "'luck'"]),
        ("estimates.csv", rows(lambda t: pd.concat([t, t.head(1)])), ["twice"]),
        ("estimates.csv", rows(lambda t: t[t["engine"] == "python"]), ["no rows", "'r'"]),
        ("estimates.csv", rows(lambda t: t.head(0)), ["no rows", "'python'"]),
        ("estimates.csv", without("value"), ["no column 'value'"]),
        ("crosscheck.csv", in_csv(4, "limit", "abc"), ["'limit'", "row 5", "'abc'"]),
        ("crosscheck.csv", in_csv(4, "verdict", "fine"), ["'verdict'", "row 5", "'fine'", "'agree'"]),
        ("crosscheck.csv", in_csv(4, "stage", ""), ["'stage'", "row 5", "''"]),
        ("crosscheck.csv", in_csv(4, "engine_b", "stata"), ["'engine_b'", "row 5", "'stata'"]),
        ("crosscheck.csv", without("note"), ["no column 'note'"]),
        ("cohort_flow.csv", in_csv(0, "n_in", "abc"), ["'n_in'", "row 1", "'abc'"]),
        ("cohort_flow.csv", in_csv(0, "n_out", "inf"), ["'n_out'", "row 1", "whole number"]),
        ("cohort_flow.csv", without("reason"), ["no column 'reason'"]),
        ("run.json", in_json(status="ok"), ["status"]),
        ("run.json", in_json(status={"stata": "ok"}), ["'stata'", "not an engine"]),
        ("run.json", in_json(n_rows="abc"), ["n_rows", "abc"]),
        ("run.json", in_json(seconds={"r": {"index": "long"}}), ["seconds.r.index", "long"]),
        ("study.json", in_json(matching={"treatment": 1}), ["matching.treatment"]),
    ],
)
def test_what_is_wrong_is_named(
    out: Path, name: str, spoil: Callable[[Path], None], named: list[str], command: str, invoke: Invoke
) -> None:
    spoil(out / name)
    code, stdout, stderr = invoke(command, out)
    assert (code, stdout) == (2, "")
    assert name in stderr
    for word in named:
        assert word in stderr


def test_a_report_on_an_emptied_crosscheck_is_refused(out: Path, invoke: Invoke) -> None:
    rows(lambda table: table.head(0))(out / "crosscheck.csv")
    code, _, stderr = invoke("report", out)
    assert code == 2
    assert "erm-bridge crosscheck" in stderr
    assert invoke("crosscheck", out)[0] == 0
