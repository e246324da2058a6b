import pytest

from erm_bridge.study.choices import can_hold, choices


def test_closed_lists_are_those_of_the_models() -> None:
    assert choices("matching", "method.method")[0] == "nearest"
    assert choices("matching", "distance.method")[:2] == ("glm", "mahalanobis")
    assert choices("matching", "distance.link") == ("logit", "probit", "cloglog", "cauchit")
    assert choices("effect", "std_error")[:2] == ("psmatch2", "HC0")


@pytest.mark.parametrize("key", ["ratio", "replace", "caliper", "caliper.value"])
def test_open_values_have_no_list(key: str) -> None:
    assert choices("matching", key) is None


def test_a_number_or_a_rule_is_open() -> None:
    assert choices("index", "factors") is None


@pytest.mark.parametrize("key", ["colour", "distance.colour", "ratio.value"])
def test_unknown_keys_are_refused(key: str) -> None:
    with pytest.raises(KeyError):
        choices("matching", key)


def test_what_is_not_listed_cannot_be_held() -> None:
    assert can_hold("regression", "std_error", "=", ("hc3",))
    assert not can_hold("regression", "std_error", "=", ("hc4",))
    assert can_hold("index", "extraction", "=", ("minres", "nothing"))
    assert can_hold("index", "extraction", "!=", ("pca",))
    assert can_hold("matching", "method.method", "!=", ("nearest",))
    assert can_hold("matching", "ratio", ">", ("1",))
