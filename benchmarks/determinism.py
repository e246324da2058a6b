"""The same study, seed and machine: how many different files there are, whatever surrounds a run."""

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

from _measure import Row, report

ROOT = Path(__file__).parents[1]
STUDIES = ("bfi", "lalonde", "erm2017")
COMMAND = [sys.executable, "-m", "erm_bridge", "run"]
CALL = "import sys, erm_bridge as eb; eb.run(sys.argv[1], out=sys.argv[3])"
# `report.md` and `run.json` hold the moment of the run and how long it took.
FILES = (
    "estimates.csv",
    "crosscheck.csv",
    "study.json",
    "analysis_frame.csv.gz",
    "scores.csv.gz",
    "matched.csv.gz",
)
SURROUNDINGS: tuple[Mapping[str, str], ...] = (
    {},
    {"PYTHONHASHSEED": "1", "TZ": "Asia/Shanghai"},
    {"PYTHONHASHSEED": "2", "LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8", "LANGUAGE": "de"},
    {"LC_ALL": "C", "TZ": "America/St_Johns", "HOME": "/nonexistent"},
    {"LC_ALL": "de_DE.ISO-8859-1", "OMP_NUM_THREADS": "2", "MKL_NUM_THREADS": "2"},
)


def runs(study: str, folder: Path) -> Iterator[tuple[list[str], dict[str, str], Path]]:
    """List 20 runs: five surroundings, one or two threads of BLAS, from the shell and from Python."""
    ways = product(SURROUNDINGS, ("1", "2"), (COMMAND, [sys.executable, "-c", CALL]))
    for number, (surrounding, threads, way) in enumerate(ways):
        env = {**os.environ, "OPENBLAS_NUM_THREADS": threads, **surrounding}
        place = folder / f"{study}-{number}"
        place.mkdir()
        yield [*way, str(ROOT / "studies" / study), "--out", str(place / "out")], env, place


def hashes(folder: Path) -> dict[str, str]:
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}


def once(run: tuple[list[str], dict[str, str], Path]) -> dict[str, str]:
    """Run in a folder of its own; gives the hashes of the files."""
    command, env, place = run
    subprocess.run(command, env=env, cwd=place, check=True, stdout=subprocess.DEVNULL)
    return hashes(place / "out")


def main() -> None:
    rows = []
    with tempfile.TemporaryDirectory() as name:
        for study in STUDIES:
            listed = list(runs(study, Path(name)))
            # Half of them one after the other, half two at once.
            found = [once(run) for run in listed[::2]]
            with ThreadPoolExecutor(2) as pool:
                found += pool.map(once, listed[1::2])
            rows += [
                Row(
                    f"{study}, {len(found)} runs: different {file}",
                    len({each[file] for each in found}),
                    "files",
                    1,
                )
                for file in FILES
            ]
    report(rows)


if __name__ == "__main__":
    main()
