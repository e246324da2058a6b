"""Reliability of named items: labels, rows, notes, refusals."""

import numpy as np
import pandas as pd
import pytest

from erm_bridge.engines.python.factors.reliability import (
    IMPROPER,
    NEGATIVE,
    ONE_FACTOR,
    TWO_FACTORS,
    rows,
)
from erm_bridge.engines.python.index import factor_analysis
from erm_bridge.engines.python.index import rows as stage_rows
from erm_bridge.engines.python.reliability import reliability
from erm_bridge.errors import EngineError, InputError
from erm_bridge.estimates import StageRows
from erm_bridge.results import Reliability
from erm_bridge.study.index_section import Reliability as Options
from erm_bridge.study.models import Index

ODD = 'x); system("id") #'
ITEMS = ("a1", "a2", "喜欢城市", "b1", ODD, "b 3", "c1", "c2", "c3")


def make_frame(n: int = 400, seed: int = 5) -> pd.DataFrame:
    """Three groups of three items with one general factor; `b 3` keyed the other way round."""
    rng = np.random.default_rng(seed)
    groups = 0.7 * rng.normal(size=(n, 1)) + 0.7 * rng.normal(size=(n, 3))
    values = np.repeat(groups, 3, axis=1) + rng.normal(size=(n, 9)) * np.linspace(0.6, 1.1, 9)
    values[:, 5] *= -1
    return pd.DataFrame(values, columns=list(ITEMS))


def options(reverse: tuple[str, ...] = ("b 3",), **changes: object) -> Index:
    return Index(items=ITEMS, factors=2, reverse=reverse, reliability=Options(**changes))


def listed(found: Reliability) -> pd.DataFrame:
    made = StageRows()
    rows(made, found)
    columns = ["quantity", "term", "component", "value", "note"]
    return pd.DataFrame(made.rows, columns=columns).set_index(columns[:3])


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return make_frame()


def test_everything_is_labelled(frame):
    found = reliability(frame, options())

    assert found.if_dropped.index.tolist() == found.items.index.tolist() == list(ITEMS)
    assert found.if_dropped.columns.tolist()[:3] == ["alpha", "alpha_std", "lambda6"]
    assert found.items.columns.tolist() == ["raw_r", "std_r", "r_cor", "r_drop", "mean", "sd"]
    assert found.intervals.index.tolist() == ["feldt", "duhachek"]
    assert found.omega.group.columns.tolist() == found.omega.subscales.index.tolist() == ["F1", "F2", "F3"]
    assert found.omega.general.index.tolist() == list(ITEMS)


def test_mean_and_deviation_are_those_of_the_mean_of_the_items(frame):
    found, keyed = reliability(frame, options()), frame.copy()
    keyed["b 3"] = keyed["b 3"].min() + keyed["b 3"].max() - keyed["b 3"]

    assert found.mean == pytest.approx(keyed.mean(axis=1).mean(), rel=1e-12)
    assert found.sd == pytest.approx(keyed.mean(axis=1).std(), rel=1e-12)


def test_group_factors_are_in_canonical_order_and_sign(frame):
    omega = reliability(frame, options()).omega
    squares = np.square(omega.group).sum()

    assert squares.is_monotonic_decreasing
    assert (omega.group.sum() > 0).all()
    assert omega.general.sum() > 0
    np.testing.assert_allclose(
        omega.subscales["total"], omega.subscales["general"] + omega.subscales["group"]
    )


def test_the_stage_lists_what_the_call_finds(frame):
    solution = factor_analysis(frame, options())
    stage = stage_rows(solution, np.zeros(len(frame)), options()).rows
    expected = listed(reliability(frame, options()))
    found = pd.DataFrame(stage, columns=["quantity", "term", "component", "value", "note"])

    assert factor_analysis(frame, Index(items=ITEMS, factors=2)).reliability is None
    wanted = found.set_index(["quantity", "term", "component"]).loc[expected.index]
    pd.testing.assert_frame_equal(wanted, expected)


def test_each_row_has_its_number(frame):
    found = reliability(frame, options(conf_level=0.9))
    table = listed(found)["value"]

    assert table["alpha", "all", ""] == found.alpha
    assert table["alpha_low", "all", "feldt"] == found.intervals.loc["feldt", "low"]
    assert table["if_dropped", ODD, "lambda6"] == found.if_dropped.loc[ODD, "lambda6"]
    assert table["item_total", "喜欢城市", "r_cor"] == found.items.loc["喜欢城市", "r_cor"]
    assert table["omega_h", "all", ""] == found.omega.hierarchical
    assert table["omega_group", "F2", "general"] == found.omega.subscales.loc["F2", "general"]
    assert table["group_loading", "c1", "F3"] == found.omega.group.loc["c1", "F3"]
    assert not table.index.has_duplicates


