from pathlib import Path

import pytest

from erm_bridge.bridge import availability as subject
from erm_bridge.bridge import locate
from erm_bridge.bridge.locate import RInstallation

NEEDED = ("MatchIt", "psych")


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """R 4.2.2 with both packages and a fitting rpy2, as far as folders and versions tell."""
    for name in NEEDED:
        (tmp_path / "library" / name).mkdir(parents=True)
        (tmp_path / "library" / name / "DESCRIPTION").write_text("Version: 4.7.1\n", encoding="utf-8")
    set_r(monkeypatch, tmp_path, "4.2.2")
    monkeypatch.setattr(subject, "rpy2_version", lambda: "3.6.5")
    monkeypatch.setattr(locate, "needed_packages", lambda: NEEDED)
    monkeypatch.setattr(locate, "preferred_library", lambda: None)
    return tmp_path / "library"


def set_r(monkeypatch: pytest.MonkeyPatch, home: Path, version: str) -> None:
    monkeypatch.setattr(locate, "find_r", lambda: RInstallation(home, version, {}))


def test_all_in_place(library: Path) -> None:
    found = subject.availability()
    assert (found.installed, found.usable, found.reason) == (True, True, "")
    assert found.packages == {"MatchIt": "4.7.1", "psych": "4.7.1"}
    assert found.library == library


def test_without_r_python_runs_alone(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locate, "find_r", lambda: None)
    monkeypatch.setattr(locate, "r_program", lambda: None)
    found = subject.availability()
    assert (found.installed, found.usable) == (False, False)
    assert "apt install r-base-core" in found.reason


def test_an_r_that_does_not_run_is_named(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locate, "find_r", lambda: None)
    monkeypatch.setattr(locate, "r_program", lambda: "/opt/bin/R")
    found = subject.availability()
    assert (found.installed, found.usable) == (True, False)
    assert found.reason.startswith("/opt/bin/R does not run as R does")


def test_without_rpy2_python_runs_alone(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "rpy2_version", lambda: None)
    found = subject.availability()
    assert (found.installed, found.usable) == (False, False)
    assert 'pip install "erm-bridge[r]"' in found.reason
    assert found.library == library


@pytest.mark.parametrize(
    ("rpy2", "r", "usable"), [("3.6.5", "4.2.2", True), ("3.6.6", "4.4.3", False), ("3.6.7", "4.5.0", True)]
)
def test_rpy2_and_r_must_fit(
    library: Path, monkeypatch: pytest.MonkeyPatch, rpy2: str, r: str, usable: bool
) -> None:
    monkeypatch.setattr(subject, "rpy2_version", lambda: rpy2)
    set_r(monkeypatch, library.parent, r)
    found = subject.availability()
    assert (found.installed, found.usable) == (True, usable)
    assert ('pip install "rpy2-rinterface<=3.6.5"' in found.reason) is not usable


def test_a_missing_package_is_named_with_its_cure(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (library / "psych" / "DESCRIPTION").unlink()
    found = subject.availability()
    assert (found.installed, found.usable) == (True, False)
    assert "no package psych" in found.reason
    assert found.reason.endswith("install with script/bootstrap")
    monkeypatch.setattr(subject, "install_command", lambda: "erm-bridge doctor --install")
    assert subject.availability().reason.endswith("install with erm-bridge doctor --install")


def test_what_a_package_imports_is_missed_as_well(library: Path) -> None:
    text = "Version: 2.4.12\nImports: mnormt,\n    MatchIt (>= 1.0)\nLinkingTo: Rcpp\n"
    (library / "psych" / "DESCRIPTION").write_text(text, encoding="utf-8")
    assert "no package mnormt (which psych needs)" in subject.availability().reason


def test_outside_a_checkout_the_doctor_installs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert subject.install_command() == "script/bootstrap"
    monkeypatch.setattr(locate, "checkout", lambda: None)
    assert subject.install_command() == "erm-bridge doctor --install"


@pytest.mark.parametrize(("version", "old"), [("4.1.3", True), ("4.2.0", False), ("4.10.0", False)])
def test_an_old_r_is_told(library: Path, monkeypatch: pytest.MonkeyPatch, version: str, old: bool) -> None:
    set_r(monkeypatch, library.parent, version)
    found = subject.availability()
    assert (found.installed, found.usable) == (True, not old)
    sentence = f"R 4.1.3 ({library.parent}) is too old; install R {locate.oldest_r()} or later"
    assert found.reason == (sentence if old else "")


def test_a_named_library_that_does_not_exist_is_told(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(locate, "find_r", lambda: RInstallation(library.parent, "4.2.2", {}))
    monkeypatch.setattr(subject, "rpy2_version", lambda: "3.6.5")
    monkeypatch.setenv(locate.LIBRARY_VARIABLE, str(library / "nowhere"))
    found = subject.availability()
    assert (found.installed, found.usable) == (True, False)
    assert "nowhere" in found.reason


def test_an_uninstalled_rpy2_has_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert subject.rpy2_version() is None
