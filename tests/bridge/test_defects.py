import pytest

from erm_bridge.bridge import defects
from erm_bridge.bridge.defects import Defect, applying, hit_by, is_met, known_defects, terms_of, version_key
from erm_bridge.bridge.locate import locked_packages
from erm_bridge.options import STAGES
from erm_bridge.study.choices import choices
from erm_bridge.study.models import (
    Caliper,
    DataSource,
    Difference,
    Effect,
    Index,
    Matching,
    Sensitivity,
    Study,
    Treatment,
)


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
        ("4.7.1", ["MatchIt-walked-caliper"]),
        ("4.7.2", ["MatchIt-236", "MatchIt-236-mahvars"]),
        ("4.10.0", ["MatchIt-236", "MatchIt-236-mahvars"]),
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


@pytest.mark.parametrize(
    ("condition", "hit"),
    [
        ("extraction=pca", True),
        ("extraction=minres", True),
        ("extraction!=pca rotation.method=none", True),
        ("extraction=pca rotation.method=varimax", False),
        ("extraction=pca composite.weights=equal", False),
    ],
)
def test_what_a_sensitivity_table_tries_is_hit_too(
    monkeypatch: pytest.MonkeyPatch, condition: str, hit: bool
) -> None:
    """The study itself is minres and varimax; tried are pca and minres without rotation."""
    defect = Defect("d", "psych", "0", "", "index", condition, "run", "c", "c", "l")
    monkeypatch.setattr(defects, "applying", lambda versions: [defect])
    tried = Sensitivity(extraction=("pca", "minres"), rotation=({"method": "none"},))
    section = Index(items=("a", "b", "c", "d"), factors=1, sensitivity=tried)
    asked = Study(study="s", data=DataSource(source="s.csv"), index=section)
    assert (hit_by(asked, {}) == [defect]) == hit


def test_4_6_0_is_hit_without_replacement_and_several_neighbours() -> None:
    assert ids("4.6.0") == []
    assert ids("4.6.0", ratio=2) == ["MatchIt-207", "MatchIt-208"]
    assert ids("4.6.0", ratio=2, replace=True) == []


def test_4_7_2_is_not_hit_by_what_is_built() -> None:
    assert ids("4.7.2", ratio=4, caliper=Caliper(value=0.02)) == []


@pytest.mark.parametrize(
    ("package", "version", "defect", "expected"),
    [
        ("sandwich", "2.3-4", "sandwich-multiway", False),
        ("sandwich", "2.4-0", "sandwich-multiway", True),
        ("sandwich", "2.5-0", "sandwich-multiway", False),
        ("psych", "1.9.12.31", "psych-equamax", True),
        ("psych", "2.0.7", "psych-equamax", False),
        ("psych", "2.0.7", "psych-polychoric-correct", True),
        ("psych", "2.4.3", "psych-polychoric-nan", True),
        ("psych", "2.4.6.26", "psych-polychoric-nan", False),
        ("psych", "2.3.12", "psych-alpha-missing", True),
        ("psych", "2.4.1", "psych-alpha-missing", False),
        ("psych", "2.3.12", "psych-alpha-keys", False),
        ("psych", "2.4.1", "psych-alpha-keys", True),
        ("psych", "2.4.3", "psych-alpha-keys", True),
        ("psych", "2.4.6.26", "psych-alpha-keys", False),
        ("psych", "2.4.12", "psych-omega-limits", True),
        ("psych", "2.5.3", "psych-omega-limits", False),
        ("psych", "2.5.3", "psych-principal-scores", True),
        ("GPArotation", "2023.8-1", "GPArotation-zero-row", True),
        ("GPArotation", "2023.11-1", "GPArotation-zero-row", False),
    ],
)
def test_ranges_end_where_they_should(package: str, version: str, defect: str, expected: bool) -> None:
    assert (defect in [found.id for found in applying({package: version})]) is expected


def test_sandwich_2_4_0_is_hit_where_errors_are_clustered_twice() -> None:
    one = study().model_copy(update={"effect": Effect(std_error=("psmatch2",))})
    both = study().model_copy(update={"effect": Effect(std_error=("psmatch2", "pair_and_unit"))})
    assert hit_by(one, {"sandwich": "2.4-0"}) == []
    assert [defect.id for defect in hit_by(both, {"sandwich": "2.4-0"})] == ["sandwich-multiway"]
    assert hit_by(both, {"sandwich": "3.0-2"}) == []


@pytest.mark.parametrize(
    ("condition", "section", "expected"),
    [
        ("extraction=ml|pa", {"extraction": "pa"}, True),
        ("extraction=ml|pa", {"extraction": "pca"}, False),
        ("extraction!=pca", {"extraction": "ml"}, True),
        ("extraction!=pca", {"extraction": "pca"}, False),
        ("factors=1", {"factors": 1}, True),
        ("factors=1", {"factors": "kaiser"}, False),
        ("std_error=hc3", {"std_error": ["classical", "HC3"]}, True),
        ("caliper", {"caliper": None}, False),
        ("distance.method=glm ratio>1", {"distance": {"method": "glm"}, "ratio": 2}, True),
        ("distance.method=glm ratio>1", {"distance": {"method": "glm"}, "ratio": 1}, False),
        ("never", {"extraction": "pca"}, False),
        ("replace=true", None, False),
    ],
)
def test_conditions_mean_what_they_say(
    condition: str, section: dict[str, object] | None, expected: bool
) -> None:
    assert is_met(condition, section) is expected


@pytest.mark.parametrize(
    "condition", ["extraction==pca", "Extraction=pca", "ratio>", "pca;", "never ratio>1"]
)
def test_what_is_no_condition_is_refused(condition: str) -> None:
    with pytest.raises(ValueError, match="is not a condition"):
        terms_of(condition)


def test_a_study_without_matching_is_not_hit() -> None:
    without = study().model_copy(update={"matching": None})
    assert hit_by(without, {"MatchIt": "4.5.1"}) == []


def test_every_defect_can_be_judged() -> None:
    for defect in known_defects():
        assert defect.stage in STAGES
        assert defect.evidence in ("run", "issue", "news")
        assert version_key(defect.first) <= version_key(defect.last or "9999")
        for key, _, _ in terms_of(defect.condition):
            choices(defect.stage, key)


def test_every_defect_names_consequence_cure_and_link() -> None:
    for defect in known_defects():
        sentence = defect.sentence("1.0")
        assert defect.package in sentence
        assert defect.consequence in sentence
        assert defect.cure in sentence
        assert defect.link.startswith("https://github.com/")
    for attribute in ("id", "link", "consequence"):
        assert len({getattr(defect, attribute) for defect in known_defects()}) == len(known_defects())


def test_the_locked_versions_are_hit_by_no_study() -> None:
    assert not [defect.id for defect in applying(locked_packages()) if defect.reachable]
