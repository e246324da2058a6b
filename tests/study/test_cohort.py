"""The cohort: types, levels, flow, ids and missing values of the analysis frame."""

from pathlib import Path

import pandas as pd
import pytest

from erm_bridge.errors import InputError
from erm_bridge.study.cohort import Cohort, make_cohort
from erm_bridge.study.models import Study
from erm_bridge.study.reader import read_study

STUDY = """
study: small
data: {source: small.csv}
id: person
variables:
  area: {type: category, levels: ["001", "01", 2], reference: "01"}
derive:
  old: age >= 70
cohort:
  - {name: adults, keep: age >= 18}
outcome: score
difference: {by: [area, rooms, town]}
regression: {keep: [helped], candidates: [old]}
matching:
  treatment: {column: helped, treated: "yes"}
  covariates: [age]
"""
ROWS = [
    "person,age,area,town,rooms,score,helped,unused",
    "900719925474099301,71,001,Ålesund,1,1.5,yes,x",
    "900719925474099302,17,01,b,1,2.5,no,",
    "900719925474099303,65,01,b,2.5,NA,no,x",
    "900719925474099304,,2,b,1,2.5,no,x",
    "900719925474099305,70,2,b,2.5,0.1,yes,x",
    "900719925474099306,44,01,None,1,1e-3,no,x",
    "900719925474099307,43,2,a,1,-7,no,x",
    "900719925474099308,42,2,a,2.5,-7,no,x",
    "900719925474099309,41,001,b,2.5,-7,yes,x",
]


def cohort_of(folder: Path, rows: list[str] = ROWS, study: str = STUDY) -> Cohort:
    (folder / "small.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "study.yml").write_text(study, encoding="utf-8")

    def no_dataset(package: str, name: str) -> pd.DataFrame:
        raise AssertionError("no data set of R is needed here")

    return make_cohort(read_study(folder / "study.yml"), no_dataset)


def test_flow_counts_every_row(tmp_path: Path) -> None:
    flow = cohort_of(tmp_path).flow
    assert flow[["step", "n_in", "n_out", "removed"]].to_numpy().tolist() == [
        ["read", 9, 9, 0],
        ["adults", 9, 7, 2],
        ["complete cases", 7, 6, 1],
    ]


def test_types_levels_and_ids(tmp_path: Path) -> None:
    cohort = cohort_of(tmp_path)
    frame, variables = cohort.frame, cohort.study.variables
    assert frame.index.tolist() == [900719925474099300 + k for k in (1, 5, 6, 7, 8, 9)]
    assert frame["helped"].tolist() == [1, 1, 0, 0, 0, 1]
    assert frame["old"].tolist() == [1, 1, 0, 0, 0, 0]
    assert variables["area"].levels == ("001", "01", "2")
    assert variables["area"].reference == "01"
    assert variables["town"].levels == ("None", "a", "b", "Ålesund")
    assert variables["rooms"].levels == ("1", "2.5")
    assert variables["helped"].levels == ("0", "1")
    assert variables["score"].levels is None
    assert "unused" not in cohort.source.columns


def test_the_study_as_json_reads_back(tmp_path: Path) -> None:
    study = cohort_of(tmp_path).study
    assert Study.model_validate_json(study.to_json()) == study


def test_levels_without_a_row_are_left_out_and_a_lost_reference_is_refused(tmp_path: Path) -> None:
    rows = [row for row in ROWS if ",001," not in row] + ["1,50,01,b,1,3,yes,x"]
    assert cohort_of(tmp_path, rows).study.variables["area"].levels == ("01", "2")
    rows = [row for row in ROWS if ",01," not in row]
    with pytest.raises(InputError, match="reference level '01'"):
        cohort_of(tmp_path, rows)


def test_rows_keep_the_order_of_the_file(tmp_path: Path) -> None:
    turned = cohort_of(tmp_path, [ROWS[0], *ROWS[:0:-1]]).frame
    assert turned.index.tolist() == cohort_of(tmp_path).frame.index.tolist()[::-1]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("id: person", "id: town", "'b' occurs twice"),
        ("outcome: score", "outcome: town", "row 1 holds 'Ålesund' where a number should be"),
        ("age >= 18", "age", "must be true or false"),
        ('"001", "01", 2]', '"01", 2]', "row 1 holds '001'; the levels are 01, 2"),
        ('treated: "yes"', "treated: 1", "no row has the value 1"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, old: str, new: str, reason: str) -> None:
    assert old in STUDY
    with pytest.raises(InputError, match=reason):
        cohort_of(tmp_path, study=STUDY.replace(old, new))
