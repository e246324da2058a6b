from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from erm_bridge.bridge import locate
from erm_bridge.engines.r import dataset
from erm_bridge.study.models import (
    DataSource,
    Difference,
    Effect,
    Matching,
    Regression,
    Study,
    Treatment,
    Variable,
)

COVARIATES = ("age", "educ", "race", "married", "nodegree", "re74", "re75")


@pytest.fixture(scope="package")
def lalonde() -> pd.DataFrame:
    """The data set of MatchIt, with labels 1 to 614."""
    frame = dataset("MatchIt", "lalonde")
    return frame.set_axis(pd.RangeIndex(1, len(frame) + 1))


@pytest.fixture(scope="package")
def study() -> Study:
    """Nearest neighbours 1:1 on lalonde."""
    number, race = Variable(type="number"), ("black", "hispan", "white")
    names = ("treat", *COVARIATES, "re78")
    variables = {name: number for name in names} | {
        "treat": Variable(type="number", levels=("0", "1")),
        "race": Variable(type="category", levels=race, reference="black"),
    }
    return Study(
        study="lalonde",
        data=DataSource(source="lalonde.csv"),
        variables=variables,
        difference=Difference(by=("race",), outcome="re78"),
        regression=Regression(keep=("treat",), candidates=COVARIATES, outcome="re78"),
        matching=Matching(treatment=Treatment(column="treat"), covariates=COVARIATES),
        effect=Effect(outcome="re78"),
    )


@pytest.fixture
def library_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Put a library before all others that holds one package, as far as its DESCRIPTION says."""

    def make(package: str, version: str) -> Path:
        folder = tmp_path / package
        folder.mkdir()
        (folder / "DESCRIPTION").write_text(f"Package: {package}\nVersion: {version}\n", encoding="utf-8")
        monkeypatch.setenv(locate.LIBRARY_VARIABLE, str(tmp_path))
        return tmp_path

    return make
