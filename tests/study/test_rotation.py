"""The key `rotation`: which settings belong to which method, and what they are without being given."""

import pytest

from erm_bridge.errors import InputError
from erm_bridge.study.models import Index
from erm_bridge.study.rotation import Rotation
from erm_bridge.study.validation import validate

ITEMS = ["a", "b", "c", "d", "e", "f"]
TARGET = {"a": [None, 0], "b": [None, 0], "c": [0.7, 0], "d": [0, None], "e": [0, None], "f": [0, None]}


def index(rotation: object, factors: object = 2) -> Index:
    return validate(Index, {"items": ITEMS, "factors": factors, "rotation": rotation}, lambda place: "study")


def refused(rotation: object, **others: object) -> str:
    with pytest.raises(InputError) as caught:
        index(rotation, **others)
    return str(caught.value)


def test_a_bare_name_has_the_usual_settings_of_psych() -> None:
    assert index("varimax").rotation == Rotation(method="varimax", normalize=True, starts=0)
    assert index("oblimin").rotation == Rotation(method="oblimin", normalize=False, gamma=0.0, starts=0)
    assert index("promax").rotation == Rotation(method="promax", normalize=True, power=4.0)
    assert index("Promax").rotation.normalize is False
    assert index("geominT").rotation.delta == 0.01
    assert index("simplimax").rotation.zeros is None
    none = index("none").rotation
    assert {key for key, value in none if value is not None} == {"method"}


def test_null_counts_as_not_given() -> None:
    written = index({"method": "geominQ", "delta": 0.05}).rotation.model_dump()

    assert index(written).rotation == index({"method": "geominQ", "delta": 0.05}).rotation
    assert index({"method": "promax", "gamma": None, "power": None}).rotation.power == 4.0


@pytest.mark.parametrize(
    ("rotation", "message"),
    [
        (
            {"method": "promax", "gamma": 0},
            "gamma: does not belong to 'promax'; remove it (keys of promax: normalize, power)",
        ),
        (
            {"method": "none", "normalize": True},
            "normalize: does not belong to 'none'; remove it (keys of none: none)",
        ),
        ({"method": "promax", "starts": 3}, "starts: does not belong to 'promax'"),
        ({"method": "procrustes", "normalize": True, "target": TARGET}, "normalize: does not belong"),
        ({"method": "oblimax"}, '"oblimax" is not available; choose from'),
        ({"method": "oblimin", "gama": 0}, "unknown key; did you mean 'gamma'?"),
        ({"method": "oblimin", "gamma": "0"}, 'rotation.gamma: must be a number, found "0"'),
        ({"method": "geominQ", "delta": 0}, "rotation.delta: must be a number greater than 0"),
        ({"method": "simplimax", "zeros": 12}, "rotation.zeros: 12 of the 12 loadings of 6 items on 2"),
        ({"method": "targetQ"}, "target: targetQ needs one: a mapping of each item to its loadings"),
        ({"method": "procrustes", "target": TARGET}, "procrustes needs every loading"),
        (
            {"method": "targetT", "target": {**TARGET, "g": [0, 0]}},
            "rotation.target: 'g' is not among the items",
        ),
        (
            {"method": "targetT", "target": {key: TARGET[key] for key in "abcde"}},
            "rotation.target: 'f' has no row",
        ),
        (
            {"method": "targetT", "target": {**TARGET, "f": [0, 0, 0]}},
            "rotation.target: 'f' has 3 loadings, for 2 factors",
        ),
        (
            {"method": "targetQ", "target": {key: [0 if key == "a" else None, None] for key in ITEMS}},
            "rotation.target: 1 loadings are specified, at least 2 must be for 2 factors by targetQ",
        ),
        ({"method": "targetT", "target": {**TARGET, "f": "0"}}, "rotation.target.f: must be a list"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(rotation: object, message: str) -> None:
    assert message in refused(rotation)


def test_a_target_is_for_the_number_of_factors_that_a_rule_finds() -> None:
    found = index({"method": "targetQ", "target": TARGET}, factors="kaiser")

    assert found.rotation.target == {key: tuple(row) for key, row in TARGET.items()}
    with pytest.raises(ValueError, match="has 2 loadings, for 3 factors"):
        found.check_number_of_factors(3)


def test_in_sensitivity_the_name_of_the_own_rotation_has_its_settings() -> None:
    own = {"method": "targetQ", "target": TARGET}
    asked = {
        "items": ITEMS,
        "factors": 2,
        "rotation": own,
        "sensitivity": {"rotation": ["targetQ", "promax"]},
    }
    found = validate(Index, asked, lambda place: "study")

    assert found.sensitivity is not None
    assert found.sensitivity.rotation == (found.rotation, Rotation(method="promax"))
    with pytest.raises(InputError, match="targetT needs one"):
        validate(Index, asked | {"sensitivity": {"rotation": ["targetT"]}}, lambda place: "study")


def test_rotations_of_sensitivity_fit_the_items_and_factors_too() -> None:
    other = {"method": "targetQ", "target": {"a": [None, 0]}}
    asked = {"items": ITEMS, "factors": 2, "sensitivity": {"rotation": [other]}}

    with pytest.raises(InputError, match=r"sensitivity: rotation\.target: 'b' has no row"):
        validate(Index, asked, lambda place: "study")
