import pytest

from erm_bridge.bridge import client
from erm_bridge.errors import InputError


@pytest.mark.parametrize("text", ["abc", "0", "-1", "nan", "inf"])
def test_a_time_limit_that_is_no_time_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(client.TIMEOUT_VARIABLE, text)
    with pytest.raises(InputError, match=f"ERM_BRIDGE_R_TIMEOUT.*{text}"):
        client.time_limit()


def test_the_time_limit_is_an_hour_unless_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(client.TIMEOUT_VARIABLE, raising=False)
    assert client.time_limit() == 3600
    monkeypatch.setenv(client.TIMEOUT_VARIABLE, "2.5")
    assert client.time_limit() == 2.5


@pytest.mark.parametrize(
    ("failure", "cure"),
    [
        ("OSError: symbol 'R_getVar' not found in library", 'pip install "rpy2-rinterface<=3.6.5"'),
        ("ModuleNotFoundError: No module named 'rpy2'", 'pip install "erm-bridge[r]"'),
        ("OSError: cannot load library '/opt/R/lib/libR.so'", "--enable-R-shlib"),
        ("ValueError: something else", "something else"),
    ],
)
def test_a_failed_start_is_explained_with_its_cure(failure: str, cure: str) -> None:
    assert cure in client._explain_start(failure)
