"""Equal runs write equal files, whatever surrounds them; what may differ is listed here."""

import json
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import erm_bridge as eb
from erm_bridge.engines.base import Artefacts
from erm_bridge.engines.python import PythonEngine
from erm_bridge.one_thread import _libraries, one_thread
from erm_bridge.simulate import simulate
from erm_bridge.study.models import DataSource, Study
from erm_bridge.study.sections import Difference

STUDY = Path(__file__).parents[1] / "studies" / "bfi" / "nearest4.yml"

# All that may differ between two runs: when the run was, and how long its stages took.
STAMP = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00")
SECONDS_MARKDOWN = re.compile(rb"^- Seconds: .*$", re.MULTILINE)
SECONDS_HTML = re.compile(rb"(<div><dt>(?:\w+|\w+ on \w+)</dt><dd>)\d+\.\d{3}(</dd></div>)")

SURROUNDINGS = (
    {"OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "1", "TZ": "Asia/Shanghai", "LC_ALL": "C"},
    {"OPENBLAS_NUM_THREADS": "2", "PYTHONHASHSEED": "2", "LANG": "tr_TR.UTF-8", "HOME": "/nonexistent"},
)


def without_times(path: Path) -> bytes:
    """The content of a file without what may differ."""
    content = path.read_bytes()
    if path.name == "run.json":
        record = json.loads(content)
        timed = {"created": None, "seconds": {name: list(found) for name, found in record["seconds"].items()}}
        return json.dumps({**record, **timed}).encode()
    if path.name == "report.md":
        return SECONDS_MARKDOWN.sub(b"", STAMP.sub(b"", content))
    if path.name == "report.html":
        return SECONDS_HTML.sub(rb"\1\2", STAMP.sub(b"", content))
    return content


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): without_times(p) for p in folder.rglob("*") if p.is_file()}


@pytest.mark.r
def test_two_runs_differ_in_their_times_only(tmp_path: Path) -> None:
    for number, surrounding in enumerate(SURROUNDINGS):
        subprocess.run(
            [sys.executable, "-m", "erm_bridge", "run", str(STUDY), "--out", f"run-{number}", "--quiet"],
            env={**os.environ, **surrounding},
            cwd=tmp_path,
            check=True,
        )
    first, second = (contents(tmp_path / f"run-{number}") for number in range(len(SURROUNDINGS)))
    assert list(first) != []
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def threads_in_use() -> set[int]:
    return {library["num_threads"] for library in _libraries().info()}


def on_two_threads() -> Any:
    return _libraries().limit(limits=2, user_api="blas")


def test_the_number_of_threads_is_given_back() -> None:
    with on_two_threads():
        with one_thread():
            with one_thread():
                assert threads_in_use() == {1}
            assert threads_in_use() == {1}
        assert threads_in_use() == {2}


def test_a_block_in_another_thread_does_not_end_this_one() -> None:
    with on_two_threads():
        ours, theirs = one_thread(), one_thread()
        ours.__enter__()
        theirs.__enter__()
        ours.__exit__(None, None, None)
        assert threads_in_use() == {1}
        theirs.__exit__(None, None, None)
        assert threads_in_use() == {2}


CALLS = {
    "erm_bridge.engines.python.factors.adequacy.adequacy_of": lambda frame: eb.factor_analysis(frame, 1),
    "erm_bridge.engines.python.matches.distance.fit_propensity": lambda frame: matched(frame),
    "erm_bridge.numerics.balance.balance": lambda frame: matched(frame).balance,
    "erm_bridge.engines.python.effect.effect_of": lambda frame: eb.estimate_effect(
        matched(frame), outcome=frame["y"]
    ),
    "erm_bridge.simulate.survey._metadata": lambda frame: simulate(200),
    "erm_bridge.engines.python.difference.run": lambda frame: stage_of_a_run(frame),
}


def matched(frame: pd.DataFrame) -> eb.Match:
    return eb.match(frame, treatment="treated", covariates=["x", "y"])


def stage_of_a_run(frame: pd.DataFrame) -> None:
    engine = PythonEngine()
    study = Study(study="s", data=DataSource(source="frame"), difference=Difference(outcome="y"))
    engine.load(study, frame)
    engine.run_stage("difference", Artefacts())


@pytest.mark.parametrize("inside", list(CALLS))
def test_linear_algebra_is_on_one_thread(monkeypatch: pytest.MonkeyPatch, inside: str) -> None:
    module, name = inside.rsplit(".", 1)
    function, seen = getattr(import_module(module), name), []

    def look(*given: Any, **named: Any) -> Any:
        seen.append(threads_in_use())
        return function(*given, **named)

    monkeypatch.setattr(import_module(module), name, look)
    random = np.random.default_rng(5)
    frame = pd.DataFrame(random.normal(size=(200, 3)), columns=["x", "y", "z"])
    with on_two_threads():
        CALLS[inside](frame.assign(treated=frame["x"] + random.normal(size=200) > 1))
        assert threads_in_use() == {2}
    assert seen == [{1}]
