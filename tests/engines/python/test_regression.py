"""The stage regression of the Python engine: terms, path and rows."""

import numpy as np
import pandas as pd
import pytest

from erm_bridge.engines.base import Artefacts
from erm_bridge.engines.python.regression import run
from erm_bridge.errors import InputError
from erm_bridge.study.models import DataSource, Difference, Regression, Selection, Study, Variable

NUMBER = Variable(type="number")


@pytest.fixture
def frame() -> pd.DataFrame:
    """Outcome of `a` and of level w; `b` is noise. Rows are labelled p1, p2, ..."""
    rng = np.random.default_rng(3)
    a, b, error = rng.normal(size=(3, 90))
    g = rng.choice(["u", "v", "w"], 90)
    frame = pd.DataFrame({"b": b, "g": pd.Categorical(g), "a": a, "y": 2 * a + 3 * (g == "w") + error})
    return frame.set_axis([f"p{i}" for i in range(1, 91)])


def rows(frame: pd.DataFrame, **section: object) -> pd.DataFrame:
    variables = {name: NUMBER for name in ("a", "b", "y")}
    variables["g"] = Variable(type="category", levels=("u", "v", "w"), reference="v")
    study = Study(
        study="small",
        data=DataSource(source="small.csv"),
        variables=variables,
        difference=Difference(outcome="y"),
        regression=Regression.model_validate({"outcome": "y", **section}),
    )
    found = run(study, frame, Artefacts()).rows.rows
    return pd.DataFrame(found, columns=["quantity", "term", "component", "value", "note"])


def of(table: pd.DataFrame, quantity: str, component: str = "") -> pd.Series:
    found = table[(table["quantity"] == quantity) & (table["component"] == component)]
    return found.set_index("term")["value"]


def test_without_a_selection_all_candidates_enter_after_what_is_kept(frame: pd.DataFrame) -> None:
    table = rows(frame, keep=("b",), candidates=("g", "a"))
    assert of(table, "estimate").index.tolist() == ["(Intercept)", "b", "g[u]", "g[w]", "a"]
    assert of(table, "vif").index.tolist() == of(table, "beta").index.tolist() == ["b", "g[u]", "g[w]", "a"]
    assert set(table["component"]) == {""}
    assert not {"entered", "removed"} & set(table["quantity"])


def test_a_selection_gives_its_path_first_and_the_model_in_the_order_of_the_study(
    frame: pd.DataFrame,
) -> None:
    table = rows(frame, candidates=("b", "g", "a"), selection=Selection(rule="p"))
    assert table.loc[:1, ["quantity", "term", "component"]].to_numpy().tolist() == [
        ["entered", "a", "1"],
        ["entered", "g", "2"],
    ]
    selected = table[~table["quantity"].isin(["entered", "removed"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(selected, rows(frame, candidates=("g", "a")))


def test_one_number_enters_with_the_p_of_its_t(frame: pd.DataFrame) -> None:
    table = rows(frame, keep=("g",), candidates=("a",), selection=Selection(rule="p"))
    assert of(table, "entered", "1")["a"] == pytest.approx(of(table, "p_value")["a"], rel=1e-9)


def test_kinds_of_standard_error(frame: pd.DataFrame) -> None:
    both = rows(frame, keep=("a", "g"), std_error=("classical", "HC3"))
    alone = rows(frame, keep=("a", "g"), std_error=("HC3",))
    for quantity in ("std_error", "statistic", "p_value"):
        pd.testing.assert_series_equal(of(both, quantity, "HC3"), of(alone, quantity, "HC3"))
        assert of(alone, quantity).empty
        assert len(of(both, quantity)) == 4
    np.testing.assert_allclose(
        of(both, "statistic", "HC3"), of(both, "estimate") / of(both, "std_error", "HC3")
    )


def test_nothing_selected_leaves_the_mean(frame: pd.DataFrame) -> None:
    table = rows(frame, candidates=("b",), selection=Selection(rule="p", enter=1e-9), std_error=("HC3",))
    assert of(table, "estimate").to_dict() == {"(Intercept)": pytest.approx(frame["y"].mean())}
    assert of(table, "r_squared")["model"] == of(table, "adj_r_squared")["model"] == 0
    assert not {"f", "beta", "vif"} & set(table["quantity"])


def test_hc3_names_the_row_that_decides_alone(frame: pd.DataFrame) -> None:
    lone = frame.assign(g=pd.Categorical(np.where(np.arange(90) == 4, "w", "v"), categories=["v", "w"]))
    with pytest.raises(
        InputError, match=r"std_error: HC3 is not defined, because row p5 alone.*merge levels"
    ):
        rows(lone, keep=("a", "g"), std_error=("HC3",))
    assert len(rows(lone, keep=("a", "g"))) > 0


def test_two_terms_of_one_name_are_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=r"two terms are named 'g\[w\]'"):
        rows(frame.assign(**{"g[w]": frame["a"]}), keep=("g", "g[w]"))


def test_a_column_that_is_named_as_the_intercept_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'\(Intercept\)' is taken in the results"):
        Regression(keep=("(Intercept)",))
