"""The key `matching.method`: bare names, settings of each method, and what is refused."""

import pytest

from erm_bridge.arguments import options_of
from erm_bridge.errors import InputError
from erm_bridge.study.models import Matching, Study

COARSENED = {"method": "coarsened_exact"}
PAIRS = {**COARSENED, "k2k": True}


def section(method, **keys):
    treatment = {"column": "treat", "treated": 1}
    return options_of(
        Matching, "match", treatment=treatment, covariates=["age", "race"], method=method, **keys
    )


def test_a_bare_name_stands_for_the_method_with_its_usual_settings():
    assert section("nearest").method == section({"method": "nearest"}).method
    coarsened = section("coarsened_exact").method
    assert (coarsened.cutpoints, coarsened.grouping, coarsened.k2k, coarsened.pair_distance) == (
        {},
        {},
        False,
        None,
    )
    subclasses = section("subclassification").method
    assert (subclasses.subclasses, subclasses.min_n, subclasses.k2k) == (6, 1, None)
    pairs = section(PAIRS).method
    assert (pairs.pair_distance, pairs.pair_order, pairs.power) == ("mahalanobis", "data", None)
    assert section({**PAIRS, "pair_distance": "minkowski"}).method.power == 2


def test_places_to_cut_are_sorted_and_told_from_numbers_of_bins():
    cutpoints = {"age": [40, 30, 30], "race": 1}
    found = section({**COARSENED, "cutpoints": cutpoints}).method.cutpoints
    assert found == {"age": (30.0, 40.0), "race": 1}
    assert section({"method": "subclassification", "subclasses": [0, 0.5, 1]}).method.subclasses == (0.5,)


def test_only_methods_on_scores_need_one():
    assert [
        section(name).on_scores for name in ("nearest", "subclassification", "exact", "coarsened_exact")
    ] == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("method", "keys", "told"),
    [
        ("exactly", {}, "'exactly' is not available"),
        ({"method": "exact", "k2k": True}, {}, "k2k: does not belong to exact"),
        ({**COARSENED, "pair_order": "data"}, {}, "does not belong to coarsened_exact without k2k"),
        ({**PAIRS, "power": 3}, {}, "power: does not belong to coarsened_exact with mahalanobis"),
        ({**COARSENED, "cutpoints": {"age": "q1"}}, {}, "sturges, scott, fd"),
        ({**COARSENED, "cutpoints": {"age": -1}}, {}, "found -1"),
        ({**COARSENED, "cutpoints": {"sex": 2}}, {}, "'sex' is not among the covariates"),
        ({**COARSENED, "grouping": {"race": [["a", "b"], ["b", "c"]]}}, {}, "grouping.race"),
        ({"method": "subclassification", "subclasses": 1}, {}, "a whole number from 2"),
        ({"method": "subclassification", "subclasses": [1.5]}, {}, "shares between 0 and 1"),
        ({**PAIRS, "pair_distance": "none", "pair_order": "closest"}, {}, "nobody is closest"),
        ({**PAIRS, "pair_order": "closest"}, {"estimand": "ATC"}, "closest is not available for ATC"),
        ({**PAIRS, "pair_distance": "canberra"}, {"estimand": "ATC"}, "canberra is not available for ATC"),
        ("exact", {"ratio": 2}, "ratio: plays no part in exact"),
        ("subclassification", {"replace": True}, "replace: plays no part in subclassification"),
        ("coarsened_exact", {"caliper": {"value": 0.1}}, "caliper: plays no part"),
        ("exact", {"distance": {"digits": 5}}, "distance: plays no part in exact"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(method, keys, told):
    with pytest.raises(InputError) as refused:
        section(method, **keys)
    assert told in str(refused.value).replace('"exactly"', "'exactly'")


def test_orders_of_tied_rows_belong_to_nearest_neighbours():
    study = {"study": "s", "data": {"source": "d.csv"}, "outcome": "y", "difference": {"outcome": "y"}}
    matching = {"treatment": {"column": "treat"}, "covariates": ["age"], "method": "exact"}
    effect = {"tie_orders": 5, "outcome": "y"}
    with pytest.raises(InputError, match=r"effect\.tie_orders: belongs to nearest, not to exact"):
        options_of(Study, "run", **study, matching=matching, effect=effect)


@pytest.mark.parametrize("method", ["optimal", "full", "generalised_full"])
def test_the_order_that_a_distance_brings_is_not_held_against_a_method(method):
    assert section(method, distance={"method": "mahalanobis"}).order == "data"
    with pytest.raises(InputError, match="order: plays no part"):
        section(method, distance={"method": "mahalanobis"}, order="closest")
