"""The regression in the report: path of the selection, standardised coefficients, HC3."""

from erm_bridge.report import markdown, settings

SELECTION = {"rule": "p", "enter": 0.05, "remove": 0.1}
NUMBERS = {
    ("regression", "entered", "school", "1"): 0.0000123,
    ("regression", "entered", "age", "2"): 0.0421,
    ("regression", "removed", "school", "3"): 0.2345,
    ("regression", "estimate", "age", ""): -0.04512,
    ("regression", "std_error", "age", ""): 0.06123,
    ("regression", "std_error", "age", "HC3"): 0.07123,
    ("regression", "statistic", "age", ""): -0.7369,
    ("regression", "statistic", "age", "HC3"): -0.6334,
    ("regression", "p_value", "age", ""): 0.46122,
    ("regression", "p_value", "age", "HC3"): 0.52651,
    ("regression", "beta", "age", ""): -0.01322,
    ("regression", "vif", "age", ""): 1.2345,
}


def words(example, **section):
    regression = {"keep": ("moved",), "candidates": ("age", "school"), **section}
    return " ".join(settings.stage(example.study(regression=regression), "regression"))


def table(example, name):
    (found,) = (t for t in example.report({"python": NUMBERS, "r": NUMBERS}).tables if t.name == name)
    return found


def test_the_path_is_a_table_of_steps(example):
    path = table(example, "regression_path")
    assert path.heads == ("Step", "Variable")
    assert path.groups == ("entered, p", "removed, p")
    assert [row.labels for row in path.rows] == [("1", "school"), ("2", "age"), ("3", "school")]
    texts = [[None if cell is None else cell.texts for cell in row.numbers] for row in path.rows]
    assert texts == [
        [("< .001", "< .001"), None],
        [(".042", ".042"), None],
        [None, (".234", ".234")],
    ]


def test_coefficients_come_with_every_kind_of_error(example):
    coefficients = table(example, "regression_coefficients")
    assert coefficients.groups == ("estimate", "standard error", "test statistic", "p", "beta", "VIF")
    assert coefficients.keys[:2] == ("estimate", "std_error")
    (row,) = coefficients.rows
    assert [cell.texts[0] for cell in row.numbers] == [
        *("-0.04512", "0.06123", "-0.737", ".461", "-0.013", "1.234"),
    ]
    robust = table(example, "regression_hc3")
    assert robust.groups == ("standard error", "test statistic", "p")
    assert [cell.texts[0] for cell in robust.rows[0].numbers] == ["0.07123", "-0.633", ".527"]


def test_no_number_of_the_regression_is_left_to_the_rest(example):
    names = [t.name for t in example.report({"python": NUMBERS}).tables]
    assert names == ["regression_path", "regression_coefficients", "regression_hc3"]
    assert "Path of the selection" in markdown.render(example.report({"python": NUMBERS}))


def test_words_follow_the_selection(example):
    said = words(example, selection=SELECTION)
    for part in (
        "on moved, always in the model, and on those of age and school that a stepwise selection leaves",
        "at most 0.05",
        "p of 0.1 or more leave",
        "school against none",
    ):
        assert part in said
    assert "always in the model" not in words(example, keep=(), selection=SELECTION)
    assert "stepwise" not in words(example)
    assert "all of them are in the model" in words(example)


def test_words_follow_the_standard_errors(example):
    assert "HC3" not in words(example)
    assert "HC3 standard errors" in words(example, std_error=("classical", "HC3"))


def test_a_selected_model_has_its_limit(example):
    regression = {"candidates": ("age",), "selection": SELECTION}
    (more,) = set(settings.limits(example.study(regression=regression), crosschecked=True)) - set(
        settings.limits(example.study(), crosschecked=True)
    )
    assert "selected on the same data" in more
