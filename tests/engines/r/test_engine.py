import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import erm_bridge as eb
from erm_bridge.bridge.availability import availability
from erm_bridge.bridge.client import RWorker
from erm_bridge.bridge.defects import hit_by, known_defects
from erm_bridge.bridge.pool import process_pool
from erm_bridge.engines.base import Artefacts
from erm_bridge.engines.r import REngine, dataset, readiness
from erm_bridge.errors import DefectError, EngineError, InputError
from erm_bridge.estimates import StageRows
from erm_bridge.options import STAGES
from erm_bridge.quantities import glossary
from erm_bridge.study.models import Index, Study

pytestmark = pytest.mark.r


@pytest.fixture
def engine() -> Iterator[REngine]:
    """An engine on an R of this process's pool."""
    found = REngine()
    yield found
    found.close()


@pytest.fixture
def worker() -> Iterator[RWorker]:
    found = RWorker()
    yield found
    found.close()


@pytest.mark.parametrize("name", ["ERM_BRIDGE_R_TIMEOUT", "ERM_BRIDGE_R_MEMORY"])
def test_a_wrong_limit_is_told_before_the_study_is(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "much")
    with pytest.raises(InputError, match=f"^{name}: must be"):
        eb.run("studies/lalonde", engines="r")


def number(rows: StageRows, quantity: str, term: str = "", component: str = "") -> float:
    (value,) = (row[3] for row in rows.rows if row[:3] == (quantity, term, component))
    return value


def test_the_stages_of_lalonde(engine: REngine, study: Study, lalonde: pd.DataFrame) -> None:
    engine.start()
    engine.load(study, lalonde)
    difference = engine.run_stage("difference", Artefacts())
    regression = engine.run_stage("regression", Artefacts())
    matching = engine.run_stage("matching", Artefacts())
    effect = engine.run_stage("effect", matching.artefacts)
    assert number(difference.rows, "n", "treat", "1") == 185
    assert number(difference.rows, "n", "race", "black") == 243
    # Printed in MatchIt's documentation of the data: the adjusted and the matched effect on re78.
    assert number(regression.rows, "estimate", "treat") == pytest.approx(1548.24, abs=0.01)
    assert number(effect.rows, "estimate", "matched", "psmatch2") == pytest.approx(894.37, abs=0.01)
    given = matching.artefacts
    assert given.match_matrix is not None
    assert given.weights is not None
    assert given.match_matrix.shape == (185, 1)
    assert given.match_matrix.dtype == np.int64
    treat = lalonde["treat"].to_numpy()
    assert (treat[given.match_matrix] == 0).all()
    assert given.weights[treat == 0].sum() == 185


def test_every_quantity_is_in_the_glossary(engine: REngine, study: Study, lalonde: pd.DataFrame) -> None:
    engine.load(study, lalonde)
    known = set(zip(glossary()["stage"], glossary()["quantity"], strict=True))
    given = engine.run_stage("matching", Artefacts()).artefacts
    for stage in STAGES[1:]:
        rows = engine.run_stage(stage, given.only("weights", "match_matrix")).rows.rows
        assert {(stage, row[0]) for row in rows} <= known
        assert all(isinstance(text, str) for row in rows for text in (*row[:3], row[4]))


def test_what_r_says_stands_in_the_notes_of_its_rows(
    engine: REngine, study: Study, lalonde: pd.DataFrame
) -> None:
    assert study.matching is not None
    few = lalonde.iloc[[*range(60), *range(185, 230)]].reset_index(drop=True)
    plain = {**study.matching.model_dump(), "covariates": ("age", "educ"), "replace": False}
    engine.load(Study(**{**study.model_dump(), "matching": plain}), few)
    rows = engine.run_stage("matching", Artefacts()).rows.rows
    noted = {row[0] for row in rows if "not all treated units will get a match" in row[4]}
    assert noted == {"n_treated_matched", "n_controls_matched", "n_pairs", "pair_distance_max"}


def test_handed_scores_are_matched_on(engine: REngine, study: Study, lalonde: pd.DataFrame) -> None:
    engine.load(study, lalonde)
    scores = np.linspace(0, 1, len(lalonde))
    matched = engine.run_stage("matching", Artefacts(propensity=scores)).artefacts
    assert matched.propensity is not None
    assert np.array_equal(matched.propensity, scores)


def test_an_unmatched_unit_has_no_position(engine: REngine, study: Study, lalonde: pd.DataFrame) -> None:
    assert study.matching is not None
    narrow = {**study.matching.model_dump(), "ratio": 2, "caliper": {"value": 0.001}}
    engine.load(Study(**{**study.model_dump(), "matching": narrow}), lalonde)
    result = engine.run_stage("matching", Artefacts())
    matrix = result.artefacts.match_matrix
    assert matrix is not None
    assert matrix.min() == -1
    assert (matrix >= 0).sum() == number(result.rows, "n_pairs")


def test_what_r_refuses_is_the_users_input(engine: REngine, study: Study, lalonde: pd.DataFrame) -> None:
    engine.load(study, lalonde.assign(age=np.nan))
    with pytest.raises(InputError, match="age"):
        engine.run_stage("difference", Artefacts())


def test_a_stage_after_a_crash_starts_and_loads_again(
    study: Study, lalonde: pd.DataFrame, worker: RWorker
) -> None:
    engine = REngine(worker=worker)
    engine.load(study, lalonde)
    before = engine.run_stage("difference", Artefacts()).rows
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    with pytest.raises(EngineError, match=r"run_stage: signal SIGKILL"):
        engine.run_stage("difference", Artefacts())
    assert engine.run_stage("difference", Artefacts()).rows == before


