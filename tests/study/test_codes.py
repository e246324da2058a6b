"""Recoding: from codes in the data to named levels, and what is refused."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from erm_bridge.errors import InputError
from erm_bridge.study.cohort import Cohort, make_cohort
from erm_bridge.study.models import Study
from erm_bridge.study.reader import read_study
from erm_bridge.study.types import recode

STUDY = """
study: coded
data: {source: coded.csv}
derive: {school: edu, high: edu >= 3}
variables:
  school: {codes: {3: more, 1: none, 2: none, 4: more, 9: null}}
  edu: {type: category, codes: {1: low, 2: low, 3: high, 4: high}, levels: [high, low], reference: low}
  zone: {codes: {"01": north, "1": south}}
cohort: [{name: answered, keep: edu != 8}]
outcome: score
regression: {keep: [age, school, zone]}
"""
ROWS = [
    "edu,age,zone,score",
    "1,20,01,3",
    "2,21,1,1",
    "3,25,01,4",
    "4,22,1,1",
    "8,20,01,2",
    "1,27,1,5",
    "3,29,01,2",
]


def cohort_of(folder: Path, study: str = STUDY, rows: list[str] = ROWS) -> Cohort:
    (folder / "coded.csv").write_text("\n".join(rows) + "\n")
    (folder / "study.yml").write_text(study)

    def no_dataset(package: str, name: str) -> pd.DataFrame:
        raise AssertionError("no data set of R is needed here")

    return make_cohort(read_study(folder), no_dataset)


def test_codes_become_levels_in_order_of_first_mention(tmp_path: Path) -> None:
    cohort = cohort_of(tmp_path)
    assert cohort.frame["school"].tolist() == ["none", "none", "more", "more", "none", "more"]
    school = cohort.study.variables["school"]
    assert (school.type, school.levels, school.reference) == ("category", ("more", "none"), "more")
    assert school.codes == {"3": "more", "1": "none", "2": "none", "4": "more", "9": None}
    assert cohort.frame["zone"].tolist() == ["north", "south", "north", "south", "south", "north"]
    assert Study.model_validate_json(cohort.study.to_json()) == cohort.study


def test_levels_and_reference_order_the_codes(tmp_path: Path) -> None:
    cohort = cohort_of(tmp_path, STUDY.replace("[age, school, zone]", "[age, edu]"))
    variable = cohort.study.variables["edu"]
    assert (variable.levels, variable.reference) == (("high", "low"), "low")


def test_expressions_see_codes(tmp_path: Path) -> None:
    cohort = cohort_of(tmp_path, STUDY.replace("[age, school, zone]", "[age, high]"))
    assert cohort.frame["high"].tolist() == [0, 0, 1, 1, 0, 1]


def test_a_code_of_null_is_missing(tmp_path: Path) -> None:
    cohort = cohort_of(tmp_path, STUDY.replace("4: more, 9: null", "4: null"))
    assert cohort.frame.index.tolist() == [1, 2, 3, 6, 7]
    assert cohort.flow["removed"].tolist() == [0, 1, 1]


def test_a_level_without_a_row_is_left_out_and_the_study_still_reads_back(tmp_path: Path) -> None:
    study = cohort_of(tmp_path, STUDY.replace("9: null", "9: unknown")).study
    assert study.variables["school"].levels == ("more", "none")
    assert Study.model_validate_json(study.to_json()) == study


@pytest.mark.parametrize("treated", ["'yes'", "yes"])
def test_a_treatment_may_be_coded(tmp_path: Path, treated: str) -> None:
    study = (
        "study: coded\ndata: {source: coded.csv}\noutcome: score\nderive: {helped: zone}\n"
        "variables: {helped: {codes: {1: 'yes', 2: 'no'}}}\n"
        f"matching: {{treatment: {{column: helped, treated: {treated}}}, covariates: [age]}}\n"
    )
    rows = ["age,zone,score", "20,1,1", "21,2,2", "22,1,3", "20,2,5"]
    assert cohort_of(tmp_path, study, rows).frame["helped"].tolist() == [1, 0, 1, 0]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "3: more, 1: none",
            "1: none",
            r"column 'school' \(regression.keep\): row 3 holds '3'; the codes are 1, 2, 4, 9; .*null",
        ),
        ("{3: more", "{type: number, codes: {3: more", "variables.school: codes, .*the type is number"),
        (
            "levels: [high, low], reference: low",
            "levels: [high, middle]",
            r"levels must be those of the codes in another order \(low, high\), found high, middle",
        ),
        ("levels: [high, low]", "levels: [high]", "reference: 'low' is not among the levels"),
        ("reference: low", "reference: 1", "reference: '1' is not among the levels"),
        ("9: null}", "9: null}, labels: {1: x}", "labels explain levels that are codes; give one of them"),
        (
            "{codes: {3: more, 1: none, 2: none, 4: more, 9: null}}",
            "{levels: [1, 2], labels: {1: none, 3: more}}",
            "variables.school: labels: '3' is not among the levels 1, 2",
        ),
        ("{3: more, 1: none, 2: none, 4: more, 9: null}", "{3: null}", "codes: no code has a level"),
        ("{3: more, 1: none, 2: none, 4: more, 9: null}", "{}", "codes: no code has a level"),
        ("{3: more, 1: none, 2: none, 4: more, 9: null}", "[1, 2]", "codes: must be a mapping of keys"),
        ("9: null", "9: [a]", r"variables.school.codes.9: must be text"),
        ("9: null", "9: null, '9': more", "the key 9 occurs twice, as a number and as text"),
        ("age, school", "age, score2", "no column 'score2'"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    study = STUDY.replace("{codes: " + old, new) if old == "{3: more" else STUDY.replace(old, new, 1)
    assert study != STUDY
    with pytest.raises(InputError, match=message):
        cohort_of(tmp_path, study)


def test_an_item_cannot_have_codes(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"variables.score: the type is category, but .* needs numbers"):
        cohort_of(tmp_path, STUDY.replace("zone: {codes", "score: {codes"))


@given(st.dictionaries(st.integers(-99, 99), st.sampled_from(["a", "b", None]), min_size=1), st.data())
def test_numbers_and_texts_of_the_same_codes_have_the_same_levels(
    codes: dict[int, str | None], data: st.DataObject
) -> None:
    drawn = data.draw(st.lists(st.sampled_from(sorted(codes)), min_size=1))
    as_text = {str(code): level for code, level in codes.items()}
    numbers = recode(pd.Series(drawn, dtype="float64"), as_text, "place")
    texts = recode(pd.Series(map(str, drawn), dtype=object), as_text, "place")
    assert numbers.tolist() == texts.tolist() == [codes[code] for code in drawn]


def test_one_number_cannot_stand_for_two_levels() -> None:
    with pytest.raises(InputError, match="codes: '1' stands for two levels"):
        recode(pd.Series([1.0]), {"1": "south", "01": "north"}, "place")
