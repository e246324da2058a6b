"""Native matching against MatchIt 4.7.1, on the same scores, and the propensity model against glm."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from erm_bridge.engines.columns import EFFECT_QUANTITIES
from erm_bridge.engines.python.effect import estimate_effect
from erm_bridge.engines.python.matching import match
from erm_bridge.results import Match
from erm_bridge.study.models import Caliper, Distance, Effect, Matching, Treatment

pytestmark = pytest.mark.r

LALONDE = Path(__file__).parents[2] / "studies" / "lalonde" / "lalonde.csv"
COVARIATES = ("age", "educ", "race", "married", "nodegree", "re74", "re75")
RANDOM_DESIGNS = 300
ORDERS = ("largest", "smallest", "data")
CALIPERS = (None, 0.02, 0.05, 0.1, 0.3)
# Ratio, replacement, caliper, order.
LALONDE_DESIGNS = (
    (4, True, 0.02, "largest"),
    (1, True, None, "largest"),
    (4, True, None, "largest"),
    *((ratio, False, None, order) for ratio in (1, 2, 3) for order in ORDERS),
    *((1, False, 0.02, order) for order in ORDERS),
)
# Sums over the same numbers in another order.
WEIGHTS = {"rtol": 0, "atol": 1e-12}
BALANCE = {"rtol": 1e-10, "atol": 1e-10}


@dataclass(frozen=True)
class Design:
    ratio: int
    replace: bool
    caliper: float | None
    order: str
    units: pd.DataFrame

    def matched(self) -> Match:
        caliper = None if self.caliper is None else Caliper(value=self.caliper)
        options = Matching(
            treatment=Treatment(column="treated"),
            covariates=("x", "z", "g"),
            ratio=self.ratio,
            replace=self.replace,
            order=self.order,
            caliper=caliper,
        )
        frame = self.units.assign(g=self.units["g"].astype("category"))
        frame.index = np.arange(1, len(frame) + 1)
        return match(frame, options, scores=self.units["score"])


def lalonde() -> pd.DataFrame:
    frame = pd.read_csv(LALONDE)
    return frame.assign(race=frame["race"].astype("category"))


def fitted(digits: int | None) -> Match:
    options = Matching(
        treatment=Treatment(column="treat"), covariates=COVARIATES, distance=Distance(digits=digits)
    )
    return match(lalonde(), options)


def lalonde_designs() -> list[Design]:
    frame = lalonde()
    units = pd.DataFrame(
        {
            "treated": frame["treat"].astype(float),
            "score": fitted(10).distance,
            "x": frame["re74"],
            "z": frame["married"].astype(float),
            "g": frame["race"].astype(str),
        }
    )
    return [Design(*options, units) for options in LALONDE_DESIGNS]


def random_design(number: int) -> Design:
    """Scores without ties, or rounded to 3, 2 or 1 digits; every tenth design wants many controls."""
    rng = np.random.default_rng([20171, number])
    n = int(rng.integers(30, 301))
    treated = rng.random(n) < rng.uniform(0.05, 0.75)
    treated[rng.permutation(n)[:2]] = [True, False]
    if number % 50 == 0:
        treated = np.arange(n) == n // 2
    scores = 0.8 * rng.random(n) + 0.2 * treated * rng.random(n)
    scores = np.round(scores, (15, 3, 2, 1)[number % 4])
    caliper = CALIPERS[rng.integers(len(CALIPERS))]
    nearest = np.abs(scores[treated][:, None] - scores[~treated]).min()
    units = pd.DataFrame(
        {
            "treated": treated.astype(float),
            "score": scores,
            "x": rng.normal(size=n),
            "z": (rng.random(n) < 0.3).astype(float),
            "g": rng.choice(["a", "b", "c"], n),
        }
    )
    return Design(
        ratio=int(rng.integers(17, 40) if number % 10 == 0 else rng.integers(1, 6)),
        replace=bool(rng.integers(2)),
        caliper=None if caliper is not None and nearest > caliper else caliper,
        order=ORDERS[rng.integers(len(ORDERS))],
        units=units,
    )


@pytest.fixture(scope="module")
def designs() -> list[Design]:
    return lalonde_designs() + [random_design(number) for number in range(RANDOM_DESIGNS)]


@pytest.fixture(scope="module")
def matches(designs) -> list[Match]:
    return [design.matched() for design in designs]


@pytest.fixture(scope="module")
def matchit(designs, rscript) -> dict[str, pd.DataFrame]:
    """What MatchIt makes of all designs, in one call."""
    options = pd.DataFrame(
        {
            "design": range(len(designs)),
            "ratio": [design.ratio for design in designs],
            "replace": [float(design.replace) for design in designs],
            "order": [design.order for design in designs],
            "caliper": [np.nan if design.caliper is None else design.caliper for design in designs],
        }
    )
    units = pd.concat([design.units.assign(design=number) for number, design in enumerate(designs)])
    return rscript("matching.R", data={"designs": options, "units": units})


def by_design(frame: pd.DataFrame) -> list[pd.DataFrame]:
    return [part for _, part in frame.groupby("design")]


def test_the_reference_is_matchit_4_7_1(matchit):
    assert matchit["versions"]["matchit"].tolist() == ["4.7.1"]


def test_designs_are_varied(designs):
    tied = [1 - design.units["score"].nunique() / len(design.units) for design in designs]
    assert len(designs) == RANDOM_DESIGNS + 15
    assert sum(share > 0.5 for share in tied) > 90
    assert sum(share == 0 for share in tied) > 30
    assert sum(design.replace for design in designs) > 90
    assert sum(not design.replace for design in designs) > 90
    assert sum(design.caliper is not None for design in designs) > 90
    assert sum(design.units["treated"].mean() > 0.5 for design in designs) > 30


def test_match_matrices_are_equal_cell_by_cell(designs, matches, matchit):
    pairs = by_design(matchit["pairs"])
    assert len(pairs) == len(designs)
    unequal = []
    for number, (found, cells) in enumerate(zip(matches, pairs, strict=True)):
        expected = cells.pivot(index="unit", columns="column", values="control").fillna(0)
        given = found.match_matrix.fillna(0).astype(float)
        if not (given.index.equals(expected.index.astype(int)) and np.array_equal(given, expected)):
            unequal.append(number)
    assert unequal == []


def test_weights_and_subclasses_are_equal(designs, matches, matchit):
    for design, found, units in zip(designs, matches, by_design(matchit["units"]), strict=True):
        np.testing.assert_allclose(found.weights, units["weight"], **WEIGHTS)
        if design.replace:
            assert found.subclass is None
            assert units["subclass"].isna().all()
        else:
            np.testing.assert_array_equal(found.subclass.fillna(0), units["subclass"].fillna(0))


def test_balance_is_that_of_summary(matches, matchit):
    names = {"distance": "(distance)", "ga": "g[a]", "gb": "g[b]", "gc": "g[c]"}
    levels = {f"g{level}": f"g[{level}]" for level in ("black", "hispan", "white")}
    for found, rows in zip(matches, by_design(matchit["balance"]), strict=True):
        expected = rows.set_index("term").drop(columns="design").rename(index={**names, **levels})
        assert set(expected.index) == set(found.balance.index)
        shown = found.balance[expected.columns]
        np.testing.assert_allclose(shown, expected.loc[shown.index], **BALANCE)


@pytest.fixture(scope="module")
def models(rscript) -> dict[str, pd.DataFrame]:
    return rscript("propensity.R", data={"lalonde": lalonde().astype({"race": str})})


def test_the_propensity_model_is_that_of_glm(models):
    found = fitted(None)
    terms = models["coefficients"]["term"].str.replace(r"^race(.*)$", r"race[\1]", regex=True)
    assert found.score_coefficients.index.tolist() == terms.tolist()
    np.testing.assert_allclose(found.score_coefficients, models["coefficients"]["value"], rtol=1e-10)
    np.testing.assert_allclose(found.distance, models["scores"]["value"], rtol=1e-11)
    np.testing.assert_array_equal(fitted(10).distance, models["scores"]["rounded"])


def test_the_unmatched_effect_is_that_of_lm(models):
    table = estimate_effect(fitted(10), lalonde()["re78"], Effect()).table
    np.testing.assert_allclose(
        table.loc["unmatched", list(EFFECT_QUANTITIES)].astype(float),
        models["unmatched"]["value"],
        rtol=1e-12,
    )
