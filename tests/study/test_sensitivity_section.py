import pytest

from erm_bridge.study.models import DataSource, Effect, Index, Matching, Study, Treatment
from erm_bridge.study.roles import roles_of


def study(sensitivity, outcome="y", items=(), **matching):
    treatment = Treatment(column="t")
    return Study(
        study="s",
        data=DataSource(source="s.csv"),
        outcome="y",
        difference={"outcome": "y"},
        index=Index(items=items, factors=1) if items else None,
        matching=Matching(treatment=treatment, covariates=("x",), **matching),
        effect=Effect.model_validate({"outcome": outcome, "sensitivity": sensitivity}, strict=False),
    )


def test_placebo_outcomes_are_columns_of_the_analysis():
    roles = roles_of(study({"placebo": ["p"]}))
    assert roles.of("p") == "effect.sensitivity.placebo"
    assert roles.must_be_number("p")


@pytest.mark.parametrize(
    ("sensitivity", "changes", "message"),
    [
        ({}, {}, "asks for nothing"),
        ({"rosenbaum": [0.9]}, {}, r"between 1 \(no hidden bias\).*found 0.9"),
        ({"rosenbaum": [1, 2]}, {"ratio": 2}, r"effect.sensitivity.rosenbaum: .*found ratio: 2"),
        ({"rosenbaum": [1, 2]}, {"method": {"method": "kernel"}}, "found method: kernel"),
        ({"rosenbaum": [1, 2]}, {"method": {"method": "full"}}, "found method: full"),
        ({"rosenbaum": [1, 2]}, {"method": {"method": "cardinality"}}, "found method: cardinality"),
        ({"rosenbaum": [1, 2]}, {"replace": True}, "found replace: true"),
        ({"rosenbaum": [1, 2]}, {"survey_weights": "w"}, "found survey_weights"),
        ({"placebo": ["x"]}, {}, "'x' is a covariate of the match"),
        ({"placebo": ["t"]}, {}, "'t' is the treatment"),
        ({"placebo": ["y"]}, {}, "'y' is the outcome"),
        ({"placebo": ["b"]}, {"outcome": None, "items": ("a", "b", "c")}, "'b' is an item of the index"),
    ],
)
def test_what_makes_no_sense_is_refused(sensitivity, changes, message):
    with pytest.raises(ValueError, match=message):
        study(sensitivity, **changes)


def test_items_of_an_index_that_is_not_the_outcome_can_be_placebos():
    assert study({"placebo": ["b"]}, items=("a", "b", "c")).effect.sensitivity.placebo == ("b",)
