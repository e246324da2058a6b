"""Faults put into runs at random moments: a complete folder is left or the old one, and the cause is named.

Needs root (small file systems are mounted) and R; the faults are drawn with a fixed seed.
"""

import os
import random
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from _measure import Row, report
from _trial import RUN, SECONDS_TO_END, Trial, fresh

from erm_bridge.bridge import locate

ROOT = Path(__file__).parents[1]
STUDY = ROOT / "studies" / "lalonde"
SEED, AT_ONCE = 4, 2
INTERRUPTIONS = (signal.SIGINT, signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# An engine that failed is named with its cause; a run that was over before the fault says nothing.
OVER = {0: r"^$"}
R_ENDED = {**OVER, 3: r"^r: failed: .*SIGKILL"}


class Faults:
    """Where the trials take place, and what they share."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.finished = folder / "finished"
        self.seconds = statistics.median(self._finish() for _ in range(3))

    def _finish(self) -> float:
        began = time.monotonic()
        subprocess.run([*RUN, str(STUDY), "--out", str(self.finished), "--overwrite", "--quiet"], check=True)
        return time.monotonic() - began

    def trial(self, name: str, draw: random.Random, **given: object) -> Trial:
        """Prepare a trial; every second one has an old run folder."""
        base = fresh(self.folder / name, draw.choice([None, self.finished]))
        return Trial(base, given.pop("study", STUDY), **given)

    def wait(self, draw: random.Random, share: float = 1.1) -> None:
        """Wait for a random moment of a run."""
        time.sleep(draw.uniform(0, share * self.seconds))


Fault = Callable[[Faults, str, random.Random], tuple[str, float | None]]


def kill_r(at: Faults, name: str, draw: random.Random) -> tuple[str, float | None]:
    with at.trial(name, draw).running() as trial:
        at.wait(draw)
        trial.signal_r(signal.SIGKILL)
    return trial.verdict(R_ENDED), None


def kill_python(at: Faults, name: str, draw: random.Random) -> tuple[str, float | None]:
    with at.trial(name, draw).running() as trial:
        at.wait(draw)
        trial.signal(signal.SIGKILL)
    return trial.verdict({**OVER, -signal.SIGKILL: r"^$"}, partial=True), trial.seconds_to_end


def interrupt(at: Faults, name: str, draw: random.Random) -> tuple[str, float | None]:
    number = draw.choice(INTERRUPTIONS)
    with at.trial(name, draw).running() as trial:
        # Python's own start cannot be tidied up after.
        time.sleep(0.1)
        at.wait(draw)
        trial.signal(number, group=draw.random() < 0.5)
        if draw.random() < 0.3:
            trial.signal(number)
    # While Python ends after a complete run, the signal has its plain effect.
    return trial.verdict({**OVER, 128 + number: "^interrupted", -number: "^$"}), trial.seconds_to_end


def stop_r(at: Faults, name: str, draw: random.Random) -> tuple[str, float | None]:
    limit = {"ERM_BRIDGE_R_TIMEOUT": f"{2 * at.seconds:.0f}"}
    with at.trial(name, draw, env=limit).running() as trial:
        at.wait(draw)
        trial.signal_r(signal.SIGSTOP)
    return trial.verdict({**OVER, 3: r"^r: failed: .*did not answer the call .*ERM_BRIDGE_R_TIMEOUT"}), None


def full_disk(at: Faults, name: str, draw: random.Random) -> tuple[str, float | None]:
    needed = sum(path.stat().st_size for path in at.finished.rglob("*") if path.is_file())
    with small_disk(at.folder / name, draw.randint(8, int(1.2 * needed) // 1024)) as base:
        trial = Trial(base, STUDY)
        with trial.running():
            pass
        return trial.verdict({**OVER, 2: r"^error: .*out: cannot be written: .*No space left"}), None


def full_tmp(at: Faults, name: str, draw: random.Random) -> tuple[str, float | None]:
    with small_disk(at.folder / f"{name}-tmp", draw.choice([4, 8, 64])) as disk:
        trial = at.trial(name, draw, env={"TMPDIR": str(disk)})
        fill(disk)
        with trial.running():
            pass
        return trial.verdict({**OVER, 3: r"^r: failed: .*(space|R_TempDir)"}), None


def read_only_disk(at: Faults, name: str, draw: random.Random) -> tuple[str, float | None]:
    with small_disk(at.folder / name, 65536) as base:
        if draw.random() < 0.5:
            shutil.copytree(at.finished, base / "out")
        with Trial(base, STUDY).running() as trial:
            at.wait(draw, 0.9)
            subprocess.run(["mount", "-o", "remount,ro", str(base)], check=False, capture_output=True)
        subprocess.run(["mount", "-o", "remount,rw", str(base)], check=True)
        known = r"(may not be written|cannot be written: .*Read-only)"
        # On such a disk nothing can be removed either.
        return trial.verdict({**OVER, 2: rf"^error: .*out: .*{known}"}, partial=True), None


def folder_vanishes(at: Faults, name: str, draw: random.Random) -> tuple[str, float | None]:
    trial = at.trial(name, draw)
    trial.out = trial.base / "deeper" / "out"
    trial.out.parent.mkdir()
    trial.before = ""
    with trial.running():
        at.wait(draw)
        shutil.rmtree(trial.out.parent, ignore_errors=True)
    shutil.rmtree(trial.base / "out", ignore_errors=True)
    gone = not trial.out.exists() and trial.process.returncode == 0
    wrong = "" if gone else trial.verdict({**OVER, 2: r"^error: .*deeper/out: cannot be written: "})
    return "" if wrong.startswith("left behind: {'deeper'}") else wrong, None


def library_vanishes(at: Faults, name: str, draw: random.Random) -> tuple[str, float | None]:
    library = at.folder / f"{name}-library"
    shutil.copytree(locate.preferred_library(), library, copy_function=os.link, symlinks=True)
    with at.trial(name, draw, env={"ERM_BRIDGE_R_LIBRARY": str(library)}).running() as trial:
        at.wait(draw, 0.8)
        shutil.rmtree(library)
    known = r"(there is no package|has no package|there is no folder|cannot open|not find|lazy-load|library)"
    return trial.verdict({**OVER, 2: known, 3: rf"^r: failed: .*{known}"}), None


def data_vanish(at: Faults, name: str, draw: random.Random) -> tuple[str, float | None]:
    study = shutil.copytree(STUDY, at.folder / f"{name}-study")
    data = next(study.glob("*.csv"))
    with at.trial(name, draw, study=study).running() as trial:
        at.wait(draw, 0.5)
        if draw.random() < 0.5:
            data.unlink()
        else:
            os.truncate(data, draw.randrange(data.stat().st_size))
    shutil.rmtree(study)
    # What is left of a truncated file may be a smaller table that can be analysed, or not.
    return trial.verdict({**OVER, 1: "^$", 2: "^error: .*[.]csv|^error: "}), None


def little_memory(at: Faults, name: str, draw: random.Random) -> tuple[str, float | None]:
    # The libraries fit in, the rows do not.
    limit = draw.randint(2000, 3200) << 20
    prepare = partial(resource.setrlimit, resource.RLIMIT_AS, (limit, limit))
    large = {"study": ROOT / "studies" / "erm2017", "settings": ["--set", "data.rows=2000000"]}
    with at.trial(name, draw, prepare=prepare, **large).running() as trial:
        pass
    return trial.verdict({3: "^error: not enough memory"}), None


FAULTS: dict[str, tuple[Fault, int]] = {
    "R killed": (kill_r, 40),
    "Python killed": (kill_python, 40),
    "interrupted (INT, TERM, HUP)": (interrupt, 50),
    "R stopped, time limit": (stop_r, 10),
    "disk full": (full_disk, 20),
    "folder for temporary files full": (full_tmp, 6),
    "file system read-only": (read_only_disk, 10),
    "folder vanishes": (folder_vanishes, 10),
    "R library vanishes": (library_vanishes, 14),
    "data file vanishes or is cut": (data_vanish, 10),
    "little memory": (little_memory, 12),
}


@contextmanager
def small_disk(place: Path, kilobytes: int) -> Iterator[Path]:
    """Mount a file system in memory of a given size."""
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)
        place.rmdir()


def fill(disk: Path) -> None:
    """Write until there is no room."""
    try:
        with (disk / "full").open("wb", buffering=0) as file:
            while True:
                file.write(b"x" * 1024)
    except OSError:
        return


def main() -> None:
    # A shell lets what it starts in the background ignore Ctrl-C, and so would the runs.
    for number in INTERRUPTIONS:
        signal.signal(number, signal.SIG_DFL)
    draw = random.Random(SEED)
    with tempfile.TemporaryDirectory() as name:
        at = Faults(Path(name))
        jobs = [(kind, i, draw.getrandbits(64)) for kind in FAULTS for i in range(FAULTS[kind][1])]
        draw.shuffle(jobs)

        def once(job: tuple[str, int, int]) -> tuple[str, str, float | None]:
            kind, i, seed = job
            fault = FAULTS[kind][0]
            wrong, seconds = fault(at, f"{fault.__name__}-{i}", random.Random(seed))
            if wrong or (seconds or 0) > SECONDS_TO_END:
                print(f"{kind} {i}: {wrong or f'{seconds:.2f} s'}", file=sys.stderr, flush=True)
            return kind, wrong, seconds

        with ThreadPoolExecutor(AT_ONCE) as pool:
            done = list(pool.map(once, jobs))
    count = Counter(kind for kind, _, _ in done)
    bad = Counter(kind for kind, wrong, _ in done if wrong)
    rows = [Row(f"{kind}: of {count[kind]}, not as documented", bad[kind], "faults", 0) for kind in FAULTS]
    slowest = [seconds for _, _, seconds in done if seconds is not None]
    rows.append(Row("longest until both processes were gone", max(slowest), "s", SECONDS_TO_END))
    rows.append(Row("faults injected", len(done), "faults"))
    report(rows)


if __name__ == "__main__":
    main()
