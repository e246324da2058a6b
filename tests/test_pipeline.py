"""The pipeline when an engine fails: the other's results are kept."""

from pathlib import Path

import pytest

import erm_bridge as eb
from erm_bridge import engines as registry
from erm_bridge import run_folder
from erm_bridge.engines.base import Artefacts, Engine, StageResult
from erm_bridge.options import StageName

STUDIES = Path(__file__).parents[1] / "studies"


class Failing:
    """An engine that fails at its n-th stage."""

    def __init__(self, engine: Engine, at: int) -> None:
        self._engine, self._left = engine, at

    def run_stage(self, stage: StageName, given: Artefacts) -> StageResult:
        self._left -= 1
        if self._left == 0:
            raise eb.EngineError("R: out of order")
        return self._engine.run_stage(stage, given)

    def __getattr__(self, name: str) -> object:
        return getattr(self._engine, name)


@pytest.mark.r
@pytest.mark.parametrize("at", [1, 3, 6, 8])
def test_results_of_the_other_engine_are_kept(
    monkeypatch: pytest.MonkeyPatch, at: int, tmp_path: Path
) -> None:
    create = registry.create

    def create_one_failing(name: str, allow_known_defects: bool = False) -> object:
        made = create(name, allow_known_defects)
        return Failing(made, at) if name == "r" else made

    monkeypatch.setattr(registry, "create", create_one_failing)
    run = eb.run(STUDIES / "bfi", out=tmp_path / "out")
    assert run.exit_code == 3
    assert run.verdict == "not crosschecked"
    assert run.status == {"python": "ok", "r": "failed: R: out of order"}
    assert set(run.estimates["engine"]) == {"python"}
    assert set(run.estimates["input"]) == {"own"}
    assert run_folder.read(tmp_path / "out").exit_code == 3


@pytest.mark.r
def test_without_any_engine_that_runs_the_error_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    create = registry.create
    monkeypatch.setattr(registry, "create", lambda name, allow_known_defects=False: Failing(create(name), 1))
    with pytest.raises(eb.EngineError, match="r failed: R: out of order"):
        eb.run(STUDIES / "lalonde", engines=["r"])
