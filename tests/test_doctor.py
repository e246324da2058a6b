import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from erm_bridge import doctor
from erm_bridge.bridge import availability, locate
from erm_bridge.bridge.defects import known_defects
from erm_bridge.bridge.locate import RInstallation
from erm_bridge.cli import main


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An R 4.2.2 whose library holds the needed packages, as far as folders tell; it never starts."""
    needed = {"MatchIt": "4.7.1", "psych": "2.4.12"}
    library = tmp_path / "library"
    for name, version in needed.items():
        set_version(library, name, version)
    monkeypatch.setattr(locate, "find_r", lambda: RInstallation(tmp_path, "4.2.2", {}))
    monkeypatch.setattr(locate, "needed_packages", lambda: tuple(needed))
    monkeypatch.setattr(locate, "preferred_library", lambda: None)
    monkeypatch.setattr(availability, "rpy2_version", lambda: "3.6.5")
    monkeypatch.setattr(doctor, "_start_failure", lambda: None)
    return library


def set_version(library: Path, package: str, version: str) -> None:
    (library / package).mkdir(parents=True, exist_ok=True)
    (library / package / "DESCRIPTION").write_text(f"Version: {version}\n", encoding="utf-8")


def test_all_is_well(library: Path) -> None:
    report = doctor.examine()
    found = report.to_dict()
    assert report.ok
    assert found["ok"] is True
    assert found["r"]["version"] == "4.2.2"
    assert found["r"]["home"] == str(library.parent)
    assert found["r"]["library"] == str(library)
    assert found["r"]["packages"] == {"MatchIt": "4.7.1", "psych": "2.4.12"}
    assert not [defect["id"] for defect in found["defects"] if defect["reachable"]]
    assert found["python"]["packages"]["pandas"]
    assert json.loads(json.dumps(found)) == found
    assert report.lines()[-1] == "all is well"


def test_optional_packages_are_told_with_what_they_unlock(library: Path) -> None:
    set_version(library, "Rglpk", "0.6-4")
    report = doctor.examine()
    found = {package["name"]: package for package in report.to_dict()["optional"]}
    assert found["Rglpk"] == {"name": "Rglpk", "version": "0.6-4", "unlocks": "cardinality matching"}
    assert found["optmatch"]["version"] is None
    assert "optional: optmatch (not installed) lets R do optimal and full matching" in report.lines()
    assert report.ok


def test_no_r_is_explained(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locate, "find_r", lambda: None)
    monkeypatch.setattr(locate, "r_program", lambda: None)
    report = doctor.examine()
    assert not report.ok
    assert report.to_dict()["r"] == {"version": None, "home": None, "library": None, "packages": {}}
    assert any("R is not installed" in line for line in report.lines())


def ids(report: doctor.Report, package: str) -> list[str]:
    return [defect["id"] for defect in report.to_dict()["defects"] if defect["package"] == package]


def test_a_defective_package_is_told_with_its_cure(library: Path) -> None:
    set_version(library, "MatchIt", "4.5.1")
    report = doctor.examine()
    assert not report.ok
    assert ids(report, "MatchIt") == ["MatchIt-163", "MatchIt-159"]
    assert any("not the nearest" in line and "install MatchIt 4.7.1" in line for line in report.lines())


def test_defects_that_no_study_can_meet_are_told_and_do_not_matter(library: Path) -> None:
    report = doctor.examine()
    assert report.ok
    assert ids(report, "MatchIt") == ["MatchIt-walked-caliper"]
    assert "known defects of MatchIt 4.7.1 that no study can meet: MatchIt-walked-caliper" in report.lines()


def test_a_defect_that_the_tested_version_has_as_well_is_told_with_what_meets_it(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mended = next(defect for defect in known_defects() if defect.id == "MatchIt-163")
    lasting = replace(mended, last="")
    monkeypatch.setattr(doctor, "applying", lambda versions: [lasting])
    report = doctor.examine()
    assert report.ok
    assert report.defects[0]["curable"] is False
    assert any("MatchIt-163" in line and "matching: method.method=nearest" in line for line in report.lines())


def test_a_mistaken_mirror_flag_is_refused() -> None:
    result = CliRunner().invoke(main, ["doctor", "--mirror", "https://example.org"])
    assert result.exit_code == 2
    assert "--mirror goes with --install" in result.output


def test_a_defect_that_some_study_can_meet_is_a_problem(library: Path) -> None:
    set_version(library, "psych", "2.2.9")
    report = doctor.examine()
    assert not report.ok
    assert report.notes == ("psych 2.2.9 is installed, 2.4.12 is the version tested",)
    (problem,) = report.problems
    assert "psych 2.2.9" in problem
    assert "psych-polychoric-nan" in problem


def test_another_version_than_tested_is_noted(library: Path) -> None:
    set_version(library, "psych", "2.5.3")
    report = doctor.examine()
    assert report.ok
    assert report.notes == ("psych 2.5.3 is installed, 2.4.12 is the version tested",)


def test_an_rpy2_that_does_not_fit_is_explained(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(availability, "rpy2_version", lambda: "3.6.7")
    report = doctor.examine()
    assert not report.ok
    assert report.to_dict()["rpy2"] == {"version": "3.6.7", "loads": False}
    assert "rpy2-rinterface<=3.6.5" in report.problems[0]


def test_an_r_that_does_not_start_is_a_problem(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_start_failure", lambda: "R did not start: no libR.so")
    report = doctor.examine()
    assert not report.ok
    assert report.rpy2["loads"] is False
    assert report.problems == ("R did not start: no libR.so",)


@pytest.mark.r
def test_this_machine_is_ready() -> None:
    report = doctor.examine()
    assert report.ok, report.problems
    assert report.rpy2["loads"] is True
    assert report.r["version"] is not None
    assert Path(report.r["library"]).is_dir()
    assert {"MatchIt", "psych"} <= set(report.r["packages"])
