"""Columns that a study computes or recodes, as the report lists them."""

from erm_bridge.report import settings
from erm_bridge.report.model import MadeColumn


def test_computed_and_recoded_columns_are_listed_with_their_codes(example):
    codes = {"1": "none", "2": "some", "3": "some", "9": None}
    study = example.study(
        derive={"age": "2017 - birth_year", "schooling": "q7"},
        variables={
            "schooling": {"type": "category", "codes": codes},
            "school": {"type": "category", "codes": {"a": "A"}},
        },
    )
    assert settings.made_columns(study) == (
        MadeColumn("age", "2017 - birth_year", ""),
        MadeColumn("schooling", "q7", "1 = none; 2, 3 = some; 9 = missing"),
        MadeColumn("school", "school", "a = A"),
    )
    assert settings.made_columns(example.study(derive={})) == ()
