"""The numbers of `summary.matchit` of MatchIt 4.7.1, on MatchIt's own matches."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import pytest

from erm_bridge.numerics import balance as numerics
from erm_bridge.numerics.balance.groups import NEGLIGIBLE

pytestmark = pytest.mark.r

DESIGNS = 60
COLUMNS = tuple(f"x{i}" for i in range(1, 8))
NUMBERS = ("mean_treated", "mean_control", "smd", "variance_ratio", "ecdf_mean", "ks")
CLOSE = {"rtol": 1e-10, "atol": 1e-10}
USUAL = {"ATT": "treated", "ATC": "control", "ATE": "pooled"}


@dataclass(frozen=True)
class Design:
    method: str
    estimand: str
    replace: bool
    ratio: int
    weighted: bool
    units: pd.DataFrame

    @property
    def treated(self) -> np.ndarray:
        return self.units["treated"].to_numpy() == 1

    @property
    def sampling(self) -> np.ndarray | None:
        return self.units["weight"].to_numpy() if self.weighted else None


def design(number: int) -> Design:
    """Columns of every kind: continuous, few values, 0/1, tied, without variation in a group."""
    rng = np.random.default_rng([20176, number])
    n = int(rng.integers(30, 201)) if number % 45 else 5000
    treated = rng.random(n) < rng.uniform(0.1, 0.8)
    treated[:4] = [True, False, True, False]
    if number % 30 == 7:
        treated = np.arange(n) < 2
    units = pd.DataFrame(
        {
            "treated": treated.astype(float),
            "score": np.round(0.8 * rng.random(n) + 0.2 * treated * rng.random(n), (15, 2)[number % 2]),
            "weight": rng.uniform(0.5, 2, n),
            "x1": rng.normal(size=n) + 0.3 * treated,
            "x2": rng.integers(-3, 4, n).astype(float),
            "x3": (rng.random(n) < 0.3).astype(float),
            "x4": np.round(np.exp(rng.normal(size=n)), 1),
            # The same in one group or in both, matched or not.
            "x5": np.where(treated, 2.5, rng.normal(size=n)),
            "x6": np.where(treated, 1.0, rng.random(n) < 0.5),
            "x7": 100 * rng.random(n) + 1000,
        }
    )
    method = ("nearest", "nearest", "subclass")[number % 3]
    estimands = ("ATT", "ATC") if method == "nearest" else ("ATT", "ATC", "ATE")
    estimand = estimands[rng.integers(len(estimands))]
    focal = treated if estimand != "ATC" else ~treated
    replace = bool(rng.integers(2)) or focal.sum() > (~focal).sum()
    if method == "subclass" and treated.sum() < 6:
        method, estimand, replace = "nearest", "ATT", False
    most = max(1, min(4, int((~focal).sum() // focal.sum())))
    ratio = int(rng.integers(1, most + 1))
    return Design(method, estimand, replace, ratio, bool(rng.integers(2)), units)


@pytest.fixture(scope="module")
def designs() -> list[Design]:
    return [design(number) for number in range(DESIGNS)]


@pytest.fixture(scope="module")
def matchit(designs, rscript) -> dict[str, pd.DataFrame]:
    options = pd.DataFrame(
        {
            "design": range(DESIGNS),
            **{name: [getattr(d, name) for d in designs] for name in ("method", "estimand")},
            **{name: [float(getattr(d, name)) for d in designs] for name in ("replace", "ratio", "weighted")},
        }
    )
    units = pd.concat([d.units.assign(design=number) for number, d in enumerate(designs)])
    return rscript("balance.R", data={"designs": options, "units": units})


def part(tables: dict[str, pd.DataFrame], name: str, number: int) -> pd.DataFrame:
    return tables[name][tables[name]["design"] == number]


def found(matchit, number: int, one: Design, products: bool = False, **options) -> numerics.Balance:
    columns = one.units[list(COLUMNS)].to_numpy()
    if products:
        columns, _ = numerics.products(columns, COLUMNS)
    else:
        columns = np.column_stack([columns, one.units["score"]])
    units = part(matchit, "units", number)
    sets = units["subclass"].fillna(-1).to_numpy().astype(int)
    if (sets >= 0).any():
        distance = partial(numerics.set_distance, treated=one.treated, sets=sets)
    else:
        rows = part(matchit, "pairs", number)[["focal", "partner"]].to_numpy().astype(int) - 1
        distance = partial(numerics.pair_distance, pairs=numerics.Pairs(rows[:, 0], rows[:, 1]))
    return numerics.balance(
        columns,
        one.treated,
        units["weight"].to_numpy(),
        sampling=one.sampling,
        distance=distance,
        **{"denominator": USUAL[one.estimand], **options},
    )


def expected(matchit, number: int, moment: str, terms: list[str]) -> pd.DataFrame:
    rows = part(matchit, "balance", number)
    return rows[rows["moment"] == moment].set_index("term").loc[terms]


def terms_of(one: Design, products: bool = False) -> list[str]:
    if not products:
        return [*COLUMNS, "distance"]
    _, names = numerics.products(one.units[list(COLUMNS)].to_numpy(), COLUMNS)
    return [name.replace("^2", "²") for name in names]


def test_designs_are_varied(designs):
    kinds = {(d.method, d.estimand, d.replace) for d in designs}
    assert kinds >= {("nearest", e, r) for e in ("ATT", "ATC") for r in (True, False)}
    assert {e for m, e, _ in kinds if m == "subclass"} == {"ATT", "ATC", "ATE"}
    assert 20 < sum(d.weighted for d in designs) < 40
    assert sum(len(d.units) == 5000 for d in designs) == 2


@pytest.mark.parametrize("moment", ["before", "after"])
def test_columns(designs, matchit, moment):
    defined = dict.fromkeys(NUMBERS, 0)
    for number, one in enumerate(designs):
        mine = getattr(found(matchit, number, one), moment)
        theirs = expected(matchit, number, moment, terms_of(one))
        for name in NUMBERS:
            numbers, there = getattr(mine, name), ~np.isnan(getattr(mine, name))
            np.testing.assert_allclose(
                numbers[there], theirs[name][there], err_msg=f"{number} {name}", **CLOSE
            )
            # What MatchIt has no number for has none here.
            assert not (there & theirs[name].isna().to_numpy()).any(), (number, name)
            defined[name] += there.sum()
    assert defined["mean_treated"] == defined["mean_control"] == 8 * DESIGNS
    assert min(defined["smd"], defined["ks"], defined["ecdf_mean"]) > 7.9 * DESIGNS
    # Not for two columns of zeros and ones; x5 has one that is 0.
    assert defined["variance_ratio"] > 5.8 * DESIGNS


@pytest.mark.parametrize("moment", ["before", "after"])
def test_squares_and_products(designs, matchit, moment):
    for number, one in enumerate(designs):
        # MatchIt forgets the estimand here: after subclassification products are standardised as for ATT,
        # after matching.
        forgotten = one.method == "subclass" and moment == "after"
        options = {"denominator": "treated"} if forgotten else {}
        mine = getattr(found(matchit, number, one, products=True, **options), moment)
        theirs = expected(matchit, number, moment, terms_of(one, products=True))
        for name in NUMBERS:
            numbers, there = getattr(mine, name), ~np.isnan(getattr(mine, name))
            np.testing.assert_allclose(
                numbers[there], theirs[name][there], err_msg=f"{number} {name}", **CLOSE
            )


def test_distances_within_pairs(designs, matchit):
    raw = 0
    for number, one in enumerate(designs):
        mine = found(matchit, number, one)
        theirs = expected(matchit, number, "after", terms_of(one))
        difference = (theirs["mean_treated"] - theirs["mean_control"]).abs().to_numpy()
        # MatchIt leaves the distance in units of the column where the means do not differ.
        unit = np.where(difference > NEGLIGIBLE, 1.0, mine.spread)
        raw += np.sum(difference <= NEGLIGIBLE)
        there = ~np.isnan(mine.pair_distance)
        np.testing.assert_allclose(
            (mine.pair_distance * unit)[there], theirs["pair_distance"][there], err_msg=str(number), **CLOSE
        )
        assert there.sum() >= 7
    assert raw > 0


def test_reductions(designs, matchit):
    for number, one in enumerate(designs):
        # MatchIt takes no logarithm after subclassification.
        names = (
            ("smd", "ecdf_mean", "ks")
            if one.method == "subclass"
            else ("smd", "variance_ratio", "ecdf_mean", "ks")
        )
        mine = numerics.percent_reduction(found(matchit, number, one))
        theirs = part(matchit, "reduction", number).set_index("term").loc[terms_of(one)]
        for name in names:
            there = ~np.isnan(mine[name])
            assert there.sum() >= 4
            np.testing.assert_allclose(
                mine[name][there], theirs[name][there], rtol=1e-8, atol=1e-8, err_msg=f"{number} {name}"
            )


def test_sizes(designs, matchit):
    rows = {
        "All": "all",
        "All (ESS)": "all_effective",
        "Matched": "matched",
        "Matched (ESS)": "matched_effective",
        "Unmatched": "unmatched",
        "Discarded": "discarded",
    }
    for number, one in enumerate(designs):
        weights = part(matchit, "units", number)["weight"].to_numpy()
        theirs = part(matchit, "sizes", number).set_index("units")
        for name, group in {"treated": one.treated, "controls": ~one.treated}.items():
            mine = numerics.sample_sizes(group, weights, sampling=one.sampling)
            np.testing.assert_allclose(
                [getattr(mine, key) for key in rows.values()], theirs.loc[list(rows), name], rtol=1e-12
            )
