import os
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from processes import gone

from erm_bridge.bridge import client, limits, locate
from erm_bridge.bridge.availability import Availability
from erm_bridge.bridge.client import RWorker
from erm_bridge.errors import EngineError, InputError

pytestmark = pytest.mark.r

STAND_IN = Path(__file__).parent / "stand_in"
HOSTILE = ['x); system("id") #', "`", '"', "'; DROP", "a b", "年龄", "", "NA", "function", "\n\t", "é" * 300]


def test_doubles_come_back_bit_for_bit(worker: RWorker) -> None:
    values = np.array([0.1, -0.0, np.inf, -np.inf, np.nan, 5e-324, 1e308, 2**53 + 1])
    back = worker.call("echo", {"x": pd.DataFrame({"x": values})})
    assert back["x"].to_numpy().tobytes() == values.tobytes()


def test_frames_come_back_equal(worker: RWorker) -> None:
    frame = pd.DataFrame(
        {
            "number": [1.5, np.nan],
            "category": pd.Categorical(["中文", None], categories=["unused", "中文", "", "é"]),
            "ordered": pd.Categorical(["b", "a"], categories=["b", "a"], ordered=True),
            "text": pd.array(["\u00e9\U0001f600", None], dtype="str"),
        }
    )
    pd.testing.assert_frame_equal(worker.call("echo", {"x": frame}), frame)


def test_columns_may_have_any_name(worker: RWorker) -> None:
    frame = pd.DataFrame([range(len(HOSTILE) + 1)], columns=[*HOSTILE, "a b"]).astype("float64")
    back = worker.call("echo", {"x": frame})
    assert list(back.columns) == list(frame.columns)
    assert back.to_numpy().tolist() == frame.to_numpy().tolist()


@pytest.mark.parametrize(
    "frame", [pd.DataFrame(), pd.DataFrame(index=range(3)), pd.DataFrame({"x": [1.0]}).iloc[:0]]
)
def test_empty_frames_keep_their_shape(worker: RWorker, frame: pd.DataFrame) -> None:
    assert worker.call("echo", {"x": frame}).shape == frame.shape


def test_r_sees_plain_data_frames(worker: RWorker) -> None:
    frame = pd.DataFrame(
        {
            "x": [1.0, np.nan, 3.0],
            "g": pd.Categorical(["b", None, "b"], categories=["z", "b"]),
            "t": pd.array(["p", "q", None], dtype="str"),
        }
    )
    seen = worker.call("describe", {"x": frame})
    assert seen["class"] == ["data.frame"]
    assert seen["names"] == ["x", "g", "t"]
    assert seen["rows"].tolist() == [-3.0]  # negative: R's automatic row names
    assert seen["columns"] == ["numeric", "factor", "character"]
    assert seen["missing"].tolist() == [1.0, 1.0, 1.0]
    assert seen["levels"] == [None, ["z", "b"], None]


def test_missing_values_of_r_are_missing_in_python(worker: RWorker) -> None:
    found = worker.call("missing_values")
    assert np.array_equal(found["integer"], [1.0, np.nan, -3.0], equal_nan=True)
    assert found["logical"] == [True, None, False]
    assert found["text"] == ["a", None, "中"]
    assert np.array_equal(found["number"], [1.0, np.nan, np.nan, np.inf], equal_nan=True)
    assert found["named"] == {"MatchIt": "4.7.1", "other": None}
    assert found["matrix"].tolist() == [[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]]
    assert list(found["factor"].categories) == ["b", "a"]
    assert found["factor"].codes.tolist() == [0, -1, 1]
    assert (found["unnamed"][0].tolist(), found["unnamed"][1], found["nothing"]) == ([1.0], ["x"], None)


def test_missing_values_in_frames_of_r_are_missing_in_python(worker: RWorker) -> None:
    expected = pd.DataFrame(
        {
            "number": pd.array([1.5, None], dtype="Float64"),
            "whole": pd.array([None, 2], dtype="Int32"),
            "text": pd.array(["x", None], dtype="str"),
            "flag": pd.array([None, True], dtype="boolean"),
            "group": pd.Categorical(["u", None], categories=["v", "u"]),
        }
    )
    pd.testing.assert_frame_equal(worker.call("frame"), expected)


@pytest.mark.parametrize(
    ("call", "named"), [("local_time", "value.*when of class POSIXlt"), ("environment", "ENVSXP")]
)
def test_what_does_not_cross_back_is_refused(worker: RWorker, call: str, named: str) -> None:
    with pytest.raises(EngineError, match=named):
        worker.call(call)
    assert worker.call("echo", {"x": "alive"}) == ["alive"]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("ermbridge_error_input", InputError),
        ("ermbridge_error_separation", InputError),
        ("ermbridge_error_replaced", EngineError),
        ("simpleError", EngineError),
    ],
)
def test_conditions_of_r_become_exceptions(worker: RWorker, kind: str, expected: type[Exception]) -> None:
    with pytest.raises(expected, match="the items are constant") as caught:
        worker.call("fail", {"kind": kind, "message": "the items are constant"})
    assert type(caught.value) is expected


