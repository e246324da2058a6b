import pytest

from erm_bridge.errors import InputError
from erm_bridge.study.models import Caliper, Matching
from erm_bridge.study.validation import validate

BASIS = {"treatment": {"column": "treat"}, "covariates": ["age"]}


def section(**keys: object) -> Matching:
    return validate(Matching, {**BASIS, **keys}, lambda location: "study.yml")


def test_one_caliper_and_several() -> None:
    assert section().calipers == ()
    one = section(caliper={"value": 0.1})
    assert one.calipers == (Caliper(value=0.1),)
    assert one.distance_caliper == Caliper(value=0.1)
    several = section(caliper=[{"value": -2, "on": "age"}, {"value": 0.2, "unit": "sd"}])
    assert several.distance_caliper == Caliper(value=0.2, unit="sd")
    assert several.restricting["caliper"] == ("age",)
    assert section(caliper=[{"value": 1, "on": "age"}]).distance_caliper is None


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"caliper": {"value": 0}}, "caliper.value: must be a number other than 0, found 0"),
        ({"caliper": {"width": 0.1}}, r"caliper.width: unknown key .*\(valid keys: value, unit, on\)"),
        ({"caliper": [{"value": 1, "units": "sd"}]}, "caliper.0.units: unknown key; did you mean 'unit'"),
        ({"caliper": 0.02}, "caliper: give a mapping such as {value: 0.02, unit: raw}, found 0.02"),
        ({"caliper": [{"value": 1}, {"value": 2}]}, "caliper: more than one is on the distance"),
        (
            {"caliper": [{"value": 1, "on": "age"}, {"value": 2, "on": "age"}]},
            "caliper: 'age' is listed twice",
        ),
        ({"caliper": {"value": 1, "on": "treat"}}, "caliper: 'treat' is the treatment"),
        ({"exact": ["treat"]}, "exact: 'treat' is the treatment"),
        ({"antiexact": ["age", "age"]}, "antiexact: 'age' is listed twice"),
        ({"unit_id": "house", "replace": True}, "unit_id: with replacement a row can be used any number"),
        ({"reuse_max": 2}, "reuse_max: limits matching with replacement; set replace: true"),
        ({"reuse_max": 1, "replace": True}, "reuse_max: must be at least 2, found 1"),
        ({"min_controls": 1}, "min_controls: needs max_controls"),
        ({"max_controls": 3}, "max_controls: must be more than ratio, and ratio more than 1, found 3 and 1"),
        ({"max_controls": 3, "ratio": 3}, "max_controls: must be more than ratio"),
        (
            {"max_controls": 3, "ratio": 2, "min_controls": 2},
            "min_controls: must be less than ratio, found 2",
        ),
        ({"ties": "all"}, "ties: all takes as many controls as are equally near, which needs replace: true"),
        ({"ties": "all", "replace": True, "reuse_max": 2}, "ties: all takes"),
        ({"ties": "last"}, "ties: \"last\" is not available; choose from: 'matchit', 'first' or 'all'"),
        ({"order": "nearest"}, 'order: "nearest" is not available'),
        ({"estimand": "ATE"}, "estimand: pairs of method nearest are for ATT or ATC"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(keys: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        section(**keys)
