import numpy as np
import pandas as pd
import pytest

from erm_bridge.engines.python.design import design_matrix, indicator_columns
from erm_bridge.errors import InputError
from erm_bridge.study.models import Variable

FRAME = pd.DataFrame(
    {
        "age": [30.0, 40, 50, 60],
        "race": pd.Categorical(["b", "a", "c", "a"], categories=["a", "b", "never", "c"]),
        'x); system("id") #': [True, False, True, False],
        "code": pd.Categorical([2, 1, 2, 1]),
        "word": ["y", "x", "z", "y"],
        "day": pd.date_range("2017-05-01", periods=4),
        "gap": [1.0, np.nan, 2, 3],
        "endless": [1.0, 2, np.inf, 4],
        "race[b]": [1, 2, 3, 4],
        "one level": pd.Categorical(["a"] * 4),
    },
    index=["w", "x", "y", "z"],
)


def test_numbers_booleans_and_categories_in_order():
    design = design_matrix(FRAME, ['x); system("id") #', "race", "age"])
    assert design.terms == ('x); system("id") #', "race[b]", "race[c]", "age")
    assert design.values.tolist() == [[1, 1, 0, 30], [0, 0, 0, 40], [1, 0, 1, 50], [0, 0, 0, 60]]
    values, terms = design
    assert values.dtype == np.float64
    assert len(terms) == 4


def test_text_is_a_category_with_levels_in_code_point_order():
    assert design_matrix(FRAME, ["word"]).terms == ("word[y]", "word[z]")


def test_the_reference_is_the_variable_s():
    race = Variable(type="category", levels=("a", "b", "c"), reference="c")
    design = design_matrix(FRAME, ["race", "code"], {"race": race, "code": None})
    assert design.terms == ("race[a]", "race[b]", "code[2]")


def test_every_level_that_occurs_has_an_indicator():
    design = indicator_columns(FRAME, ["age", "race", "code"])
    assert design.terms == ("age", "race[a]", "race[b]", "race[c]", "code[1]", "code[2]")
    assert (design.values[:, 1:4].sum(axis=1) == 1).all()


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (["agee"], "there is no column 'agee'; columns are 'age', 'race'"),
        (
            ["day"],
            "the column 'day' is of type datetime64.*; it must hold numbers, booleans, text or a category",
        ),
        (["gap"], "the column 'gap' has a missing value in row 2"),
        (["endless"], "the column 'endless' has an infinite value in row 3"),
        (["race", "race[b]"], r"two terms are named 'race\[b\]'"),
        (["one level"], "the column 'one level' is constant"),
    ],
)
def test_unusable_columns_are_refused(columns, message):
    with pytest.raises(InputError, match=message):
        design_matrix(FRAME, columns)


def test_a_reference_that_does_not_occur_is_refused():
    race = Variable(type="category", levels=("a", "never"), reference="never")
    with pytest.raises(InputError, match=r"reference 'race\[never\]' does not occur in the data"):
        design_matrix(FRAME, ["race"], {"race": race})


def test_two_columns_of_one_name_are_refused():
    twice = pd.DataFrame([[1.0, 2.0]], columns=["a", "a"])
    with pytest.raises(InputError, match="there are 2 columns named 'a'"):
        design_matrix(twice, ["a"])
