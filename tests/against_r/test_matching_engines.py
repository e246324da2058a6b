"""`match` with either engine on real columns: every setting of nearest-neighbour matching, cell by cell."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import erm_bridge as eb
from erm_bridge.errors import InputError

pytestmark = pytest.mark.r

LALONDE = Path(__file__).parents[2] / "studies" / "lalonde" / "lalonde.csv"
COVARIATES = ["age", "educ", "race", "married", "nodegree", "re74", "re75"]
YEARS = {"value": 5, "on": "age"}
# Of the rows before matching, and of the means that follow from the pairs.
CLOSE = {"rtol": 1e-10, "atol": 1e-10}
SETTINGS = (
    {"ratio": 2, "min_controls": 1, "max_controls": 4},
    {"ratio": 3, "max_controls": 5, "replace": True, "caliper": 0.05},
    {"replace": True, "reuse_max": 3, "ratio": 2},
    {"replace": True, "reuse_max": 2, "order": "closest"},
    *({"order": order, "ratio": 2, "caliper": 0.1} for order in ("closest", "farthest", "random")),
    {"order": "random", "seed": 7, "exact": "race"},
    {"caliper": [{"value": 0.2, "unit": "sd"}, YEARS, {"value": 0.5, "unit": "sd", "on": "educ"}]},
    {"caliper": [{"value": -0.02}, {"value": -3, "on": "age"}], "replace": True, "ratio": 3},
    {"caliper": [YEARS], "replace": True, "ratio": 4},
    {"caliper": -1, "caliper_unit": "sd", "replace": True},
    {"exact": ["race", "married"], "ratio": 2, "replace": True},
    {"exact": "nodegree", "antiexact": ["educ"], "order": "smallest"},
    {"antiexact": ["age", "race"], "replace": True, "ratio": 2},
    {"unit_id": "household", "ratio": 2},
    {"unit_id": "household", "replace": True, "reuse_max": 2, "exact": "race"},
    {"estimand": "ATC", "replace": True, "ratio": 2},
    {"estimand": "ATC", "order": "smallest", "ratio": 2, "exact": "married"},
    {"ties": "first", "ratio": 3, "caliper": 0.02},
    {"ties": "first", "ratio": 4, "replace": True},
    {"ties": "first", "ratio": 2, "order": "closest", "exact": "race"},
    {"ties": "first", "ratio": 2, "order": "farthest", "replace": True, "reuse_max": 2},
    {"ties": "first", "ratio": 2, "order": "random", "unit_id": "household"},
    {"ties": "first", "ratio": 2, "max_controls": 3, "caliper": [YEARS], "antiexact": "race"},
    {"ties": "all", "replace": True, "ratio": 4},
    {"ties": "all", "replace": True, "caliper": [{"value": 0.02}, YEARS], "estimand": "ATC"},
)


def lalonde() -> pd.DataFrame:
    frame = pd.read_csv(LALONDE)
    rng = np.random.default_rng(5)
    household = rng.integers(0, 400, len(frame))
    return frame.assign(race=frame["race"].astype("category"), household=household)


def matched(engine: str, settings: dict[str, object], frame: pd.DataFrame) -> eb.Match:
    # Scores with many ties.
    scores = eb.match(frame, treatment="treat", covariates=COVARIATES, digits=2).distance.to_numpy()
    return eb.match(
        frame, treatment="treat", covariates=COVARIATES, distance=scores, engine=engine, **settings
    )


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_both_engines_match_alike(settings):
    frame = lalonde()
    a, b = (matched(engine, settings, frame) for engine in ("python", "r"))
    pd.testing.assert_frame_equal(a.match_matrix, b.match_matrix)
    np.testing.assert_allclose(a.weights, b.weights, rtol=0, atol=1e-12)
    assert (a.subclass is None) == (b.subclass is None)
    if a.subclass is not None:
        pd.testing.assert_series_equal(a.subclass, b.subclass)
    np.testing.assert_allclose(a.balance, b.balance.loc[a.balance.index], **CLOSE)


@pytest.mark.parametrize("engine", ["python", "r"])
def test_nobody_to_be_matched_is_said_by_both(engine):
    with pytest.raises(InputError, match="antiexact allow"):
        matched(engine, {"exact": "race", "antiexact": "race"}, lalonde())


@pytest.mark.parametrize(
    "settings",
    [
        {"matching.exact": ["race"], "matching.ratio": 2},
        {"matching.caliper": [{"value": 0.05}, YEARS], "matching.ratio": 3},
        {"matching.antiexact": ["married"], "matching.ties": "all", "effect.std_error": ["psmatch2"]},
    ],
    ids=str,
)
def test_a_study_gives_the_same_bounds_over_ties(settings):
    asked = {"matching.replace": True, "effect.tie_envelope": True, "effect.tie_orders": 3, **settings}
    run = eb.run(LALONDE.parent, settings=asked)
    rows = run.crosscheck[run.crosscheck["quantity"].str.startswith("tie_")]
    assert set(rows["quantity"]) == {f"tie_{of}" for of in ("low", "high", "mean")} | {
        f"tie_exact_{of}" for of in ("low", "high", "mean")
    }
    assert set(rows["verdict"]) == {"agree"}
    numbers = rows.set_index("quantity")["value_a"].groupby(level=0).first()
    assert numbers["tie_exact_low"] <= numbers["tie_low"] <= numbers["tie_high"] <= numbers["tie_exact_high"]
