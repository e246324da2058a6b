import pytest

from erm_bridge.errors import InputError
from erm_bridge.study.models import Matching
from erm_bridge.study.validation import validate

SECTION = {"treatment": {"column": "t"}, "covariates": ["x", "y"]}


def section(method: str, **keys) -> Matching:
    return validate(
        Matching, {**SECTION, "distance": {"method": method}, **keys}, lambda location: "study.yml"
    )


@pytest.mark.parametrize("method", ["mahalanobis", "robust_mahalanobis", "euclidean", "scaled_euclidean"])
def test_units_choose_in_the_order_of_the_data_where_there_is_no_score(method):
    assert section(method).order == "data"
    assert section(method, order="closest").order == "closest"
    assert section("glm").order == "largest"


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"order": "largest"}, "order: largest needs a score, which the distance mahalanobis has not"),
        ({"order": "smallest"}, "order: smallest needs a score"),
        ({"ratio": 2, "max_controls": 3}, "max_controls: a variable ratio needs a score"),
        ({"caliper": {"value": 0.2}}, "caliper: needs a score, .* name a column with on"),
        ({"ties": "first"}, "ties: first is for scores, not for the distance mahalanobis"),
    ],
)
def test_what_needs_a_score_is_refused(keys, message):
    with pytest.raises(InputError, match=message):
        section("mahalanobis", **keys)


def test_calipers_on_columns_need_no_score():
    assert section("mahalanobis", caliper={"value": 0.2, "on": "x"}).calipers[0].on == "x"
