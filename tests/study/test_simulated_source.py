"""`simulate:cmds2017` as a data source: read like a file, marked in run.json and report."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import erm_bridge as eb
from erm_bridge import run_folder
from erm_bridge.cli import main
from erm_bridge.errors import InputError
from erm_bridge.simulate import simulate, write

STUDY = """
study: simulated
data: {source: simulate:cmds2017, rows: 20000}
id: newID
derive:
  age: 2017 - q101c1y
  host: (Q504A1 == 1 and Q504A2 == 1) or (Q504B1 == 1 and Q504B2 == 1)
  female: q101b1 == 2
cohort:
  - {name: aged 60 and over, keep: age >= 60}
index:
  items: [Q503A, Q503B, Q503C, Q503D, Q503E, Q503F, Q503G, Q503H]
  reverse: [Q503E, Q503F, Q503G]
  factors: 2
matching:
  treatment: {column: host}
  covariates: [age, female]
  replace: true
effect: {}
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    (tmp_path / "study.yml").write_text(STUDY)
    return tmp_path


def test_a_study_runs_on_a_simulated_survey_and_says_so(study: Path) -> None:
    out = study / "out"
    result = CliRunner().invoke(main, ["run", str(study), "--engine", "python", "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "Simulated data (cmds2017" in result.stdout
    content = run_folder.read(out)
    assert content.provenance["data"]["rows"] == 20_000
    assert content.provenance["data"]["simulated"]["name"] == "cmds2017"
    for report in ("report.md", "report.html"):
        assert "Simulated data" in (out / report).read_text(encoding="utf-8")
    asked = CliRunner().invoke(
        main, ["run", str(study), "--engine", "python", "--out", str(out), "--overwrite", "--json"]
    )
    assert "nobody was asked" in json.loads(asked.stdout)["simulated"]


def test_the_file_of_a_survey_gives_the_same_numbers_and_keeps_its_mark(study: Path, tmp_path: Path) -> None:
    path = write(simulate(20_000), tmp_path / "survey.csv")
    direct = eb.run(study, engines=["python"])
    read = eb.run(study, data=path, engines=["python"])
    assert direct.estimates.equals(read.estimates)
    assert read.cohort.source.simulated == direct.cohort.source.simulated
    path.with_name(path.name + ".meta.json").unlink()
    assert eb.run(study, data=path, engines=["python"]).cohort.source.simulated == {"name": "unknown survey"}


def test_seed_and_rows_reach_the_simulation(study: Path) -> None:
    run = eb.run(study, engines=["python"], seed=7, settings={"data.rows": 30_000})
    assert run.cohort.source.simulated is not None
    assert run.cohort.source.simulated["seed"] == 7
    assert len(run.cohort.source.columns) == 30_000


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"data.source": "simulate:nothing"}, "no survey 'nothing' to simulate; choose from: cmds2017"),
        ({"data.rows": 0}, "data.rows: must be at least 1"),
        ({"data.source": "survey.csv"}, "rows: only a simulated survey"),
        ({"seed": -1}, "seed: must be at least 0"),
    ],
)
def test_what_cannot_be_simulated_is_named(study: Path, settings: dict[str, object], named: str) -> None:
    with pytest.raises(InputError, match=named):
        eb.run(study, engines=["python"], settings=settings)
