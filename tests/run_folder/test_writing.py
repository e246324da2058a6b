"""A run folder is there complete or not at all, and nothing else is touched."""

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import erm_bridge as eb
from erm_bridge import placing, report, run_folder
from erm_bridge.errors import InputError

Invoke = Callable[..., tuple[int, str, str]]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_nothing_but_the_run_folder_is_left(tmp_path: Path, both: eb.Run) -> None:
    out = tmp_path / "out"
    run_folder.write(both, out)
    assert names(tmp_path) == {"out"}
    assert not [path for path in out.iterdir() if path.is_dir() and not any(path.iterdir())]


def test_nothing_is_said_of_fonts_where_no_list_of_them_can_be_kept(out: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    before = contents(out)
    done = subprocess.run(
        [sys.executable, "-m", "erm_bridge", "report", str(out)],
        env={**os.environ, "MPLCONFIGDIR": str(tmp_path / "file" / "folder")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == (f"{out / 'report.html'}\n", "")
    assert contents(out) == before


def test_folders_of_others_beside_it_are_kept(tmp_path: Path, alone: eb.Run) -> None:
    for name in ("out.partial", "out.former", "out.partial-0a1b2c3d"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "thesis.txt").write_text("kept")
    for overwrite in (False, True):
        run_folder.write(alone, tmp_path / "out", overwrite=overwrite)
    others = {"out.partial", "out.former", "out.partial-0a1b2c3d"}
    assert names(tmp_path) == {"out", *others}
    assert {(tmp_path / name / "thesis.txt").read_text() for name in others} == {"kept"}


LEFT = "from pathlib import Path; from erm_bridge import placing; import os, sys\n"
LEFT += "with placing.temporary(Path(sys.argv[1]), Path('shown')) as folder:\n"
LEFT += "    (folder / 'study.json').touch(); print(folder.name, flush=True); input(); os._exit(9)\n"


def test_only_what_an_ended_process_left_is_removed(tmp_path: Path, alone: eb.Run) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LEFT, str(tmp_path / "out")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as maker:
        assert maker.stdin is not None
        assert maker.stdout is not None
        partial = maker.stdout.readline().strip()
        run_folder.write(alone, tmp_path / "out")
        assert names(tmp_path) == {"out", partial}
        maker.stdin.write("\n")
        maker.stdin.close()
        assert maker.wait() == 9
    assert names(tmp_path) == {"out", partial}
    run_folder.write(alone, tmp_path / "out", overwrite=True)
    assert names(tmp_path) == {"out"}


def test_a_file_system_without_locks_is_enough(
    tmp_path: Path, alone: eb.Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(placing.fcntl, "flock", no_locks)
    (tmp_path / "out.partial-1-0a1b2c3d").mkdir()
    run_folder.write(alone, tmp_path / "out")
    # It may be in use.
    assert names(tmp_path) == {"out", "out.partial-1-0a1b2c3d"}


def test_what_only_has_the_name_of_an_abandoned_folder_is_kept(tmp_path: Path, alone: eb.Run) -> None:
    os.mkfifo(tmp_path / "out.partial-1-00000000")
    (tmp_path / "thesis").mkdir()
    (tmp_path / "out.partial-2-00000000").symlink_to(tmp_path / "thesis")
    (tmp_path / "out.partial-3-00000000").mkdir()
    run_folder.write(alone, tmp_path / "out")
    assert names(tmp_path) == {"out", "thesis", "out.partial-1-00000000", "out.partial-2-00000000"}


def test_a_folder_that_was_taken_for_abandoned_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flock, taken = placing.fcntl.flock, []

    def flock_too_late(descriptor: int, operation: int) -> None:
        if not taken:
            taken.extend(tmp_path.iterdir())
            taken[0].rmdir()
        flock(descriptor, operation)

    monkeypatch.setattr(placing.fcntl, "flock", flock_too_late)
    with placing.temporary(tmp_path / "out", tmp_path) as folder:
        assert taken == [folder]
        assert folder.is_dir()


def test_overwriting_leaves_nothing_of_the_former_run(tmp_path: Path, alone: eb.Run, out: Path) -> None:
    (out / "tables/stale.csv").write_text("a\n1\n")
    run_folder.write(alone, out, overwrite=True)
    assert not (out / "tables/stale.csv").exists()
    assert run_folder.read(out).crosscheck.empty


def test_a_folder_with_a_run_json_of_something_else_is_kept(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/run.json").write_text("{}")
    with pytest.raises(InputError, match="not the folder of a run"):
        run_folder.check_target(tmp_path / "mine", overwrite=True)


def test_a_run_that_finishes_in_the_meantime_is_not_replaced_unasked(
    tmp_path: Path, alone: eb.Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def other_run_first(folder: Path, path: Path, overwrite: bool) -> None:
        shutil.copytree(folder, path)
        put(folder, path, overwrite)

    put = run_folder.put
    monkeypatch.setattr(run_folder, "put", other_run_first)
    with pytest.raises(InputError, match=r"out: cannot be written: .*another run has made it meanwhile"):
        run_folder.write(alone, tmp_path / "out")
    assert names(tmp_path) == {"out"}
    run_folder.read(tmp_path / "out")


@pytest.fixture(params=["in one step", "one after the other"])
def way_to_swap(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How two folders change places; not every file system can do it in one step."""
    if request.param == "one after the other":
        monkeypatch.setattr(placing, "_exchange", lambda one, other: False)
    return str(request.param)


@pytest.mark.usefixtures("way_to_swap")
def test_the_new_folder_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    for name in ("place", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    placing.put(tmp_path / "new", tmp_path / "place", overwrite=True)
    assert names(tmp_path) == {"place"}
    assert names(tmp_path / "place") == {"new"}


def test_two_runs_that_overwrite_at_once_leave_one_whole_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("new", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "said").write_text(name)
    rename, interfered = Path.rename, []

    def rename_after_the_other(self: Path, target: Path) -> Path:
        if self.name == "new" and not interfered:
            interfered.append(rename(tmp_path / "other", tmp_path / "place"))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", rename_after_the_other)
    placing.put(tmp_path / "new", tmp_path / "place", overwrite=True)
    assert interfered
    assert names(tmp_path) == {"place"}
    assert (tmp_path / "place/said").read_text() == "new"


def test_a_folder_that_another_run_takes_away_in_the_meantime_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("place", "new"):
        (tmp_path / name).mkdir()
    exchange = placing._exchange

    def exchange_too_late(one: Path, other: Path) -> bool:
        other.rmdir()
        return exchange(one, other)

    monkeypatch.setattr(placing, "_exchange", exchange_too_late)
    placing.put(tmp_path / "new", tmp_path / "place", overwrite=True)
    assert names(tmp_path) == {"place"}


def full_disk(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_full_disk_is_said_and_leaves_no_folder(
    tmp_path: Path, alone: eb.Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "write_tables", full_disk)
    with pytest.raises(InputError, match=r"out: cannot be written: .*No space left"):
        run_folder.write(alone, tmp_path / "out")
    assert names(tmp_path) == set()


def test_an_interrupted_write_leaves_no_folder(
    tmp_path: Path, alone: eb.Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(report, "write_tables", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run_folder.write(alone, tmp_path / "out")
    assert names(tmp_path) == set()


def test_what_was_there_comes_back_where_the_new_folder_cannot_be_moved(
    tmp_path: Path, out: Path, alone: eb.Run, monkeypatch: pytest.MonkeyPatch, way_to_swap: str
) -> None:
    before, rename = contents(out), Path.rename

    def refuse(self: Path, target: Path) -> Path:
        return full_disk() if ".partial" in self.name else rename(self, target)  # type: ignore[return-value]

    if way_to_swap == "in one step":
        monkeypatch.setattr(placing, "_exchange", full_disk)
    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(InputError, match="cannot be written"):
        run_folder.write(alone, out, overwrite=True)
    assert names(tmp_path) == {"out"}
    assert contents(out) == before


def test_a_full_disk_leaves_the_old_reports(
    out: Path, monkeypatch: pytest.MonkeyPatch, invoke: Invoke
) -> None:
    before = contents(out)
    monkeypatch.setattr(report, "write_tables", full_disk)
    for command in ("crosscheck", "report"):
        code, _, stderr = invoke(command, out)
        assert code == 2
        assert "No space left" in stderr
        assert contents(out) == before


@pytest.mark.parametrize("name", ["file/run", "file/deeper/run", "x" * 250, "x" * 300, "a\0b"])
def test_a_place_that_cannot_be_is_refused_before_the_run(
    tmp_path: Path, study: Path, name: str, invoke: Invoke
) -> None:
    (tmp_path / "file").write_text("kept")
    with pytest.raises(InputError) as caught:
        run_folder.check_target(tmp_path / name, overwrite=False)
    if name.startswith("file"):
        assert f"{tmp_path / 'file'} is a file" in str(caught.value)
        code, stdout, stderr = invoke("run", study, "--engine", "python", "--out", tmp_path / name)
        assert (code, stdout) == (2, "")
        assert "is a file" in stderr
    assert names(tmp_path) == {"file"}


def test_a_folder_that_may_not_be_written_to_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing.os, "access", lambda path, mode: False)
    with pytest.raises(InputError, match="may not be written to"):
        run_folder.check_target(tmp_path / "new/run", overwrite=False)


def test_a_link_to_a_run_folder_stays_a_link(tmp_path: Path, out: Path, alone: eb.Run) -> None:
    (tmp_path / "latest").symlink_to(out)
    run_folder.write(alone, tmp_path / "latest", overwrite=True)
    assert (tmp_path / "latest").is_symlink()
    assert run_folder.read(out).crosscheck.empty
