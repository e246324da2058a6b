"""One survey in every format: the same analysis frame, the same estimates, its mark and its labels."""

from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import erm_bridge as eb
from erm_bridge.pipeline import Run
from erm_bridge.report import build, markdown
from erm_bridge.simulate import SimulatedSurvey, simulate, write
from erm_bridge.study.sources import READERS, Wanted

STUDY = """
study: survey
data: {source: simulate:cmds2017, rows: 20000}
id: newID
variables:
  school: {codes: {1: none, 2: primary, 3: more, 4: more, 5: more, 6: more, 7: more}}
  q101l1: {type: category}
derive:
  age: 2017 - q101c1y
  host: (Q504A1 == 1 and Q504A2 == 1) or (Q504B1 == 1 and Q504B2 == 1)
  school: q101e1
  sex: q101b1
cohort:
  - {name: aged 60 and over, keep: age >= 60}
  - {name: not on business, keep: C1 != '天津市' and q101n1 != 2}
index:
  items: [Q503A, Q503B, Q503C, Q503D, Q503E, Q503F, Q503G, Q503H]
  reverse: [Q503E, Q503F, Q503G]
  factors: 2
difference: {by: [sex, q101l1, school]}
regression: {candidates: [school, q101l1]}
matching:
  treatment: {column: host}
  covariates: [age, sex, Q105]
  replace: true
effect: {}
"""
FORMATS = ("csv", "parquet", "dta", "sav", "zsav")


def write_spss(survey: SimulatedSurvey, path: Path) -> None:
    numbers = {n: "float64" for n in survey.frame if pd.api.types.is_numeric_dtype(survey.frame[n])}
    pyreadstat.write_sav(
        survey.frame.astype(numbers),
        path,
        variable_value_labels=survey.labels,
        row_compress=path.suffix == ".sav",
        compress=path.suffix == ".zsav",
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("formats")
    (folder / "study.yml").write_text(STUDY, encoding="utf-8")
    survey = simulate(20_000)
    for ending in ("csv", "parquet", "dta"):
        write(survey, folder / f"survey.{ending}")
    for ending in ("sav", "zsav"):
        write_spss(survey, folder / f"survey.{ending}")
    return folder


@pytest.fixture(scope="module")
def direct(folder: Path) -> Run:
    return eb.run(folder, engines=["python"])


@pytest.mark.parametrize("ending", FORMATS)
def test_every_format_gives_the_same_numbers(folder: Path, direct: Run, ending: str) -> None:
    run = eb.run(folder, data=folder / f"survey.{ending}", engines=["python"])
    pd.testing.assert_frame_equal(run.cohort.frame, direct.cohort.frame, check_exact=True)
    assert run.estimates.equals(direct.estimates)
    assert run.cohort.flow["n_out"].equals(direct.cohort.flow["n_out"])
    columns = run.cohort.source.columns
    assert [*map(str, columns)] == [*map(str, direct.cohort.source.columns)]
    assert {str(t) for t in columns.dtypes} == {"float64", "object"}


@pytest.mark.parametrize("ending", FORMATS)
def test_a_simulated_survey_keeps_its_mark(folder: Path, direct: Run, ending: str) -> None:
    found = eb.run(folder, data=folder / f"survey.{ending}", engines=["python"]).cohort.source.simulated
    unknown = ending in ("sav", "zsav")
    assert found == ({"name": "unknown survey"} if unknown else direct.cohort.source.simulated)


@pytest.mark.parametrize("ending", ["parquet", "dta", "sav", "zsav"])
def test_labels_reach_study_and_report(folder: Path, direct: Run, ending: str) -> None:
    run = eb.run(folder, data=folder / f"survey.{ending}", engines=["python"])
    assert run.study.variables == direct.study.variables
    assert run.study.variables["sex"].labels == {"1": "male", "2": "female"}
    assert run.study.variables["school"].labels is None
    assert run.study.variables["Q105"].labels is None
    text = markdown.render(build(run.study, {}, run.estimates, run.crosscheck, run.cohort.flow))
    assert "| sex | 2 (female) |" in text
    assert "| host | 1 (treated) |" in text
    assert "q101l1[2] (between prefectures)" in text
    assert set(run.cohort.source.labels) <= set(run.cohort.source.columns)


def test_labels_of_the_study_stand_over_those_of_the_file(folder: Path) -> None:
    settings = {"variables.sex": {"labels": {1: "man"}}, "variables.host": {"labels": {"1": "here"}}}
    run = eb.run(folder, data=folder / "survey.dta", engines=["python"], settings=settings)
    assert run.study.variables["sex"].labels == {"1": "man", "2": "female"}
    assert run.study.variables["host"].labels == {"1": "here"}


def test_labels_follow_the_treatment(folder: Path) -> None:
    settings = {"matching.treatment": {"column": "sex", "treated": 2}, "matching.covariates": ["age"]}
    run = eb.run(folder, data=folder / "survey.dta", engines=["python"], settings=settings)
    assert run.study.variables["sex"].labels == {"1": "female", "0": "male"}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.none() | st.floats(-1e300, 1e300) | st.integers(-99, 99), min_size=1))
def test_every_format_gives_the_same_doubles(tmp_path: Path, values: list[float | None]) -> None:
    frame = pd.DataFrame({"x": pd.Series(values, dtype="float64"), "row": range(len(values))})
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_parquet(tmp_path / "a.parquet")
    frame.to_stata(tmp_path / "a.dta", write_index=False, version=118)
    pyreadstat.write_sav(frame, tmp_path / "a.sav")
    for suffix in (".csv", ".parquet", ".dta", ".sav"):
        found = READERS[suffix](tmp_path / f"a{suffix}", Wanted({"x": "difference.by"}, {})).columns
        pd.testing.assert_series_equal(found["x"], frame["x"], check_exact=True)
