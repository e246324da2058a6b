"""A fault in either engine's study is found, and the stage that is named is the right one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import erm_bridge as eb
from erm_bridge import engines as registry
from erm_bridge.engines.base import Artefacts, Engine, StageResult
from erm_bridge.options import StageName
from erm_bridge.study.models import Study

STUDIES = Path(__file__).parents[1] / "studies"

Change = Callable[[dict[str, Any]], None]

FAULTS: dict[str, Change] = {
    "index": lambda study: study["index"].update(rotation="none"),
    "difference": lambda study: study["difference"].update(outcome="age"),
    "regression": lambda study: study["regression"].update(candidates=["age"]),
    "matching": lambda study: study["matching"].update(ratio=2),
    "effect": lambda study: study["effect"].update(conf_level=0.9),
}


class Misled:
    """An engine that is given another study than the run's."""

    def __init__(self, engine: Engine, change: Change) -> None:
        self._engine, self._change = engine, change

    def load(self, study: Study, frame: pd.DataFrame) -> None:
        data = json.loads(study.to_json())
        self._change(data)
        self._engine.load(Study.model_validate_json(json.dumps(data)), frame)

    def __getattr__(self, name: str) -> object:
        return getattr(self._engine, name)


def run_with_fault(monkeypatch: pytest.MonkeyPatch, engine: str, change: Change) -> eb.Run:
    create = registry.create

    def create_one_misled(name: str, allow_known_defects: bool = False) -> object:
        made = create(name, allow_known_defects)
        return Misled(made, change) if name == engine else made

    monkeypatch.setattr(registry, "create", create_one_misled)
    return eb.run(STUDIES / "bfi")


@pytest.mark.r
@pytest.mark.parametrize("engine", ["python", "r"])
@pytest.mark.parametrize("stage", list(FAULTS))
def test_the_stage_at_fault_is_named(monkeypatch: pytest.MonkeyPatch, engine: str, stage: str) -> None:
    run = run_with_fault(monkeypatch, engine, FAULTS[stage])
    assert run.exit_code == 1
    assert run.summary.culprit == stage
    inherited = run.crosscheck["note"].str.startswith("inherits from")
    assert (run.crosscheck.loc[inherited, "note"].str.startswith(f"inherits from {stage}")).all()
    assert inherited.any() == (stage in ("index", "matching"))


class Spoiling:
    """An engine whose artefacts are changed after its rows are made."""

    def __init__(self, engine: Engine, spoil: Callable[[Artefacts], Artefacts]) -> None:
        self._engine, self._spoil = engine, spoil

    def run_stage(self, stage: StageName, given: Artefacts) -> StageResult:
        result = self._engine.run_stage(stage, given)
        return StageResult(result.rows, self._spoil(result.artefacts))

    def __getattr__(self, name: str) -> object:
        return getattr(self._engine, name)


def reversed_index(made: Artefacts) -> Artefacts:
    return made if made.index is None else made.with_(index=-made.index)


def heavier_controls(made: Artefacts) -> Artefacts:
    if made.weights is None:
        return made
    return made.with_(weights=np.where(made.weights > 1, 1.1 * made.weights, made.weights))


@pytest.mark.r
@pytest.mark.parametrize("engine", ["python", "r"])
@pytest.mark.parametrize(("stage", "spoil"), [("index", reversed_index), ("matching", heavier_controls)])
def test_an_artefact_at_fault_is_one_of_the_stage_that_made_it(
    monkeypatch: pytest.MonkeyPatch, engine: str, stage: str, spoil: Callable[[Artefacts], Artefacts]
) -> None:
    create = registry.create

    def create_one_spoiling(name: str, allow_known_defects: bool = False) -> object:
        made = create(name, allow_known_defects)
        return Spoiling(made, spoil) if name == engine else made

    monkeypatch.setattr(registry, "create", create_one_spoiling)
    run = eb.run(STUDIES / "bfi" / "nearest4.yml")
    assert run.summary.culprit == stage


@pytest.mark.r
@pytest.mark.parametrize("engine", ["python", "r"])
def test_a_covariate_dropped_from_the_score_is_a_fault_of_matching(
    monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    run = run_with_fault(monkeypatch, engine, lambda study: study["matching"].update(covariates=["age"]))
    assert run.summary.culprit == "matching"
    assert "missing" in set(run.crosscheck["verdict"])
