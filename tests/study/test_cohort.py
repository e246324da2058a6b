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
    "900719925474099310,40,01,Ålesund,1,3,no,x",
    "900719925474099311,39,01,None,1,2,yes,x",
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
        ["read", 11, 11, 0],
        ["adults", 11, 9, 2],
        ["complete cases", 9, 8, 1],
    ]


def test_types_levels_and_ids(tmp_path: Path) -> None:
    cohort = cohort_of(tmp_path)
    frame, variables = cohort.frame, cohort.study.variables
    assert frame.index.tolist() == [900719925474099300 + k for k in (1, 5, 6, 7, 8, 9, 10, 11)]
    assert frame["helped"].tolist() == [1, 1, 0, 0, 0, 1, 0, 1]
    assert frame["old"].tolist() == [1, 1, 0, 0, 0, 0, 0, 0]
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
    rows = [row.replace(",001,", ",01,") for row in ROWS]
    assert cohort_of(tmp_path, rows).study.variables["area"].levels == ("01", "2")
    rows = [row.replace(",01,", ",001,") for row in ROWS]
    with pytest.raises(InputError, match="reference level '01'"):
        cohort_of(tmp_path, rows)


def test_rows_keep_the_order_of_the_file(tmp_path: Path) -> None:
    turned = cohort_of(tmp_path, [ROWS[0], *ROWS[:0:-1]]).frame
    assert turned.index.tolist() == cohort_of(tmp_path).frame.index.tolist()[::-1]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("id: person", "id: town", "'Ålesund' occurs twice"),
        ("outcome: score", "outcome: unused", "row 1 holds 'x' where a number should be"),
        ("age >= 18", "age", "must be true or false"),
        ('"001", "01", 2]', '"01", 2]', "row 1 holds '001'; the levels are 01, 2"),
        ('treated: "yes"', "treated: 1", "no row has the value 1"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, old: str, new: str, reason: str) -> None:
    assert old in STUDY
    with pytest.raises(InputError, match=reason):
        cohort_of(tmp_path, study=STUDY.replace(old, new))


SIMPLE = """
study: small
data: {source: small.csv}
outcome: score
regression: {keep: [age]}
"""


def rows_of(**columns: list[object]) -> list[str]:
    names = ",".join(columns)
    return [names, *(",".join(map(str, row)) for row in zip(*columns.values(), strict=True))]


SCORES: list[object] = [1, 3, 2, 5]


@pytest.mark.parametrize("typo", ["37 years", "nan", "NaN", "  ", "TRUE"])
def test_a_typing_error_does_not_make_a_category_of_a_number(tmp_path: Path, typo: str) -> None:
    rows = rows_of(age=[20, typo, 25, 22], score=SCORES)
    reason = (
        rf"column 'age' \(regression.keep\): row 2 holds '{typo}', row 1 the number 20; correct the value"
    )
    with pytest.raises(InputError, match=reason):
        cohort_of(tmp_path, rows, SIMPLE)


def test_a_declared_category_may_hold_numbers_and_text(tmp_path: Path) -> None:
    rows = rows_of(age=[20, "3 years", 20, "3 years"], score=SCORES)
    study = cohort_of(tmp_path, rows, SIMPLE + "variables: {age: {type: category}}").study
    assert study.variables["age"].levels == ("20", "3 years")


def test_a_declared_number_may_be_cleared_of_text_by_a_rule(tmp_path: Path) -> None:
    rows = rows_of(age=[20, 21, "refused", 25, 22], score=[*SCORES, 2])
    lines = "variables: {age: {type: number}}\n"
    with pytest.raises(InputError, match="row 3 holds 'refused' where a number should be"):
        cohort_of(tmp_path, rows, SIMPLE + lines)
    lines += "cohort: [{name: answered, keep: age != 'refused'}]"
    assert cohort_of(tmp_path, rows, SIMPLE + lines).frame["age"].tolist() == [20, 21, 25, 22]


def test_the_text_nan_is_no_number(tmp_path: Path) -> None:
    rows = rows_of(age=[20, 21, 25, 22], score=[1, "nan", 2, 3])
    with pytest.raises(InputError, match=r"'score'.* row 2 holds 'nan' where a number should be"):
        cohort_of(tmp_path, rows, SIMPLE)