def test_an_item_that_should_be_reversed_is_noted_and_left_as_it_is(frame):
    found = reliability(frame, options(reverse=()))
    notes = listed(found)["note"]

    assert found.items.loc["b 3", "r_drop"] < 0
    assert notes[notes == NEGATIVE].index.tolist() == [("item_total", "b 3", "r_drop")]
    assert NEGATIVE not in listed(reliability(frame, options()))["note"].tolist()
    assert found.omega.general["b 3"] < 0


@pytest.mark.parametrize(("factors", "note"), [(1, ONE_FACTOR), (2, TWO_FACTORS)])
def test_one_and_two_group_factors(frame, factors, note):
    found = reliability(frame, options(omega_factors=factors))
    table = listed(found)

    assert table.loc[("omega_h", "all", ""), "note"] == note
    assert found.omega.objective is None
    assert (found.omega.criterion is None) == (factors == 1)
    assert found.omega.group.shape == (9, 0 if factors == 1 else 2)
    assert len(found.omega.subscales) == found.omega.group.shape[1]


def test_factors_that_are_hardly_there_leave_omega_total_as_it_is():
    """One factor behind many answers: two of three group factors are noise, which no rotation settles.

    The smallest minimum has two items with hardly any uniqueness, which add to omega.
    """
    rng = np.random.default_rng(0)
    values = 0.8 * rng.normal(size=(20_000, 1)) + rng.normal(size=(20_000, 12))
    frame = pd.DataFrame(values, columns=[f"i{j}" for j in range(12)])
    found = reliability(frame, Index(items=tuple(frame.columns), factors=1, reliability=Options()))

    assert found.omega.hierarchical == pytest.approx(found.alpha, abs=0.01)
    assert found.alpha < found.omega.total < 1
    assert found.omega.objective < 0.01


def test_a_group_factor_that_is_the_general_one_is_noted():
    """The first group correlates with the others so highly that its loading on their factor is above 1."""
    phi = np.array([[1, 0.9, 0.8], [0.9, 1, 0.6], [0.8, 0.6, 1]])
    rng = np.random.default_rng(2)
    factors = rng.normal(size=(5000, 3)) @ np.linalg.cholesky(phi).T
    values = np.repeat(factors, 3, axis=1) * 0.9 + 0.4 * rng.normal(size=(5000, 9))
    found = reliability(pd.DataFrame(values, columns=list(ITEMS)), options(reverse=()))

    assert IMPROPER in found.omega.note
    assert listed(found).loc[("omega_h", "all", ""), "note"] == found.omega.note
    assert (found.omega.group["F3"] == 0).all()
    assert found.omega.subscales.index.tolist() == ["F1", "F2"]


def test_without_group_factors_there_is_no_omega(frame):
    found = reliability(frame, options(omega_factors=None))

    assert found.omega is None
    assert not listed(found).index.get_level_values("quantity").str.startswith("omega").any()


def test_a_correlation_that_is_not_defined_has_no_row():
    rng = np.random.default_rng(1)
    values = rng.normal(size=(500, 4)) @ np.linalg.cholesky(1.3 * np.eye(4) - 0.3).T
    frame = pd.DataFrame(values, columns=["p", "q", "r", "s"])
    section = Options(omega_factors=None)
    found = reliability(frame, Index(items=("p", "q", "r", "s"), factors=1, reliability=section))

    assert found.items["r_cor"].isna().all()
    kinds = listed(found).loc["item_total"].index.get_level_values("component")
    assert set(kinds) == {"raw_r", "std_r", "r_drop"}


def test_rows_of_people_do_not_matter(frame):
    shuffled = frame.sample(frac=1, random_state=1)
    here, there = listed(reliability(frame, options())), listed(reliability(shuffled, options()))

    np.testing.assert_allclose(there["value"], here["value"], atol=1e-7)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda frame: frame.assign(a1=1.0), "'a1' has the same value"),
        (lambda frame: frame.assign(c3=frame["c1"] + frame["c2"]), "'c1', 'c2', 'c3' are linear"),
        (lambda frame: frame.assign(a2=frame["a2"].where(frame.index > 0)), "'a2' has 1 missing"),
        (lambda frame: frame.head(9), "9 rows are too few"),
    ],
)
def test_items_that_make_no_scale_are_refused(frame, change, message):
    with pytest.raises(InputError, match=message):
        reliability(change(frame), options())


def test_options_without_the_section_are_a_mistake_of_the_caller(frame):
    with pytest.raises(EngineError, match="no section reliability"):
        reliability(frame, Index(items=ITEMS, factors=2))
