import os
from dataclasses import replace
from pathlib import Path

import pytest

from erm_bridge.bridge import locate
from erm_bridge.bridge.locate import RInstallation
from erm_bridge.errors import InputError

R_SCRIPT = """#!/bin/sh
export R_HOME={home} R_PLATFORM=x86_64-pc-linux-gnu R_SHARE_DIR=/share R_CMD=Rcmd
export R_LIBS_SITE={home}/local:%S R_LIBS_USER={home}/user/%v
test -n "$R_PROFILE_USER" && export R_SEEN=profile
shift
exec "$@"
"""


def install(library: Path, package: str, version: str) -> Path:
    folder = library / package
    folder.mkdir(parents=True)
    (folder / "DESCRIPTION").write_text(
        f"Package: {package}\nTitle: T\nVersion: {version}\n", encoding="utf-8"
    )
    return library


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An R that is nothing but folders and a start script."""
    home = tmp_path / "R"
    install(home / "library", "base", "4.2.2")
    program = home / "bin" / "R"
    program.parent.mkdir()
    program.write_text(R_SCRIPT.format(home=home), encoding="utf-8")
    program.chmod(0o755)
    for name in ("R_LIBS", "R_LIBS_USER", "R_LIBS_SITE", locate.LIBRARY_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("R_HOME", str(home))
    monkeypatch.setattr(locate, "checkout", lambda: None)
    return home


def found_r() -> RInstallation:
    r = locate.find_r()
    assert r is not None
    return r


def test_r_is_found_by_r_home(home: Path) -> None:
    r = found_r()
    assert (r.home, r.version) == (home, "4.2.2")
    assert r.environment["R_SHARE_DIR"] == "/share"


def test_r_is_found_on_the_path(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("R_HOME")
    monkeypatch.setenv("PATH", f"{home / 'bin'}:{os.environ['PATH']}")
    assert found_r().home == home


def test_no_r_is_an_answer(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("R_HOME", str(home / "nowhere"))
    monkeypatch.setenv("PATH", str(home / "library"))
    assert locate.find_r() is None


@pytest.mark.parametrize("script", ["#!/bin/sh\nexit 1\n", "not a program", "#!/bin/sh\nexec sleep 60\n"])
def test_an_r_that_does_not_start_is_no_r(home: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    monkeypatch.setattr(locate, "_SECONDS_TO_START", 0.5)
    (home / "bin" / "R").write_text(script, encoding="utf-8")
    assert locate.find_r() is None
    assert locate.r_program() == str(home / "bin" / "R")


def test_the_users_own_set_up_takes_no_part(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("R_PROFILE_USER", "evil.R")
    monkeypatch.setenv("R_TESTS", "startup.R")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("LANGUAGE", "de")
    r = found_r()
    environment = locate.worker_environment(r)
    assert "R_SEEN" not in r.environment
    assert not {"R_PROFILE_USER", "R_TESTS", "LC_ALL", "R_CMD"} & set(environment)
    assert environment["LANG"] == "C.UTF-8"
    assert environment["LC_COLLATE"] == "C"
    assert environment["LANGUAGE"] == "en"
    assert environment["TZ"] == "UTC"
    assert environment["RPY2_CFFI_MODE"] == "ABI"
    assert environment["R_HOME"] == str(home)
    assert environment["LD_LIBRARY_PATH"].split(":")[0] == str(home / "lib")


def test_the_named_library_goes_first(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = install(tmp_path / "mine", "MatchIt", "4.5.1")
    theirs = install(tmp_path / "theirs", "MatchIt", "4.7.1")
    monkeypatch.setenv("R_LIBS", str(theirs))
    monkeypatch.setenv(locate.LIBRARY_VARIABLE, str(mine))
    assert locate.r_libs() == f"{mine}:{theirs}"
    libraries = locate.library_paths(found_r())
    assert libraries == (mine, theirs, home / "library")
    assert locate.installed_packages(["MatchIt", "psych"], libraries) == {"MatchIt": "4.5.1"}
    assert locate.installed_packages(["MatchIt"], libraries[1:]) == {"MatchIt": "4.7.1"}


def test_a_named_library_that_does_not_exist_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(locate.LIBRARY_VARIABLE, str(home / "nowhere"))
    with pytest.raises(InputError, match=r"ERM_BRIDGE_R_LIBRARY.*nowhere"):
        locate.preferred_library()


def test_rs_own_libraries_come_in_rs_order(home: Path) -> None:
    for folder in ("site-library", "user/4.2", "local"):
        (home / folder).mkdir(parents=True)
    expected = (home / "user/4.2", home / "local", home / "site-library", home / "library")
    assert locate.library_paths(found_r()) == expected


def test_the_project_library_is_that_of_the_checkout(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locate, "checkout", lambda: tmp_path)
    assert locate.preferred_library() is None
    (tmp_path / ".r-library").mkdir()
    assert locate.preferred_library() == tmp_path / ".r-library"
    assert locate.r_code() == tmp_path / "r" / "R"


def test_a_wheel_carries_the_r_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locate, "checkout", lambda: None)
    assert locate.r_code().parts[-4:] == ("erm_bridge", "_share", "r", "R")


def test_needed_packages_are_the_imports_of_the_r_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "r").mkdir()
    text = "Package: p\nImports:\n    MatchIt (>= 4.7.0),\n    psych,\n    stats\nSuggests:\n    testthat\n"
    (tmp_path / "r" / "DESCRIPTION").write_text(text, encoding="utf-8")
    monkeypatch.setattr(locate, "checkout", lambda: tmp_path)
    assert locate.needed_packages() == ("MatchIt", "psych", "stats")


def test_the_users_library_is_the_first_of_r_libs_user(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    r = found_r()
    assert locate.user_library(r) == home / "user" / "4.2"
    several = replace(r, environment={"R_LIBS_USER": "~/mine:/other"})
    assert locate.user_library(several) == Path.home() / "mine"
    assert locate.user_library(replace(r, environment={"R_LIBS_USER": "NULL"})) is None
    assert locate.user_library(replace(r, environment={})) is None


def test_missing_packages_are_told_with_what_needs_them(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locate, "needed_packages", lambda: ("MatchIt", "psych"))
    library = install(tmp_path / "library", "MatchIt", "4.7.1")
    text = (
        "Depends: R (>= 3.6), grid\nVersion: 4.7.1\nImports:\n    chk (>= 0.10.0),\n    Rcpp\nSuggests: x\n"
    )
    (library / "MatchIt" / "DESCRIPTION").write_text(text, encoding="utf-8")
    assert locate.missing_packages([library]) == {
        "psych": "",
        "grid": "MatchIt",
        "chk": "MatchIt",
        "Rcpp": "MatchIt",
    }
    for name in ("grid", "chk", "Rcpp"):
        install(tmp_path / "other", name, "1.0")
    assert locate.missing_packages([library, tmp_path / "other"]) == {"psych": ""}


def test_the_r_packages_own_imports_hold_what_computes() -> None:
    assert {"MatchIt", "psych"} <= set(locate.needed_packages())
    assert {"MatchIt", "psych"} <= set(locate.locked_packages())
