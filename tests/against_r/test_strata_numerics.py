"""Exact, coarsened exact and subclass matching against MatchIt 4.7.1: subclasses, weights and pairs."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest

from erm_bridge.numerics import distances
from erm_bridge.numerics.matching.coarsened import coarsen, regroup
from erm_bridge.numerics.matching.exact import joint_codes, matched_strata
from erm_bridge.numerics.matching.k2k import Nearness, nearness_of, pairs_in_strata, turned_as_matchit
from erm_bridge.numerics.matching.subclass_weights import subclass_weights
from erm_bridge.numerics.matching.subclassification import equal_shares, subclassify

pytestmark = pytest.mark.r

LEVELS = ["a", "b", "c"]
ESTIMANDS = ("ATT", "ATC", "ATE")
EACH = 40
# Sums over the same numbers in another order.
WEIGHTS = {"rtol": 0, "atol": 1e-12}
RULES = ("sturges", "scott", "fd", "q3", "q5", "2", "4", "7", "-0.5;0.25;1", "0.1;0.1")
RULES_OF_WHOLE_NUMBERS = ("sturges", "0", "3", "q4", "1;3", "scott")
OWN = ("mahalanobis", "robust_mahalanobis", "scaled_euclidean", "euclidean")
METRICS = (*OWN, "none", "maximum", "manhattan", "canberra", "binary", "minkowski")


@dataclass(frozen=True)
class Design:
    method: str
    units: pd.DataFrame
    estimand: str = "ATT"
    x: str = "sturges"
    z: str = "sturges"
    grouped: bool = False
    k2k: bool = False
    metric: str = "euclidean"
    power: float = 3.0
    order: str = "data"
    shares: str = "6"
    least: int = 1
    treated: np.ndarray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "treated", self.units["treated"].to_numpy() == 1)

    @property
    def options(self) -> dict[str, object]:
        names = ("method", "estimand", "x", "z", "metric", "power", "order", "shares")
        numbers = {name: float(getattr(self, name)) for name in ("grouped", "k2k", "least")}
        return {name: getattr(self, name) for name in names} | numbers

    def subclass(self) -> np.ndarray:
        if self.method == "subclass":
            return self.by_score()
        codes = joint_codes(self.codes())
        return matched_strata(codes, self.treated)

    def codes(self) -> list[np.ndarray]:
        level = self.units["g"].map(LEVELS.index).to_numpy()
        flag = self.units["b"].to_numpy().astype(int)
        x, z = self.units["x"].to_numpy(), self.units["z"].to_numpy()
        if self.method == "exact":
            return [coarsen(z, 0), flag, level]
        groups = regroup(LEVELS, [["a", "c"], ["b"]] if self.grouped else [])
        # A column that is not named is cut by the default: the flag too.
        flag = coarsen(self.units["b"].to_numpy(), "sturges")
        return [coarsen(x, cuts_of(self.x)), coarsen(z, cuts_of(self.z)), flag, groups[level]]

    def by_score(self) -> np.ndarray:
        cuts = [float(part) for part in self.shares.split(";")]
        shares = equal_shares(int(cuts[0])) if len(cuts) == 1 else np.array([0.0, *cuts, 1.0])
        usable = np.ones(len(self.units), dtype=bool)
        scores = self.units["score"].to_numpy()
        return subclassify(scores, self.treated, usable, shares, self.estimand, self.least)

    @property
    def focal(self) -> np.ndarray:
        return ~self.treated if self.estimand == "ATC" else self.treated

    @property
    def nearness(self) -> Nearness:
        dummies = [
            (self.units["g"] == level) / np.sqrt(2) for level in LEVELS if (self.units["g"] == level).any()
        ]
        coordinates = np.column_stack([self.units[["x", "z", "b"]], *dummies])
        if self.metric in OWN:
            columns = coordinates
            coordinates = distances.coordinates(columns, self.treated, self.metric)
            if self.metric.endswith("mahalanobis"):
                coordinates = turned_as_matchit(columns, coordinates, self.metric)
        return nearness_of(self.metric, coordinates, len(coordinates), self.power)

    def partners(self) -> np.ndarray:
        pairs = pairs_in_strata(self.subclass(), self.focal, self.nearness, self.order)[:, 0]
        found = np.full(len(self.units), np.nan)
        found[self.focal] = np.where(pairs < 0, np.nan, pairs + 1)
        return found


def cuts_of(text: str) -> str | int | list[float]:
    if text[0].isalpha():
        return text
    return int(text) if text.isdigit() else [float(part) for part in text.split(";")]


def random_units(rng: np.random.Generator, rounded: bool = True) -> pd.DataFrame:
    n = int(rng.integers(30, 301))
    treated = rng.random(n) < rng.uniform(0.15, 0.75)
    treated[rng.permutation(n)[:2]] = [True, False]
    x = rng.normal(size=n) * (1 + (rng.random(n) < 0.05) * 4)
    return pd.DataFrame(
        {
            "treated": treated.astype(float),
            "score": np.round(0.8 * rng.random(n) + 0.2 * treated * rng.random(n), rng.choice([15, 3, 2])),
            "x": np.round(x, rng.choice([15, 1])) if rounded else x,
            "z": rng.integers(0, 6, n).astype(float),
            "b": (rng.random(n) < 0.4).astype(float),
            "g": rng.choice(LEVELS, n),
        }
    )


def random_design(number: int) -> Design:
    rng = np.random.default_rng([20172, number])
    method = ("exact", "cem", "subclass", "k2k")[number % 4]
    metric = METRICS[number // 4 % len(METRICS)]
    # Which of two units at the same Mahalanobis distance is nearer, the last bit decides.
    units = random_units(rng, rounded=method != "k2k" or metric not in OWN[:3])
    estimand = str(rng.choice(ESTIMANDS))
    if method == "exact":
        return Design("exact", units, estimand)
    if method == "subclass":
        few = int(units.groupby("treated").size().min())
        shares = str(rng.choice(["2", "5", "6", "10", "0.3;0.6", "0.1;0.25;0.9"]))
        count = int(shares) if shares.isdigit() else shares.count(";") + 2
        least = int(rng.integers(0, 5))
        return Design("subclass", units, estimand, shares=shares, least=min(least, few // count))
    coarse = {"x": str(rng.choice(RULES)), "z": str(rng.choice(RULES_OF_WHOLE_NUMBERS))}
    coarse["grouped"] = bool(rng.integers(2))
    if method == "cem":
        return Design("cem", units, estimand, **coarse)
    # MatchIt gives controls partners in the order of the data and by its own distances only; without a
    # distance no order but that has a meaning.
    estimand = "ATT" if metric not in (*OWN, "none") else estimand
    free = estimand != "ATC" and metric not in ("none", "robust_mahalanobis")
    order = str(rng.choice(["data", "closest", "farthest"])) if free else "data"
    power = float(rng.choice([1.0, 3.0]))
    return Design("cem", units, estimand, k2k=True, metric=metric, order=order, power=power, **coarse)


def hopeless_designs() -> list[Design]:
    """Both groups in no stratum; three units of a group for four subclasses."""
    units = random_units(np.random.default_rng(20173))
    apart = units.assign(z=units["treated"])
    few = units.assign(treated=(np.arange(len(units)) < 3).astype(float))
    return [
        Design("exact", apart),
        Design("cem", apart, z="0"),
        Design("subclass", few, "ATE", shares="4"),
        Design("subclass", few.assign(treated=1 - few["treated"]), "ATE", shares="4"),
    ]


@pytest.fixture(scope="module")
def designs() -> list[Design]:
    return [random_design(number) for number in range(4 * EACH)] + hopeless_designs()


@pytest.fixture(scope="module")
def matchit(designs, rscript) -> dict[str, pd.DataFrame]:
    options = pd.DataFrame([{"design": number, **design.options} for number, design in enumerate(designs)])
    units = pd.concat([design.units.assign(design=number) for number, design in enumerate(designs)])
    return rscript("strata.R", data={"designs": options, "units": units})


@pytest.fixture(scope="module")
def compared(designs, matchit) -> list[tuple[Design, pd.DataFrame]]:
    """The designs that MatchIt could match, with what it made of them."""
    return [(designs[int(number)], part) for number, part in matchit["units"].groupby("design")]


def test_the_reference_is_matchit_4_7_1(matchit):
    assert matchit["versions"]["matchit"].tolist() == ["4.7.1"]


def test_designs_are_varied(compared):
    methods = pd.Series([design.method + ("+k2k" if design.k2k else "") for design, _ in compared])
    assert methods.value_counts().tolist() == [EACH] * 4
    assert {design.metric for design, _ in compared if design.k2k} == set(METRICS)
    assert {design.estimand for design, _ in compared if not design.k2k} == set(ESTIMANDS)


def test_subclasses_are_equal(compared):
    unequal = [
        design.options
        for design, units in compared
        if not design.k2k and not np.array_equal(design.subclass(), units["subclass"].fillna(-1))
    ]
    assert unequal == []


def test_weights_are_equal(compared):
    for design, units in compared:
        subclass = units["subclass"].fillna(-1).to_numpy().astype(int)
        weights = subclass_weights(subclass, design.treated, design.estimand)
        np.testing.assert_allclose(weights, units["weight"], **WEIGHTS)


def test_pairs_are_equal(compared):
    unequal = [
        design.options
        for design, units in compared
        if design.k2k
        and design.metric != "robust_mahalanobis"
        and not np.array_equal(design.partners(), units["partner"], equal_nan=True)
    ]
    assert unequal == []


def test_matchit_takes_the_nearest_by_ranks(compared):
    """Units are often at the same distance in ranks, but for the last bit: any of them will do."""
    for design, units in compared:
        if design.metric == "robust_mahalanobis":
            pairs = (units["partner"].fillna(0).to_numpy().astype(int) - 1)[design.focal]
            free, strata = ~design.focal, design.subclass()
            for unit, partner in zip(np.flatnonzero(design.focal), pairs, strict=True):
                others = np.flatnonzero(free & (strata == strata[unit]) & (strata[unit] > 0))
                assert (partner >= 0) == (len(others) > 0)
                if partner >= 0:
                    distances = np.sqrt(design.nearness.distances(unit, others))
                    assert distances[others == partner] <= distances.min() + 1e-9
                    free[partner] = False


def test_who_has_no_match_in_matchit_has_none_here(designs, matchit):
    failed = matchit["failures"]["design"].astype(int)
    assert failed.tolist() == list(range(4 * EACH, len(designs)))
    for design in designs[4 * EACH :]:
        if design.method == "subclass":
            with pytest.raises(ValueError, match="3 units of a group cannot give each of 4 subclasses 1"):
                design.subclass()
        else:
            assert (design.subclass() < 0).all()
