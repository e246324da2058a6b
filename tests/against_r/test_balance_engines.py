"""Both engines' tables of balance, through the Python calls."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import erm_bridge as eb

pytestmark = pytest.mark.r

LALONDE = Path(__file__).parents[2] / "studies" / "lalonde" / "lalonde.csv"
COVARIATES = ("age", "educ", "race", "married", "nodegree", "re74", "re75")


@pytest.fixture(scope="module", params=[{"ratio": 4, "replace": True, "caliper": 0.02}, {"ratio": 2}])
def matches(request):
    frame = pd.read_csv(LALONDE)
    return frame, *(
        eb.match(frame, treatment="treat", covariates=COVARIATES, engine=engine, **request.param)
        for engine in ("python", "r")
    )


def assert_same(one: pd.DataFrame, other: pd.DataFrame, **tolerance: float) -> None:
    assert one.index.tolist() == other.index.tolist()
    assert one.columns.tolist() == other.columns.tolist()
    np.testing.assert_allclose(one, other, **tolerance)


def test_the_usual_table_and_sizes(matches):
    _, native, matchit = matches
    assert_same(native.balance, matchit.balance, rtol=1e-10, atol=1e-10)
    assert_same(native.sizes, matchit.sizes, rtol=1e-12)
    assert not native.balance["pair_distance_after"].isna().any()


@pytest.mark.parametrize("denominator", ["control", "all"])
def test_a_table_as_asked(matches, denominator):
    frame, native, matchit = matches
    tables = [
        match.balance_table(
            denominator=denominator,
            interactions=True,
            prognosis=frame["re78"],
            statistics=["mean_treated", "mean_control", "smd", "pair_distance", "reduction"],
        )
        for match in (native, matchit)
    ]
    assert_same(*tables, rtol=1e-9, atol=1e-9)
    assert "(prognosis)" in tables[0].index
    assert "age * race[black]" in tables[0].index
