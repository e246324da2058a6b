"""Exit codes and standard error of the command line, whatever happens."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from erm_bridge import api, doctor, pipeline
from erm_bridge.cli import main

STUDY = Path(__file__).parents[1] / "studies/lalonde"
MESSAGE = "failed: MatchIt broke\nin its second line, which is as long as it likes " + "x" * 400


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, list(arguments))
    assert isinstance(result.exception, SystemExit | None)
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def r_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every run of Python alone look as if R had been asked for and had failed."""
    execute = pipeline.execute

    def with_failed_r(*arguments: Any, **options: Any) -> pipeline.Run:
        finished = execute(*arguments, **options)
        status = {**finished.status, "r": MESSAGE}
        return replace(finished, status=status, logs={"r": "printed by R\x1b]0;"})

    monkeypatch.setattr(pipeline, "execute", with_failed_r)


@pytest.mark.usefixtures("r_fails")
@pytest.mark.parametrize("quiet", [[], ["--quiet"]])
def test_a_failed_engine_is_said_in_full(tmp_path: Path, quiet: list[str]) -> None:
    out = tmp_path / "out"
    code, stdout, stderr = run("run", str(STUDY), "--engine", "python", "--out", str(out), *quiet)
    assert code == 3
    assert MESSAGE in stderr
    assert f"r: its log is {out / 'r.log'}" in stderr
    assert (out / "r.log").read_text(encoding="utf-8") == "printed by R\x1b]0;"
    assert (stdout == "") == bool(quiet)
    assert "x" * 120 not in stdout
    assert "x" * 400 in (out / "report.md").read_text(encoding="utf-8")
    assert MESSAGE.removeprefix("failed: ") in (out / "report.html").read_text(encoding="utf-8")
    assert run("crosscheck", str(out))[0] == run("report", str(out))[0] == 3


def test_quiet_says_nothing_where_nothing_failed(tmp_path: Path) -> None:
    found = run("run", str(STUDY), "--engine", "python", "--out", str(tmp_path / "out"), "--quiet")
    assert found == (0, "", "")


def test_a_bug_exits_with_3_and_shows_where(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("of our own making")

    monkeypatch.setattr(api, "run_study", broken)
    code, stdout, stderr = run("run", str(STUDY))
    assert (code, stdout) == (3, "")
    assert "ZeroDivisionError: of our own making" in stderr
    assert stderr.splitlines()[-1].startswith("error: this is a bug in erm-bridge; please report it")


def test_too_little_memory_is_no_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    def greedy(*_: object, **__: object) -> None:
        raise MemoryError("Unable to allocate 146. GiB")

    monkeypatch.setattr(api, "run_study", greedy)
    message = "error: not enough memory; use fewer rows or columns (Unable to allocate 146. GiB)\n"
    assert run("run", str(STUDY)) == (3, "", message)


def test_an_interruption_exits_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(doctor, "examine", interrupt)
    code, _, stderr = run("doctor")
    assert (code, stderr.strip()) == (130, "interrupted")


def test_a_closed_pipe_is_not_a_difference() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", "input(); from erm_bridge.cli import main; main(['--version'])"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert process.returncode == 141


def run_in_shell(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command of erm-bridge with streams that a shell redirects."""
    program = f'"{sys.executable}" -m erm_bridge {command}'
    surrounding = {**os.environ, **environment}
    return subprocess.run(["sh", "-c", program], capture_output=True, text=True, check=False, env=surrounding)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("finished") / "out"
    title = "title=\u6570"
    assert run("run", str(STUDY), "--engine", "python", "--out", str(out), "--quiet", "--set", title)[0] == 0
    return out


def test_an_output_that_takes_nothing_is_told(finished: Path) -> None:
    done = run_in_shell(f"crosscheck '{finished}' > /dev/full")
    assert done.returncode == 2
    assert done.stderr == "error: standard output cannot be written to: No space left on device\n"


def test_errors_that_nobody_can_read_keep_their_code() -> None:
    assert run_in_shell("run nothing 2> /dev/full").returncode == 2


@pytest.mark.r
@pytest.mark.parametrize("closed", ["<&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_break_nothing(closed: str, tmp_path: Path) -> None:
    done = run_in_shell(f"run '{STUDY}' --out '{tmp_path / 'out'}' {closed}")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "out" / "estimates.csv").is_file()


def test_what_the_output_cannot_show_is_written_out(finished: Path) -> None:
    latin = {"PYTHONIOENCODING": "latin-1"}
    done = run_in_shell(f"crosscheck '{finished}'", **latin)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("\\u6570 (lalonde)")
    done = run_in_shell(f"crosscheck '{finished}' --json", **latin)
    assert json.loads(done.stdout)["title"] == "\u6570"


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["--version"]])
def test_help_exits_with_0(arguments: list[str]) -> None:
    code, stdout, _ = run(*arguments)
    assert code == 0
    assert stdout
