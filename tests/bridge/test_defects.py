import pytest

from erm_bridge.bridge.defects import applying, hit_by, known_defects
from erm_bridge.study.models import Caliper, DataSource, Difference, Matching, Study, Treatment


def study(**matching: object) -> Study:
    treatment = Treatment(column="treat")
    return Study(
        study="s",
        data=DataSource(source="s.csv"),
        difference=Difference(outcome="y"),
        matching=Matching(treatment=treatment, covariates=("x",), **matching),
    )


def ids(version: str, **matching: object) -> list[str]:
    return [defect.id for defect in hit_by(study(**matching), {"MatchIt": version, "psych": "2.4.12"})]


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("4.5.0", []),
        ("4.5.1", ["MatchIt-163", "MatchIt-159"]),
        ("4.5.2", ["MatchIt-163", "MatchIt-159"]),
        ("4.5.3", ["MatchIt-163"]),
        ("4.5.4", []),
        ("4.6.0", ["MatchIt-207", "MatchIt-208"]),
        ("4.7.0", []),
        ("4.7.1", []),
        ("4.7.2", ["MatchIt-236"]),
        ("4.10.0", ["MatchIt-236"]),
    ],
)
def test_defects_apply_by_version(version: str, expected: list[str]) -> None:
    assert [defect.id for defect in applying({"MatchIt": version})] == expected


def test_packages_that_are_not_installed_have_no_defects() -> None:
    assert applying({}) == []


def test_4_5_1_is_hit_by_every_nearest_match() -> None:
    assert ids("4.5.1") == ["MatchIt-163"]
    assert ids("4.5.1", ratio=4, caliper=Caliper(value=0.02)) == ["MatchIt-163"]


def test_4_5_1_repeats_controls_with_replacement_and_several_neighbours() -> None:
    assert ids("4.5.1", ratio=4, replace=True) == ["MatchIt-163", "MatchIt-159"]
    assert ids("4.5.1", ratio=1, replace=True) == ["MatchIt-163"]


def test_4_6_0_is_hit_without_replacement_and_several_neighbours() -> None:
    assert ids("4.6.0") == []
    assert ids("4.6.0", ratio=2) == ["MatchIt-207", "MatchIt-208"]
    assert ids("4.6.0", ratio=2, replace=True) == []


def test_4_7_2_is_not_hit_by_what_is_built() -> None:
    assert ids("4.7.2", ratio=4, caliper=Caliper(value=0.02)) == []
    assert [defect.id for defect in known_defects() if not defect.reachable] == ["MatchIt-236"]


def test_a_study_without_matching_is_not_hit() -> None:
    without = study().model_copy(update={"matching": None})
    assert hit_by(without, {"MatchIt": "4.5.1"}) == []


def test_every_defect_names_consequence_cure_and_link() -> None:
    for defect in known_defects():
        sentence = defect.sentence("1.0")
        assert defect.package in sentence
        assert defect.cure.startswith("install ")
        assert defect.link.startswith("https://github.com/")
    assert len({defect.id for defect in known_defects()}) == len(known_defects())
