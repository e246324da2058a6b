"""Small finished runs, of one engine and of two, that need no R."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import erm_bridge as eb
from erm_bridge import engines as registry
from erm_bridge import run_folder
from erm_bridge.cli import main

Invoke = Callable[..., tuple[int, str, str]]

STUDY = """
study: small
data: {source: small.csv}
outcome: y
matching:
  treatment: {column: treat, treated: 1}
  covariates: [age]
effect: {}
"""


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    random = np.random.default_rng(3)
    data = {"treat": np.arange(40) % 4 == 0, "age": random.normal(70, 5, 40), "y": random.normal(size=40)}
    pd.DataFrame(data).astype(float).to_csv(folder / "small.csv", index=False)
    (folder / "study.yml").write_text(STUDY, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def alone(study: Path) -> eb.Run:
    return eb.run(study, engines=["python"])


class Twin:
    """The Python engine under the name of the other."""

    def __init__(self) -> None:
        self._engine, self.name = registry.create("python"), "r"

    def __getattr__(self, name: str) -> object:
        return getattr(self._engine, name)


@pytest.fixture(scope="session")
def both(study: Path) -> eb.Run:
    """A crosschecked run that needs no R."""
    create = registry.create
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "create", lambda n, allow=False: Twin() if n == "r" else create(n, allow))
        return eb.run(study, engines=["python", "r"])


@pytest.fixture(scope="session")
def written(both: eb.Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("written") / "out"
    run_folder.write(both, path)
    return path


@pytest.fixture
def out(tmp_path: Path, written: Path) -> Path:
    """The folder of the crosschecked run, alone in its folder."""
    return shutil.copytree(written, tmp_path / "out")


@pytest.fixture
def invoke() -> Invoke:
    """Run a command; gives exit code, standard output and standard error."""

    def call(*arguments: object) -> tuple[int, str, str]:
        result = CliRunner().invoke(main, [str(argument) for argument in arguments])
        return result.exit_code, result.stdout, result.stderr

    return call
