"""Propensity models of every link, weighted, discarding and fitted again, against MatchIt and glm."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from erm_bridge.engines.python.matches.distance import Measured, measure
from erm_bridge.numerics.links import LINKS
from erm_bridge.study.models import Matching

pytestmark = pytest.mark.r

N = 400
DISCARDS = (("none", False), ("treated", False), ("control", True), ("both", True))


def units() -> pd.DataFrame:
    rng = np.random.default_rng(66)
    frame = pd.DataFrame(rng.normal(size=(N, 3)), columns=["x1", "x2", "x3"])
    frame["g"] = rng.choice(["a", "b", "c"], N)
    eta = frame["x1"] - 0.7 * frame["x2"] + 0.5 * (frame["g"] == "b") - 0.8
    frame["treated"] = (rng.random(N) < 1 / (1 + np.exp(-eta))).astype(float)
    # Scale and place of a column are of no account.
    return frame.assign(x3=1e5 + 300 * frame["x3"], weight=rng.uniform(0.2, 5, N))


def designs() -> pd.DataFrame:
    names = ["link", "weighted", "linear", "discard", "reestimate"]
    crossed = [
        (link, weighted, linear, discard, float(reestimate))
        for link, weighted, linear, (discard, reestimate) in product(LINKS, (0.0, 1.0), (0.0, 1.0), DISCARDS)
    ]
    return pd.DataFrame(crossed, columns=names).assign(design=np.arange(float(len(crossed))))


def measured(design: pd.Series) -> Measured:
    frame = units().astype({"g": "category"})
    options = Matching.model_validate(
        {
            "treatment": {"column": "treated"},
            "covariates": ("x1", "x2", "x3", "g"),
            "distance": {"link": design["link"], "linear": bool(design["linear"]), "digits": None},
            "survey_weights": "weight" if design["weighted"] else None,
            "discard": design["discard"],
            "reestimate": bool(design["reestimate"]),
        }
    )
    return measure(frame, options, None, frame["treated"].to_numpy() == 1)


@pytest.fixture(scope="module")
def matchit(rscript) -> dict[str, pd.DataFrame]:
    return rscript("distance_estimation.R", data={"units": units(), "designs": designs()})


def test_scores_coefficients_and_who_is_discarded_are_those_of_matchit(matchit):
    by_design = {name: dict(list(table.groupby("design"))) for name, table in matchit.items()}
    assert len(by_design["units"]) == len(designs()) == 64
    discarded = 0
    for _, design in designs().iterrows():
        found, expected = measured(design), by_design["units"][design["design"]]
        # With another link glm's deviance stands still while the coefficients are still on their way.
        rtol = 1e-10 if design["link"] == "logit" else 1e-8
        np.testing.assert_allclose(found.scores, expected["distance"], rtol=rtol, atol=rtol)
        gone = np.zeros(N, dtype=bool) if found.usable is None else ~found.usable
        np.testing.assert_array_equal(gone, expected["discarded"].astype(str) == "TRUE")
        coefficients = by_design["coefficients"][design["design"]]["value"]
        np.testing.assert_allclose(found.coefficients, coefficients, rtol=10 * rtol, atol=1e-13)
        discarded += gone.sum()
    assert discarded > 100
