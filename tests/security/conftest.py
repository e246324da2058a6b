"""A study to spoil, a canary that any payload would leave when evaluated, and a command line to call."""

import importlib.util
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from erm_bridge.cli import main

STUDY = """
study: small
data: {source: small.csv}
variables:
  town: {type: category, levels: [north, south]}
index: {items: [i1, i2, i3, i4], factors: 1}
difference: {by: [town]}
regression: {keep: [treat], candidates: [age, town]}
matching: {treatment: {column: treat}, covariates: [age, town]}
effect: {}
"""

# Run[code, standard output, standard error]
Run = Callable[..., tuple[int, str, str]]


def small_data(n: int = 60) -> pd.DataFrame:
    random = np.random.default_rng(5)
    common = random.normal(size=n)
    items = {f"i{j}": np.round(common + random.normal(size=n), 2) for j in range(1, 5)}
    return pd.DataFrame(
        {
            **items,
            "treat": random.permutation(np.arange(n) % 3 == 0).astype(int),
            "age": random.integers(60, 80, n),
            "town": random.choice(["north", "south"], n),
        }
    )


def files_below(folder: Path) -> set[str]:
    return {os.path.join(path, name) for path, _, names in os.walk(folder) for name in names}


@pytest.fixture
def canary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file that payloads try to make, beside a working directory of their own; it must not appear."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    path = tmp_path / "CANARY"
    yield path
    assert not path.exists(), "a payload was evaluated"
    outside = {name for name in files_below(tmp_path) if not name.startswith(f"{here}{os.sep}")}
    assert outside == set(), "a file was made outside of the working directory"


@pytest.fixture
def folder(canary: Path) -> Path:
    """A folder with the study and its data, which is also the working directory."""
    here = Path.cwd()
    small_data().to_csv(here / "small.csv", index=False)
    (here / "study.yml").write_text(STUDY, encoding="utf-8")
    return here


@pytest.fixture
def invoke(folder: Path) -> Run:
    """Call the command line; nothing but the run folder may be made, and no traceback is shown."""

    def call(*arguments: object) -> tuple[int, str, str]:
        before = files_below(folder)
        result = CliRunner().invoke(main, [str(argument) for argument in arguments])
        assert isinstance(result.exception, SystemExit | None), result.exception
        assert "Traceback" not in result.stderr
        made = {
            name for name in files_below(folder) - before if not name.startswith(f"{folder / 'out'}{os.sep}")
        }
        assert made == set()
        return result.exit_code, result.stdout, result.stderr

    return call


@pytest.fixture
def run(folder: Path, invoke: Run) -> Run:
    """Run the study of the folder with Python alone, after its file or its data were replaced."""

    def call(*arguments: object, study: str | bytes | None = None) -> tuple[int, str, str]:
        if study is not None:
            data = study if isinstance(study, bytes) else study.encode("utf-8", "surrogatepass")
            (folder / "study.yml").write_bytes(data)
        return invoke("run", folder, "--engine", "python", "--out", folder / "out", *arguments)

    return call


@pytest.fixture(scope="session")
def payloads() -> ModuleType:
    """The module `payloads` beside this file."""
    path = Path(__file__).with_name("payloads.py")
    spec = importlib.util.spec_from_file_location("payloads", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
