"""Every mistake of a user ends with exit code 2 and one message that names file and key, column or row."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from click.testing import CliRunner

from erm_bridge.cli import main

STUDY = """
study: small
data:
  source: small.csv
id: person
variables:
  town: {type: category, levels: [north, south]}
index:
  items: [i1, i2, i3, i4]
  factors: 1
difference:
  by: [town]
regression:
  keep: [treat]
  candidates: [age, town]
matching:
  treatment: {column: treat, treated: 1}
  covariates: [age, town]
effect: {}
"""


def small_data(n: int = 60) -> pd.DataFrame:
    random = np.random.default_rng(5)
    common = random.normal(size=n)
    items = {f"i{j}": np.round(common + random.normal(size=n), 2) for j in range(1, 5)}
    return pd.DataFrame(
        {
            "person": range(1, n + 1),
            **items,
            "treat": random.permutation(np.arange(n) % 3 == 0).astype(int),
            "age": random.integers(60, 80, n),
            "town": random.choice(["north", "south"], n),
        }
    )


def run_cli(
    folder: Path, study: str = STUDY, *arguments: str, engines: tuple[str, ...] = ("python",)
) -> tuple[int, str, str]:
    named = [word for engine in engines for word in ("--engine", engine)]
    (folder / "study.yml").write_text(study, encoding="utf-8")
    out = folder / "out"
    new = not out.exists()
    result = CliRunner().invoke(main, ["run", str(folder), *named, "--out", str(out), *arguments])
    assert isinstance(result.exception, SystemExit | None)
    assert out.exists() == (result.exit_code == 0) or not new
    assert not list(folder.glob("*.partial*"))
    return result.exit_code, result.stdout, result.stderr


def with_value(column: str, row: int, value: object) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def change(data: pd.DataFrame) -> pd.DataFrame:
        data = data.astype({column: object})
        data.loc[row, column] = value
        return data

    return change


def test_the_unspoiled_study_runs(tmp_path: Path) -> None:
    small_data().to_csv(tmp_path / "small.csv", index=False)
    code, stdout, _ = run_cli(tmp_path)
    assert code == 0
    assert "Not crosschecked" in stdout
    assert len(stdout.splitlines()) <= 25


WRONG_DATA = [
    pytest.param(
        with_value("treat", 7, 2), ["treat", "matching.treatment", "0, 1, 2"], id="three treatments"
    ),
    pytest.param(lambda d: d.assign(treat=1), ["treat", "exactly two values"], id="one treatment"),
    pytest.param(lambda d: d.assign(i2=3), ["i2", "index.items", "same value"], id="constant item"),
    pytest.param(lambda d: d.assign(i2=None), ["i2", "index.items", "no value"], id="all-missing item"),
    pytest.param(lambda d: d.head(4), ["4 complete rows", "4 items"], id="fewer rows than items"),
    pytest.param(lambda d: d.assign(i4=d["i1"]), ["i4", "linear combination"], id="repeated item"),
    pytest.param(lambda d: d.assign(age=d["age"] + 50 * d["treat"]), ["'age'", "separat"], id="separation"),
    pytest.param(with_value("i3", 11, "often"), ["i3", "row 12", "'often'"], id="text among numbers"),
    pytest.param(with_value("person", 11, 3), ["person", "3", "rows 3, 12"], id="duplicate id"),
    pytest.param(with_value("person", 11, None), ["person", "row 12", "empty"], id="empty id"),
    pytest.param(with_value("town", 4, "east"), ["town", "row 5", "'east'", "north, south"], id="stranger"),
    pytest.param(lambda d: d.assign(town="north"), ["town", "same value"], id="one level"),
    pytest.param(lambda d: d.rename(columns={"age": "Age"}), ["'age'", "did you mean 'Age'"], id="column"),
    pytest.param(lambda d: d.head(0), ["no rows"], id="header alone"),
    pytest.param(with_value("i1", 3, "inf"), ["i1", "row 4", "infinite"], id="infinite"),
    pytest.param(with_value("age", 3, "65 years"), ["age", "row 4", "'65 years'", "type"], id="typing error"),
    pytest.param(
        lambda d: d.assign(town=["north", *["south"] * (len(d) - 1)]),
        ["town", "difference.by", "'north' has a single row", "merge levels"],
        id="lone group",
    ),
]
# Most are found before an engine computes; separation is found by the engines themselves.
WITH_BOTH = ("three treatments", "constant item", "repeated item", "separation", "lone group", "stranger")


@pytest.mark.parametrize(("spoil", "named"), WRONG_DATA)
def test_wrong_data_are_named(
    tmp_path: Path, spoil: Callable[[pd.DataFrame], pd.DataFrame], named: list[str]
) -> None:
    check_refused(tmp_path, spoil, named, engines=("python",))


@pytest.mark.r
@pytest.mark.parametrize(("spoil", "named"), [case for case in WRONG_DATA if case.id in WITH_BOTH])
def test_wrong_data_are_named_with_both_engines(
    tmp_path: Path, spoil: Callable[[pd.DataFrame], pd.DataFrame], named: list[str]
) -> None:
    check_refused(tmp_path, spoil, named, engines=("python", "r"))


@pytest.mark.r
def test_r_alone_names_separation(tmp_path: Path) -> None:
    (case,) = (case for case in WRONG_DATA if case.id == "separation")
    # R's messages have other quotation marks.
    check_refused(tmp_path, case.values[0], ['"age"', "separat"], engines=("r",))  # type: ignore[arg-type]


def check_refused(
    folder: Path,
    spoil: Callable[[pd.DataFrame], pd.DataFrame],
    named: list[str],
    engines: tuple[str, ...],
) -> None:
    spoil(small_data()).to_csv(folder / "small.csv", index=False)
    code, stdout, stderr = run_cli(folder, engines=engines)
    assert code == 2
    assert stdout == ""
    assert "small.csv" in stderr or "study.yml" in stderr
    for word in named:
        assert word in stderr


@pytest.mark.parametrize(
    ("content", "named"),
    [
        pytest.param(None, "no such data file", id="missing"),
        pytest.param(b"", "the file is empty", id="empty"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\x00\xff\xfe", "not a CSV file", id="picture"),
        pytest.param(b"\n\n", "no column names", id="blank lines"),
        pytest.param(b"person,i1,i1\n1,2,3\n", "column 'i1' occurs 2 times", id="repeated column"),
        pytest.param(b"just some words\nand more\n", "no column 'i1'", id="prose"),
        pytest.param(
            b"person,i1,i2,i3,i4,treat,age,town\n1,2,3\n", "Expected 8 columns, got 3", id="short row"
        ),
    ],
)
def test_what_is_not_a_table_is_named(tmp_path: Path, content: bytes | None, named: str) -> None:
    if content is not None:
        (tmp_path / "small.csv").write_bytes(content)
    code, _, stderr = run_cli(tmp_path)
    assert code == 2
    assert "small.csv" in stderr
    assert named in stderr


@pytest.mark.parametrize("file", ["small.parquet", "small.dta", "small.sav"])
def test_a_column_of_dates_is_named_in_every_format(tmp_path: Path, file: str) -> None:
    write = {
        "small.parquet": lambda data, path: data.to_parquet(path),
        "small.dta": lambda data, path: data.to_stata(path, write_index=False),
        "small.sav": pyreadstat.write_sav,
    }[file]
    data = small_data()
    study = STUDY.replace("small.csv", file)
    write(data, tmp_path / file)
    assert run_cli(tmp_path, study)[0] == 0
    write(data.assign(age=pd.Timestamp("1950-05-01")), tmp_path / file)
    code, stdout, stderr = run_cli(tmp_path, study, "--overwrite")
    assert (code, stdout) == (2, "")
    for word in (file, "'age' (matching.covariates)", "year"):
        assert word in stderr


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("  factors: 1", "  factor: 1", ["study.yml:10", "index.factor", "did you mean 'factors'"]),
        ("  factors: 1", "  factors: one", ["study.yml:10", "index.factors", "whole number", '"one"']),
        ("  factors: 1", "  factors: 1\n  extraction: mle", ["index.extraction", '"mle"', "'minres'"]),
        ("  factors: 1", "  factors: 1\n  rotation: turn", ["index.rotation", '"turn"', "'varimax'"]),
        ("effect: {}", "effect: {std_error: [jackknife]}", ["effect.std_error", '"jackknife"', "'psmatch2'"]),
        (
            "  town: {type: category, levels: [north, south]}",
            "  town: {codes: {north: 1, nort: 2}}",
            ["small.csv", "'town'", "'south'", "the codes are north, nort"],
        ),
        ("levels: [north, south]}", "labels: [north]}", ["study.yml:7", "variables.town.labels", "mapping"]),
        ("  source: small.csv", "  source: small.csv\n  encoding: utf9", ["data.encoding", "'utf9'"]),
        ("effect: {}", "effect: {}\nnotes: one", ["notes", "a list"]),
        ("effect: {}", "effect: {}\nweights: w", ["weights", "unknown key"]),
        ("effect: {}", "effect: {}\nstudy: twice", ["study.yml:20", "duplicate key"]),
        (
            "  keep: [treat]",
            "  keep: [treat]\n  weights: w",
            ["study.yml:15", "regression.weights", "unknown key", "selection"],
        ),
        (
            "  keep: [treat]",
            "  keep: [treat]\n  selection: {rule: aic}",
            ["study.yml:15", "regression.selection.rule", '"aic"', "'p'"],
        ),
        (
            "  keep: [treat]",
            "  keep: [treat]\n  selection: {rule: p, enter: 0.1}",
            ["study.yml:15", "regression.selection", "enter: 0.1 must be smaller than remove (0.1)"],
        ),
        (
            "  keep: [treat]",
            "  keep: [treat]\n  selection: {rule: p, remove: 1}",
            ["study.yml:15", "regression.selection.remove", "between 0 and 1", "1.0"],
        ),
        (
            "  keep: [treat]\n  candidates: [age, town]",
            "  keep: [treat]\n  selection: {rule: p}",
            ["study.yml:13", "regression", "selection", "no candidates"],
        ),
        (
            "  keep: [treat]",
            "  keep: [treat]\n  std_error: [HC0]",
            ["study.yml:15", "regression.std_error", '"HC0"', "'classical'", "'HC3'"],
        ),
        (
            "  keep: [treat]",
            "  keep: [treat]\n  std_error: [HC3, HC3]",
            ["study.yml:13", "std_error", "'HC3' is listed twice"],
        ),
        (
            "  keep: [treat]",
            "  keep: [treat]\n  std_error: []",
            ["study.yml:15", "regression.std_error", "a list of at least 1"],
        ),
        ("study: small", "study: ../small", ["study.yml:2", "letters, digits"]),
        ("  factors: 1", "  factors: 2", ["index: factors", "at most 1"]),
        ("effect: {}", "outcome: age", ["study.yml:15", "regression.candidates", "'age'", "outcome"]),
        ("town: {", "twon: {", ["variables.twon", "did you mean 'town'"]),
        ("small.csv", "small.dta", ["small.dta", "no such data file"]),
        ("small.csv", "simulate:nobody", ["no survey 'nobody'", "cmds2017"]),
        ("small.csv", "stata:small", ["stata:small", "not available"]),
        ("effect: {}", "derive: {old: 'open(1)'}", ["derive.old", "Call is not allowed", "open(1)"]),
        ("effect: {}", "derive: {old: agee > 70}", ["derive.old", "'agee'"]),
        ("effect: {}", "cohort: [{name: old, keep: age > 'x'}]", ["cohort, old", "text is compared"]),
        ("effect: {}", "cohort: [{name: old, keep: age > 99}]", ["no row is left", "old"]),
    ],
)
def test_wrong_studies_are_named(tmp_path: Path, old: str, new: str, named: list[str]) -> None:
    small_data().to_csv(tmp_path / "small.csv", index=False)
    assert old in STUDY
    code, _, stderr = run_cli(tmp_path, STUDY.replace(old, new))
    assert code == 2
    for word in named:
        assert word in stderr


ONE_VILLAGER = "  keep: [treat]\n  std_error: [HC3]"
PERFECT = "outcome: age\nregression:\n  candidates: [twice, treat]\n  selection: {rule: p}\n"


@pytest.mark.parametrize("engine", ["python", pytest.param("r", marks=pytest.mark.r)])
def test_hc3_is_refused_where_a_row_decides_alone(tmp_path: Path, engine: str) -> None:
    data = small_data()
    data.loc[7, "town"] = "hamlet"
    data.to_csv(tmp_path / "small.csv", index=False)
    study = STUDY.replace("[north, south]", "[north, south, hamlet]").replace("by: [town]", "by: []")
    study = study[: study.index("matching:")].replace("  keep: [treat]", ONE_VILLAGER)
    code, _, stderr = run_cli(tmp_path, study, engines=(engine,))
    assert code == 2
    for word in (
        "study.yml: regression",
        "std_error: HC3 is not defined",
        "ow 8",
        "leverage 1",
        "erge levels",
    ):
        assert word in stderr


@pytest.mark.parametrize("engine", ["python", pytest.param("r", marks=pytest.mark.r)])
def test_a_selection_that_explains_everything_is_refused(tmp_path: Path, engine: str) -> None:
    data = small_data()
    data.assign(twice=2 * data["age"] - 1).to_csv(tmp_path / "small.csv", index=False)
    study = "study: small\ndata: {source: small.csv}\n" + PERFECT
    code, _, stderr = run_cli(tmp_path, study, engines=(engine,))
    assert code == 2
    for word in ("study.yml: regression", "selection: the outcome is a linear combination of", "twice"):
        assert word in stderr


def test_command_line_mistakes_exit_with_2(tmp_path: Path) -> None:
    small_data().to_csv(tmp_path / "small.csv", index=False)
    for arguments in (
        ["--set", "ratio"],
        ["--set", "matching.ratoi=4"],
        ["--no-such-option"],
        ["--engine", "stata"],
    ):
        code, _, stderr = run_cli(tmp_path, STUDY, *arguments)
        assert code == 2, arguments
        assert stderr
    result = CliRunner().invoke(main, ["run", str(tmp_path / "nowhere")])
    assert result.exit_code == 2
    assert "nowhere" in result.stderr
    assert CliRunner().invoke(main, ["report", str(tmp_path)]).exit_code == 2


def test_an_existing_folder_is_kept_unless_told(tmp_path: Path) -> None:
    small_data().to_csv(tmp_path / "small.csv", index=False)
    assert run_cli(tmp_path)[0] == 0
    code, _, stderr = run_cli(tmp_path)
    assert code == 2
    assert "--overwrite" in stderr
    assert run_cli(tmp_path, STUDY, "--overwrite", "--set", "matching.ratio=2")[0] == 0
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("kept")
    arguments = ["run", str(tmp_path), "--engine", "python", "--overwrite", "--out", str(tmp_path / "mine")]
    assert CliRunner().invoke(main, arguments).exit_code == 2
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "kept"