def test_two_engines_on_one_r_keep_their_studies(study: Study, lalonde: pd.DataFrame) -> None:
    with process_pool().lend() as shared:
        check_two_engines([REngine(worker=shared), REngine(worker=shared)], study, lalonde)


def check_two_engines(engines: list[REngine], study: Study, lalonde: pd.DataFrame) -> None:
    for engine, rows in zip(engines, (614, 300), strict=True):
        engine.load(study, lalonde.iloc[:rows])
    for engine, rows in zip(engines, (614, 300), strict=True):
        found = engine.run_stage("difference", Artefacts()).rows
        assert number(found, "n", "treat", "0") + number(found, "n", "treat", "1") == rows


def test_an_engine_that_is_closed_leaves_its_r_to_the_next(study: Study, lalonde: pd.DataFrame) -> None:
    first, second = REngine(), REngine()
    first.load(study, lalonde)
    before = first.run_stage("difference", Artefacts()).rows
    assert first._worker is not None
    pid = first._worker.pid
    first.close()
    second.load(study, lalonde.iloc[:300])
    assert second._worker is not None
    assert second._worker.pid == pid
    assert second.run_stage("difference", Artefacts()).rows != before
    second.close()


def test_an_engine_that_is_closed_takes_no_r(study: Study, lalonde: pd.DataFrame) -> None:
    engine = REngine()
    engine.start()
    engine.close()
    with pytest.raises(EngineError, match=r"closed|any longer"):
        engine.load(study, lalonde)
    assert engine._worker is None


def test_closing_ends_r_in_the_middle_of_a_stage(study: Study, lalonde: pd.DataFrame) -> None:
    engine = REngine()
    engine.load(study, lalonde)
    engine.versions()
    worker = engine._worker
    assert worker is not None
    assert worker.pid is not None
    pid, outcome = worker.pid, []
    os.kill(pid, signal.SIGSTOP)  # as if it computed for long

    def run() -> None:
        try:
            engine.run_stage("difference", Artefacts())
        except EngineError as error:
            outcome.append(str(error))

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(0.3)
    engine.close()
    thread.join(5)
    assert "erm-bridge stopped it" in outcome[0]
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_log_of_an_engine_tells_what_failed(engine: REngine, study: Study, lalonde: pd.DataFrame) -> None:
    engine.load(study, lalonde.assign(age=np.nan))
    with pytest.raises(InputError, match="age"):
        engine.run_stage("difference", Artefacts())
    assert "Error in the call load" in engine.log()
    engine.close()
    assert "Error in the call load" in engine.log()
    later = REngine()
    later.versions()
    assert later.log() == ""
    later.close()


def test_versions_name_what_computes(engine: REngine) -> None:
    versions = engine.versions()
    assert {"r", "psych", "MatchIt", "blas", "lapack", "rpy2-rinterface"} <= set(versions)
    assert all(isinstance(version, str) for version in versions.values())
    assert versions["rng"] == "Mersenne-Twister, Inversion, Rejection"


def test_a_known_defect_stops_before_r_computes(
    study: Study, lalonde: pd.DataFrame, library_with: Callable[[str, str], Path], worker: RWorker
) -> None:
    library_with("MatchIt", "4.5.1")
    engine = REngine(worker=worker)
    with pytest.raises(
        DefectError, match=r"MatchIt 4\.5\.1: .*not the nearest.*163.*install MatchIt 4\.7\.1"
    ):
        engine.load(study, lalonde)
    assert worker.pid is None


def test_a_known_defect_that_is_not_met_does_not_stop(
    study: Study, library_with: Callable[[str, str], Path]
) -> None:
    library_with("MatchIt", "4.5.1")
    items = Index(items=("age", "educ", "re74"), factors=1)
    without = Study(**{**study.model_dump(), "index": items, "matching": None, "effect": None})
    versions = availability().packages or {}
    assert versions["MatchIt"] == "4.5.1"
    assert hit_by(study, versions)
    assert hit_by(without, versions) == []


def test_an_allowed_defect_marks_the_rows_of_its_stage(
    study: Study, lalonde: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    defect = known_defects()[0]
    monkeypatch.setattr(readiness, "hit_by", lambda study, versions: [defect])
    engine = REngine(allow_known_defects=True)
    engine.load(study, lalonde)
    matching = engine.run_stage("matching", Artefacts()).rows.rows
    difference = engine.run_stage("difference", Artefacts()).rows.rows
    engine.close()
    assert all(defect.id in row[4] for row in matching)
    assert not any(defect.id in row[4] for row in difference)


def test_a_stage_without_a_study_is_refused(engine: REngine) -> None:
    with pytest.raises(EngineError, match="no study is loaded"):
        engine.run_stage("difference", Artefacts())


def test_a_data_set_of_a_package(engine: REngine) -> None:
    bfi = engine.dataset("psych", "bfi")
    assert bfi.shape == (2800, 28)
    assert bfi["education"].isna().sum() == 223
    assert set(map(str, bfi.dtypes)) == {"float64"}


def test_a_data_set_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="nothing"):
        dataset("psych", "nothing")
    with pytest.raises(InputError, match="nopackage is not installed"):
        dataset("nopackage", "bfi")
