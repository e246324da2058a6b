import io
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from processes import gone

from erm_bridge import doctor
from erm_bridge.bridge import installing, locate
from erm_bridge.bridge.locate import RInstallation
from erm_bridge.cli import main
from erm_bridge.errors import EngineError

Say = Callable[[str], None]


def add_package(folder: Path, name: str, version: str, imports: str = "", c_code: str | None = None) -> None:
    """Put a source package without any R code into a folder of a mirror, and into its index."""
    fields = {"Package": name, "Version": version, "Imports": imports}
    record = "".join(f"{field}: {value}\n" for field, value in fields.items() if value)
    rest = "Title: T\nDescription: D.\nAuthor: A\nMaintainer: A <a@example.org>\nLicense: GPL-3\n"
    files = {"DESCRIPTION": record + rest, "NAMESPACE": ""}
    if c_code is not None:
        files["src/code.c"] = c_code
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(folder / f"{name}_{version}.tar.gz", "w:gz") as archive:
        for path, text in files.items():
            entry = tarfile.TarInfo(f"{name}/{path}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    with (folder / "PACKAGES").open("a", encoding="utf-8") as index:
        index.write(f"{record}NeedsCompilation: {'no' if c_code is None else 'yes'}\n\n")


@pytest.fixture
def mirror(tmp_path: Path) -> str:
    """A mirror with alpha 2.0 and, in its archive, 1.0; beta needs alpha and gamma."""
    contrib = tmp_path / "mirror" / "src" / "contrib"
    add_package(contrib, "alpha", "2.0")
    add_package(contrib, "beta", "1.0", "alpha, gamma")
    add_package(contrib, "gamma", "3.0")
    add_package(contrib, "broken", "1.0", c_code="int main( {")
    add_package(contrib / "Archive" / "alpha", "alpha", "1.0")
    return f"file://{tmp_path / 'mirror'}"


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's library that does not exist yet, of a user who has not named a mirror."""
    home = tmp_path / "home"
    home.mkdir()
    (home / ".Rprofile").write_text('options(repos = c(CRAN = "@CRAN@"))\n', encoding="utf-8")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("R_LIBS_USER", str(home / "R" / "library"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.delenv("R_LIBS", raising=False)
    monkeypatch.delenv("R_PROFILE_USER", raising=False)
    monkeypatch.setattr(locate, "locked_packages", lambda: {"alpha": "1.0"})
    monkeypatch.setattr(locate, "needed_packages", lambda: ("alpha", "beta"))
    return home / "R" / "library"


def failure(mirror: str = "") -> str:
    with pytest.raises(EngineError) as caught:
        installing.install(mirror, lambda line: None)
    return str(caught.value)


def logs(folder: Path) -> list[Path]:
    return list(folder.glob("erm-bridge-install-*.log"))


@pytest.mark.r
def test_what_is_missing_is_installed_from_the_users_own_mirror(
    library: Path, mirror: str, tmp_path: Path
) -> None:
    (library.parents[1] / ".Rprofile").write_text(
        f'options(repos = c(CRAN = "{mirror}"))\n', encoding="utf-8"
    )
    said: list[str] = []
    installing.install("", said.append)
    assert said[:2] == ["install alpha 1.0", "install beta in the version of the mirror"]
    assert said[2].startswith(f"into {library}")
    assert said[3] == f"from {mirror}"
    assert any("Installing alpha" in line for line in said)
    r = locate.find_r()
    assert r is not None
    assert library in locate.library_paths(r)
    versions = locate.installed_packages(("alpha", "beta", "gamma"), [library])
    assert versions == {"alpha": "1.0", "beta": "1.0", "gamma": "3.0"}
    assert not any(path.is_symlink() for path in library.iterdir())
    assert logs(tmp_path) == []

    before = {path: path.stat().st_mtime_ns for path in library.rglob("*")}
    said.clear()
    installing.install("", said.append)
    assert said == ["R packages: nothing to install"]
    assert {path: path.stat().st_mtime_ns for path in library.rglob("*")} == before


@pytest.mark.r
def test_a_named_mirror_goes_first_and_another_version_is_replaced(library: Path, mirror: str) -> None:
    for name, version in (("alpha", "2.0"), ("beta", "0.9"), ("gamma", "3.0")):
        (library / name).mkdir(parents=True)
        (library / name / "DESCRIPTION").write_text(
            f"Package: {name}\nVersion: {version}\n", encoding="utf-8"
        )
    said: list[str] = []
    installing.install(mirror, said.append)
    assert said[0] == f"install alpha 1.0, instead of 2.0 in {library}"
    assert not any("beta" in line for line in said)
    versions = locate.installed_packages(("alpha", "beta", "gamma"), [library])
    assert versions == {"alpha": "1.0", "beta": "0.9", "gamma": "3.0"}


@pytest.mark.r
def test_no_mirror_is_told_with_the_flag_that_helps(library: Path) -> None:
    assert "not set up for a CRAN mirror; name one with --mirror ADDRESS" in failure()


@pytest.mark.r
def test_a_mirror_that_does_not_answer_is_told(library: Path, tmp_path: Path) -> None:
    sentence = failure(f"file://{tmp_path}/nowhere")
    assert f"no R packages are found at file://{tmp_path}/nowhere: wrong address, or no network" in sentence
    assert sentence.endswith(f"; the log is {logs(tmp_path)[0]}")


@pytest.mark.r
def test_a_version_that_the_mirror_lacks_is_told(
    library: Path, mirror: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locate, "locked_packages", lambda: {"alpha": "1.5"})
    assert "the mirror has no alpha 1.5" in failure(mirror)
    assert locate.installed_packages(("alpha", "beta"), [library]) == {}


@pytest.mark.r
def test_a_mirror_without_renv_is_told(
    library: Path, mirror: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(locate, "preferred_library", lambda: None)
    monkeypatch.setenv("R_LIBS_SITE", str(tmp_path / "nowhere"))
    assert "renv, which installs the packages, cannot be installed" in failure(mirror)


@pytest.mark.r
def test_a_missing_compiler_is_told(
    library: Path, mirror: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    make = tmp_path / "make"
    make.write_text("#!/bin/sh\necho 'sh: 1: make: not found' >&2\nexit 127\n", encoding="utf-8")
    make.chmod(0o755)
    monkeypatch.setenv("MAKE", str(make))
    monkeypatch.setattr(locate, "locked_packages", lambda: {"broken": "1.0"})
    assert "a compiler or a library to compile with is missing" in failure(mirror)
    assert "make: not found" in logs(tmp_path)[0].read_text(encoding="utf-8")
    assert not list(library.glob("[a-z]*"))


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        ("make: gcc: command not found", "a compiler or a library"),
        ("sh: 1: g++: not found", "a compiler or a library"),
        ("make: gfortran: No such file or directory", "a compiler or a library"),
        ("/usr/bin/ld: cannot find -lgfortran: No such file", "a compiler or a library"),
        ("stubs.h:1:10: fatal error: R.h: No such file or directory", "a compiler or a library"),
        ("write error: No space left on device\nmake: gcc: not found", "the disk is full"),
        ("failed to retrieve package 'psych@2.4.12'", "the mirror has no psych@2.4.12"),
        ("anything", "R's words"),
    ],
)
def test_the_log_tells_the_cause(log: str, expected: str) -> None:
    assert expected in installing.cause(log, "R's words")


def test_rs_own_words_are_cut_short() -> None:
    sentence = installing.cause("", "code.c:1: error: " + "expected x " * 100)
    assert sentence.startswith("code.c:1: error: expected")
    assert len(sentence) <= 300


@pytest.mark.r
def test_a_library_that_cannot_be_written_is_told(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("R_LIBS_USER", str(library.parents[1] / ".Rprofile" / "library"))
    assert "cannot be written to (Not a directory); name another in R_LIBS_USER" in failure()
    monkeypatch.setenv("R_LIBS_USER", "NULL")
    assert "R_LIBS_USER is NULL" in failure()


@pytest.mark.r
def test_what_goes_before_the_users_library_is_told(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = tmp_path / "first"
    (first / "alpha").mkdir(parents=True)
    (first / "alpha" / "DESCRIPTION").write_text("Version: 2.0\n", encoding="utf-8")
    monkeypatch.setenv(locate.LIBRARY_VARIABLE, str(first))
    assert f"R finds alpha 2.0 in {first} before it looks in the user's library {library}" in failure()


def test_no_r_and_an_old_r_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(locate, "find_r", lambda: None)
    monkeypatch.setattr(locate, "r_program", lambda: None)
    assert "R is not installed" in failure()
    monkeypatch.setattr(locate, "find_r", lambda: RInstallation(tmp_path, "4.1.3", {}))
    assert "R 4.1.3" in failure()


def test_doctor_installs_first_and_ends_with_its_report(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    calls: list[str] = []

    def install(mirror: str, say: Say) -> None:
        calls.append(mirror)
        say("install alpha 1.0")

    report = doctor.Report(python={}, r={}, rpy2={}, lock="renv.lock")
    monkeypatch.setattr(installing, "install", install)
    monkeypatch.setattr(doctor, "examine", lambda: calls.append("examined") or report)
    done = CliRunner().invoke(main, ["doctor", "--install", "--mirror", "https://example.org", "--json"])
    assert done.exit_code == 0
    assert calls == ["https://example.org", "examined"]
    assert '"ok": true' in done.stdout
    assert done.stderr == "install alpha 1.0\n"


STAND_IN = """#!/bin/sh
echo "- Installing alpha ..."
sleep 300
"""
INSTALLING = """
import sys
from pathlib import Path
from erm_bridge import interruption
from erm_bridge.bridge.installing import _run
from erm_bridge.bridge.locate import RInstallation

interruption.watch()
home = Path(sys.argv[1])
try:
    _run(RInstallation(home, "4.2.2", {}), home, [home], "", [], lambda line: print(line, flush=True))
finally:
    interruption.wait_if_ending()
"""


def test_an_interruption_ends_r_and_its_children(tmp_path: Path) -> None:
    program = tmp_path / "R" / "bin" / "Rscript"
    program.parent.mkdir(parents=True)
    program.write_text(STAND_IN, encoding="utf-8")
    program.chmod(0o755)
    with subprocess.Popen(
        [sys.executable, "-c", INSTALLING, str(tmp_path / "R")],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "  Installing alpha ...\n"
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        process.terminate()
        assert process.stderr.read() == "interrupted by SIGTERM\n"
    assert process.returncode == 143
    assert children != []
    assert gone(map(int, children), 10)
    assert logs(tmp_path) == []
