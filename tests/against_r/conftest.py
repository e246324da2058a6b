"""The fixture `rscript`: run a committed R script of this folder on tables made in Python.

Protocol: `Rscript --vanilla <script> <folder in> <folder out> <further arguments>`, run in this folder.
Each frame of `data` is `<folder in>/<name>.csv`; each `<folder out>/<name>.csv` that the script
leaves comes back as a frame. Doubles cross bit for bit in both directions. An R script reads and
writes with the helpers of `tables.R`:

    source("tables.R")
    given <- read_tables()                        # list of data.frames by name
    write_table(data.frame(x = 1 / 3), "result")  # doubles, integers, logicals, text
    arguments()                                   # character vector of further arguments
"""

import os
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest

HERE = Path(__file__).parent
PROJECT_LIBRARY = HERE.parents[1] / ".r-library"
SECONDS = 300

RScript = Callable[..., dict[str, pd.DataFrame]]


@pytest.fixture(scope="session")
def rscript(tmp_path_factory: pytest.TempPathFactory) -> RScript:
    """Return `run(script, *arguments, data=None) -> {name: frame}`.

    `script` is a file of this folder (`"factor_analysis.R"`), `arguments` are further command line
    arguments (any type, passed as text), `data` maps a name to a frame (the index is not sent; give
    it a column if R needs it; booleans arrive as logical, categories as text, missing values as NA).
    What comes back: columns of numbers as float64, everything else as text; NA is missing. A script
    that fails fails the test with R's own messages.
    """

    def run(
        script: str, *arguments: object, data: Mapping[str, pd.DataFrame] | None = None
    ) -> dict[str, pd.DataFrame]:
        folder = tmp_path_factory.mktemp(Path(script).stem)
        source, target = folder / "in", folder / "out"
        source.mkdir()
        target.mkdir()
        for name, frame in (data or {}).items():
            _in_full_digits(frame).to_csv(source / f"{name}.csv", index=False)
        command = ["Rscript", "--vanilla", script, str(source), str(target), *map(str, arguments)]
        done = subprocess.run(
            command,
            cwd=HERE,
            env=_environment(),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{script} failed:\n{done.stderr}"
        return {path.stem: _read(path) for path in sorted(target.glob("*.csv"))}

    return run


def _in_full_digits(frame: pd.DataFrame) -> pd.DataFrame:
    """Write doubles as hexadecimal text: R's own reading of decimals can miss the last bit."""
    doubles = frame.select_dtypes("float")
    return frame.assign(**{name: doubles[name].map(_hexadecimal) for name in doubles})


def _hexadecimal(number: float) -> str:
    return "NA" if pd.isna(number) else float(number).hex()


def _read(path: Path) -> pd.DataFrame:
    """Read text first: float() rounds correctly whatever the version of pandas does."""
    frame = pd.read_csv(path, dtype=str, na_values=["NA"], keep_default_na=False)
    for name in frame:
        with suppress(ValueError):
            frame[name] = frame[name].map(float)
    return frame


def _environment() -> dict[str, str]:
    library = os.environ.get("ERM_BRIDGE_R_LIBRARY", str(PROJECT_LIBRARY))
    kept = {name: value for name, value in os.environ.items() if name not in ("LC_ALL", "R_LIBS_USER")}
    single = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    return {**kept, **single, "R_LIBS": library, "LANG": "C.UTF-8", "LC_COLLATE": "C"}