@pytest.mark.parametrize("words", [("TRUE", "FALSE"), ("true", "false"), ("True", "False")])
@pytest.mark.parametrize("treated", ["true", "1", "'TRUE'", "1.0"])
def test_true_and_false_are_numbers(tmp_path: Path, words: tuple[str, str], treated: str) -> None:
    yes, no = words
    rows = rows_of(score=SCORES, age=[1, 2, 2, 1], helped=[yes, no, no, yes], smokes=[no, yes, no, yes])
    study = SIMPLE + (
        f"matching: {{treatment: {{column: helped, treated: {treated}}}, covariates: [age, smokes]}}"
    )
    cohort = cohort_of(tmp_path, rows, study)
    assert cohort.frame["helped"].tolist() == [1, 0, 0, 1]
    assert cohort.frame["smokes"].tolist() == [0, 1, 0, 1]
    declared = study + "\nvariables: {helped: {type: category}, smokes: {type: category}}"
    cohort = cohort_of(tmp_path, rows, declared)
    assert cohort.frame["helped"].tolist() == [1, 0, 0, 1]
    assert cohort.study.variables["smokes"].levels == tuple(sorted(words))


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("derive: {age: age * 2}", "derive.age: .*has a column 'age' already; .*a name of its own"),
        ("derive: {score: age * 2}", "derive.score: .*has a column 'score' already"),
        (
            "variables: {agee: {type: number}}",
            "study.yml: variables.agee: no column 'agee'.*did you mean 'age'",
        ),
    ],
)
def test_names_that_do_not_fit_the_data_are_refused(tmp_path: Path, lines: str, reason: str) -> None:
    rows = rows_of(age=[20, 21, 25, 22], score=SCORES)
    with pytest.raises(InputError, match=reason):
        cohort_of(tmp_path, rows, SIMPLE + lines)


def test_variables_may_name_unused_and_derived_columns(tmp_path: Path) -> None:
    rows = rows_of(age=[20, 21, 25, 22], score=SCORES, town=[1, 2, 3, 4])
    lines = "derive: {old: age > 21}\nvariables: {town: {type: category}, old: {type: number}}"
    assert list(cohort_of(tmp_path, rows, SIMPLE + lines).frame) == ["score", "age"]


@pytest.mark.parametrize(("separator", "shown"), [(";", "';'"), ("\t", "tabs")])
def test_another_separator_is_named(tmp_path: Path, separator: str, shown: str) -> None:
    rows = [row.replace(",", separator) for row in rows_of(age=[20, 21, 25, 22], score=SCORES)]
    with pytest.raises(InputError, match=f"small.csv: .*separated by {shown}; save the file with commas"):
        cohort_of(tmp_path, rows, SIMPLE)


@pytest.mark.parametrize(
    ("columns", "lines", "reason"),
    [
        ({"score": [2, 2, 2, 2]}, "", r"'score' \(difference.outcome\) has the same value in all 4 rows"),
        (
            {"town": ["a", "a", "b", "c"]},
            "difference: {by: [town]}",
            r"'town' \(difference.by\): level 'b' has a single row; merge levels or drop",
        ),
        ({"town": [1.5, 2, 2, 2]}, "difference: {by: [town]}", "level '1.5' has a single row"),
        (
            {"town": ["a", "a", "b", "b"], "score": [1, 1, 3, 3]},
            "difference: {by: [town]}",
            "'town'.*: the outcome 'score' has the same value in all rows of each group",
        ),
        (
            {"helped": [0, 1, 0, 1], "sex": [1, 0, 0, 1]},
            "matching: {treatment: {column: helped}, covariates: [sex], ratio: 3}",
            "matching.ratio: 3 controls for each treated unit, but there are only 2",
        ),
    ],
)
def test_frames_on_which_a_stage_is_not_defined_are_refused(
    tmp_path: Path, columns: dict[str, list[object]], lines: str, reason: str
) -> None:
    rows = rows_of(**{"age": [20, 21, 25, 22], "score": SCORES, **columns})
    with pytest.raises(InputError, match=reason):
        cohort_of(tmp_path, rows, SIMPLE + lines)
