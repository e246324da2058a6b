"""What run.json and the exit code say, after the run and after a crosscheck made anew."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import erm_bridge as eb
from erm_bridge import provenance, run_folder
from erm_bridge.installed import package_versions
from erm_bridge.tabular import read_csv, write_csv
from erm_bridge.verdict import exit_code, failed

Invoke = Callable[..., tuple[int, str, str]]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_changes_and_versions_are_recorded(tmp_path: Path, alone: eb.Run) -> None:
    changes = {"set": ("matching.ratio=2",), "seed": 5, "data": None, "engine": ("python",)}
    content = run_folder.write(alone, tmp_path / "out", changes=changes)
    said = json.loads((tmp_path / "out/run.json").read_text())
    assert said == content.provenance
    assert said["changes"] == {"set": ["matching.ratio=2"], "seed": 5, "engine": ["python"]}
    assert "set matching.ratio=2" in (tmp_path / "out/report.md").read_text()
    assert set(said["versions"]["packages"]) == set(package_versions())
    assert said["versions"]["python"].startswith("3.")


def test_python_is_named_where_r_ran_alone(alone: eb.Run) -> None:
    said = provenance.describe(replace(alone, versions={"r": {"r": "4.2.2"}}))
    assert said["versions"]["python"]
    assert "python" not in said["versions"]["engines"]
    assert said["changes"] == {}


def test_the_data_that_were_read_are_named(study: Path, tmp_path: Path, invoke: Invoke) -> None:
    shutil.copy(study / "small.csv", tmp_path / "other.csv")
    out, data = tmp_path / "out", tmp_path / "other.csv"
    code, stdout, _ = invoke("run", study, "--engine", "python", "--data", data, "--out", out)
    assert code == 0
    assert "other.csv, 40 rows" in stdout
    assert f"**data**: {data}, 40 rows" in (out / "report.md").read_text(encoding="utf-8").replace("\\", "")
    assert f"<p>{data}; 40 rows" in (out / "report.html").read_text(encoding="utf-8")
    assert "other.csv" in json.loads(invoke("crosscheck", out, "--json")[1])["data"]


def test_a_crosscheck_made_anew_changes_run_json(out: Path, invoke: Invoke) -> None:
    before = contents(out)
    assert invoke("crosscheck", out)[0] == 0
    assert contents(out) == before
    table = read_csv(out / "estimates.csv", ("value",))
    table.loc[table["engine"] == "r", "value"] *= 1.5
    write_csv(table, out / "estimates.csv")
    code, stdout, _ = invoke("crosscheck", out)
    said = json.loads((out / "run.json").read_text())
    assert (code, said["exit_code"], said["verdict"]) == (1, 1, "differ")
    assert "Python and R differ" in stdout
    assert invoke("report", out)[0] == 1
    assert json.loads((out / "run.json").read_text()) == said
    assert [path.name for path in out.parent.iterdir()] == ["out"]
    assert not list(out.rglob("*partial*"))


def test_the_report_leaves_tables_and_run_json_alone(out: Path, invoke: Invoke) -> None:
    before = contents(out)
    for name in ("report.md", "report.html", "tables/effect.csv", "figures/love.svg", "figures/overlap.svg"):
        (out / name).write_text("spoiled")
    assert invoke("report", out)[0] == 0
    assert contents(out) == before


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ({"python": "ok"}, 0),
        ({"python": "ok", "r": "not installed: no R"}, 0),
        ({"r": "failed: it broke"}, 3),
    ],
)
def test_folders_of_one_engine_can_be_read(
    tmp_path: Path, alone: eb.Run, status: dict[str, str], code: int, invoke: Invoke
) -> None:
    run = replace(alone, status={"python": "ok", **status})
    assert run.exit_code == run_folder.write(run, tmp_path / "out").exit_code == code
    for command in ("crosscheck", "report"):
        assert invoke(command, tmp_path / "out")[0] == code
    content = run_folder.read(tmp_path / "out")
    assert content.report.exit_code == content.provenance["exit_code"] == code


def test_exit_codes() -> None:
    assert [exit_code(v, {"r": "ok"}) for v in ("agree", "explained", "not crosschecked")] == [0, 0, 0]
    assert [exit_code(v, {"r": "ok"}) for v in ("differ", "missing", "undefined")] == [1, 1, 1]
    assert exit_code("differ", {"python": "ok", "r": "failed: x"}) == 3
    assert not failed("not installed: no R")
    assert failed("failed: R is not installed")
