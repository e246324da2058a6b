"""The key `index.dimension`: its forms, what a rule adds to it, what is refused."""

import json
from typing import Any

import pytest

from erm_bridge.errors import InputError
from erm_bridge.study.models import Dimension, Index
from erm_bridge.study.validation import validate


def index(**keys: Any) -> Index:
    given = {"items": ["a", "b", "c", "d"], "factors": 1, **keys}
    return validate(Index, given, lambda location: "study.yml")


def test_nothing_is_looked_for_by_default() -> None:
    assert index().dimension is None
    assert index(factors="kaiser").dimension is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("map", Dimension(methods=("map",))),
        (["parallel", "vss"], Dimension(methods=("parallel", "vss"))),
        ({}, Dimension(methods=("parallel", "map", "vss"))),
        ({"methods": "parallel", "of": "components"}, Dimension(methods=("parallel",), of=("components",))),
        ({"replicates": 500, "quantile": 0.99, "most": 3}, Dimension(replicates=500, quantile=0.99, most=3)),
    ],
)
def test_a_name_a_list_or_a_mapping(given: Any, expected: Dimension) -> None:
    assert index(dimension=given).dimension == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, ("map",)),
        ("parallel", ("parallel", "map")),
        ({"methods": ["map", "vss"]}, ("map", "vss")),
    ],
)
def test_a_rule_brings_its_method(given: Any, expected: tuple[str, ...]) -> None:
    found = index(factors="map", dimension=given).dimension
    assert found is not None
    assert found.methods == expected


def test_a_resolved_study_reads_the_same() -> None:
    found = index(factors="parallel", dimension={"replicates": 20})
    assert validate(Index, json.loads(found.model_dump_json()), lambda location: "study.json") == found


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("scree", "dimension.methods.0: \"scree\" is not available; choose from: 'parallel', 'map' or 'vss'"),
        ([], "dimension.methods: must be a list of at least 1, found []"),
        (["map", "map"], "'map' is listed twice"),
        (3, "dimension: must be a mapping of keys, found 3"),
        ({"of": "roots"}, "dimension.of.0: \"roots\" is not available; choose from: 'components', 'factors'"),
        ({"replicates": 1}, "dimension.replicates: must be at least 2, found 1"),
        ({"quantile": 95}, "dimension.quantile: must lie between 0 and 1, found 95"),
        ({"quantiles": 0.9}, "unknown key; did you mean 'quantile'?"),
        ({"most": 0}, "dimension.most: must be at least 1, found 0"),
        ({"replicates": 10.5}, "dimension.replicates: must be a whole number, found 10.5"),
    ],
)
def test_what_is_wrong_is_named(given: Any, message: str) -> None:
    with pytest.raises(InputError) as error:
        index(dimension=given)
    assert message in str(error.value)


def test_a_wrong_rule_is_named_with_the_right_ones() -> None:
    with pytest.raises(InputError, match="a whole number from 1, or kaiser or parallel or map, found"):
        index(factors="scree")
