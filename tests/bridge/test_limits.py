import pytest

from erm_bridge.bridge import limits
from erm_bridge.errors import InputError


@pytest.mark.parametrize("text", ["abc", "0", "-1", "nan", "inf"])
def test_a_time_limit_that_is_no_time_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(limits.TIMEOUT_VARIABLE, text)
    with pytest.raises(InputError, match=f"ERM_BRIDGE_R_TIMEOUT.*{text}"):
        limits.time_limit()


def test_the_time_limit_is_an_hour_unless_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(limits.TIMEOUT_VARIABLE, raising=False)
    assert limits.time_limit() == 3600
    monkeypatch.setenv(limits.TIMEOUT_VARIABLE, "2.5")
    assert limits.time_limit() == 2.5


def test_a_time_limit_may_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(limits.TIMEOUT_VARIABLE, "2.5")
    assert limits.time_limit(7) == 7
    with pytest.raises(InputError, match="timeout: must be a number of seconds greater than 0, found -1"):
        limits.time_limit(-1)


@pytest.mark.parametrize(
    ("text", "size"),
    [("4GB", 4 * 2**30), ("512 MB", 2**29), ("1.5gb", 3 * 2**29), ("524288KB", 2**29), ("1TB", 2**40)],
)
def test_sizes_of_memory(monkeypatch: pytest.MonkeyPatch, text: str, size: int) -> None:
    monkeypatch.setenv(limits.MEMORY_VARIABLE, text)
    assert limits.memory_limit() == size
    assert limits.memory_limit(text) == limits.memory_limit(limits.size_text(size)) == size


@pytest.mark.parametrize(
    "text", ["4", "4G", "GB", "0GB", "-4GB", "255MB", "1e3GB", "4GB x", "٤GB", "99999999999TB", "nan GB"]
)
def test_a_size_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(limits.MEMORY_VARIABLE, text)
    with pytest.raises(InputError, match=f"^ERM_BRIDGE_R_MEMORY: must be .* such as 4GB, found '{text}'"):
        limits.memory_limit()
    with pytest.raises(InputError, match=r"^memory: must be"):
        limits.memory_limit(text)


def test_memory_has_no_limit_unless_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(limits.MEMORY_VARIABLE, raising=False)
    assert limits.memory_limit() is None