def test_an_error_of_r_keeps_its_call_and_trace(worker: RWorker) -> None:
    with pytest.raises(EngineError, match=r"\(in f\(x\)\)") as caught:
        worker.call("fail", {"kind": "simpleError", "message": "m"})
    assert "inner()" in caught.value.__notes__[0]
    assert caught.value.__notes__[1] == "R had said before:\na warning"


def test_leaving_r_is_an_error_that_quotes_the_log(worker: RWorker) -> None:
    with pytest.raises(EngineError, match=r"(?s)during the call quit: exit code 3.*about to leave"):
        worker.call("quit")
    assert worker.pid is None
    assert worker.call("echo", {"x": "fresh"}) == ["fresh"]


def test_a_crash_is_an_error_and_forgets_what_was_loaded(worker: RWorker) -> None:
    worker.call("warm_up")
    worker.holds = "a study"
    with pytest.raises(EngineError, match="signal SIGSEGV"):
        worker.call("crash")
    assert worker.holds is None
    assert worker.call("echo", {"x": "fresh"}) == ["fresh"]


def test_r_ends_when_its_worker_is_forgotten() -> None:
    worker = RWorker(STAND_IN)
    worker.call("warm_up")
    pid = worker.pid
    del worker
    assert pid is not None
    assert gone([pid], 1)


def test_packages_of_a_library_that_has_gone_are_not_current(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = tmp_path / "library"
    library.mkdir()
    r = locate.find_r()
    assert r is not None
    libraries = os.pathsep.join([str(library), *map(str, locate.library_paths(r))])
    monkeypatch.setenv("R_LIBS", libraries)
    monkeypatch.setenv(locate.LIBRARY_VARIABLE, str(library))
    worker = RWorker(STAND_IN)
    try:
        worker.start()
        assert worker.current()
        library.rmdir()
        assert not worker.current()
    finally:
        worker.close()


def test_a_hang_ends_at_the_time_limit(worker: RWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    worker.call("warm_up")
    pid = worker.pid
    monkeypatch.setenv(limits.TIMEOUT_VARIABLE, "0.3")
    with pytest.raises(EngineError, match=r"sleep within 0\.3 seconds.*ERM_BRIDGE_R_TIMEOUT"):
        worker.call("sleep", {"seconds": 60})
    assert pid is not None
    assert gone([pid], 1)


def test_closing_ends_a_call_that_another_thread_waits_for(worker: RWorker) -> None:
    worker.call("warm_up")
    outcome: list[str] = []

    def sleep() -> None:
        try:
            worker.call("sleep", {"seconds": 60})
        except EngineError as error:
            outcome.append(str(error))

    thread = threading.Thread(target=sleep)
    thread.start()
    time.sleep(0.2)
    worker.close()
    thread.join(5)
    assert "signal SIGKILL" in outcome[0]


def test_what_r_prints_stays_out_of_pythons_output(
    worker: RWorker, capfd: pytest.CaptureFixture[str]
) -> None:
    worker.call("print")
    with pytest.raises(EngineError, match=r"(?s)printed by R.*printed by a child of R"):
        worker.call("quit")
    assert capfd.readouterr() == ("", "")


def test_r_is_set_up_alike_everywhere(worker: RWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    monkeypatch.setenv("R_PROFILE_USER", "/nowhere")
    worker.close()
    found = worker.call("settings")
    worker.close()
    r = locate.find_r()
    assert r is not None
    assert found["libraries"] == [str(path) for path in locate.library_paths(r)]
    assert found["sorted"] == ["B", "_x", "a", "b"]
    assert found["length"].tolist() == [1.0]
    assert found["interactive"] == [False]
    assert found["globals"] == []
    assert found["environment"] == {"R_LIBS": locate.r_libs(), "R_PROFILE_USER": "", "LC_ALL": ""}


def test_erm_bridges_own_code_is_read_and_warmed_up() -> None:
    worker = RWorker()
    try:
        versions = worker.call("versions")
    finally:
        worker.close()
    assert versions["r"] == [locate.find_r().version]  # type: ignore[union-attr]
    assert {"MatchIt", "psych"} <= set(versions["packages"])


def test_code_that_r_cannot_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "broken.R").write_text("f <- function( {", encoding="utf-8")
    with pytest.raises(EngineError, match="R did not start"):
        RWorker(tmp_path).call("warm_up")


def test_an_unusable_r_is_refused_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "availability", lambda: Availability(True, False, "R has no package psych"))
    with pytest.raises(EngineError, match=r"^R has no package psych$"):
        RWorker().start()
