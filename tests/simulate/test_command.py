"""`erm-bridge simulate`: what is written, what is said, what is refused."""

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from erm_bridge.cli import main
from erm_bridge.simulate import read_metadata, simulate


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["simulate", *map(str, arguments)])
    assert isinstance(result.exception, SystemExit | None)
    return result.exit_code, result.stdout, result.stderr


def test_a_survey_is_written_and_its_truth_said(tmp_path: Path) -> None:
    path = tmp_path / "survey.parquet"
    code, stdout, _ = run("cmds2017", "--out", path, "--rows", 20_000, "--seed", 3, "--effect", 2.5)
    wanted = simulate(20_000, seed=3, effect=2.5)
    realised = f"{wanted.metadata['effect']['realised']:.2f} index points"
    assert (code, stdout) == (0, f"{path}: 20,000 simulated rows, seed 3; true effect in them: {realised}\n")
    pd.testing.assert_frame_equal(pd.read_parquet(path), wanted.frame, check_dtype=False)
    assert read_metadata(path) == wanted.metadata


def test_defaults_are_those_of_the_survey(tmp_path: Path) -> None:
    assert run("cmds2017", "--out", tmp_path / "survey.csv")[0] == 0
    assert read_metadata(tmp_path / "survey.csv") == simulate().metadata


def test_few_rows_have_no_true_effect(tmp_path: Path) -> None:
    code, stdout, _ = run("cmds2017", "--out", tmp_path / "few.dta", "--rows", 10)
    assert code == 0
    assert "10 simulated rows" in stdout
    assert "not defined for so few rows" in stdout


@pytest.mark.parametrize("exists", ["a.csv", "a.csv.meta.json"])
def test_a_file_is_replaced_only_when_told(tmp_path: Path, exists: str) -> None:
    (tmp_path / exists).write_text("mine")
    code, stdout, stderr = run("cmds2017", "--out", tmp_path / "a.csv", "--rows", 50)
    assert (code, stdout) == (2, "")
    assert f"{exists}: exists already" in stderr
    assert "--overwrite" in stderr
    assert (tmp_path / exists).read_text() == "mine"
    assert run("cmds2017", "--out", tmp_path / "a.csv", "--rows", 50, "--overwrite")[0] == 0
    assert read_metadata(tmp_path / "a.csv") == simulate(50).metadata


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["cmds2018", "--out", "a.csv"], "no survey 'cmds2018' to simulate; choose from: cmds2017"),
        (["cmds2017"], "Missing option '--out'"),
        (["cmds2017", "--out", "a.xlsx"], "written as .csv, .parquet, .dta; found .xlsx"),
        (["cmds2017", "--out", "nowhere/a.csv"], "no folder nowhere"),
        (["cmds2017", "--out", "a.csv", "--rows", "0"], "rows must be a whole number from 1, found 0"),
        (
            ["cmds2017", "--out", "a.csv", "--rows", "999999999999"],
            "rows must be at most 10,000,000, found 999,",
        ),
        (["cmds2017", "--out", "a.csv", "--seed", "-1"], "seed must be a whole number from 0"),
        (["cmds2017", "--out", "a.csv", "--effect", "99"], "effect must be a number from -15 to 15"),
        (["cmds2017", "--out", "folder.csv", "--overwrite", "--rows", "9"], "folder.csv: cannot be written"),
    ],
)
def test_mistakes_exit_with_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], named: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.csv").mkdir()
    code, stdout, stderr = run(*arguments)
    assert (code, stdout) == (2, "")
    assert named in stderr
    assert [path.name for path in tmp_path.iterdir()] == ["folder.csv"]
