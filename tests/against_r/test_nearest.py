"""Nearest neighbours on given scores against MatchIt 4.7.1 over the cross of its options, cell by cell."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from erm_bridge.numerics.matching import METHODS, Caliper, Pairing, Problem
from erm_bridge.numerics.matching.properties import check_match

pytestmark = pytest.mark.r

DESIGNS = 600
ORDERS = ("largest", "smallest", "closest", "farthest", "data", "random")
# Sums over the same numbers in another order.
WEIGHTS = {"rtol": 0, "atol": 1e-12}


@dataclass(frozen=True)
class Design:
    """A problem, and how it is put to MatchIt."""

    problem: Problem
    x: np.ndarray
    z: np.ndarray
    sd_x: bool
    options: dict[str, float]

    def caliper_in_r(self, values: np.ndarray | None) -> float:
        widths = [c.width for c in self.problem.calipers if c.values is values]
        if values is self.x and self.sd_x and widths:
            return self.options["caliper_x"]
        return widths[0] if widths else np.nan

    def row(self) -> dict[str, object]:
        problem = self.problem
        return {
            "ratio": float(problem.ratio),
            "min_controls": _number(problem.min_controls),
            "max_controls": _number(problem.max_controls),
            "replace": float(problem.replace),
            "reuse_max": _number(problem.reuse_max),
            "order": problem.order,
            "estimand": problem.estimand,
            "seed": float(problem.seed),
            "caliper": self.caliper_in_r(None),
            "caliper_x": self.caliper_in_r(self.x),
            "caliper_z": self.caliper_in_r(self.z),
            "sd_x": float(self.sd_x),
            "exact": "stratum" if problem.strata is not None else "",
            "antiexact": ""
            if problem.apart is None
            else " ".join(("other", "another")[: problem.apart.shape[1]]),
            "unit_id": "unit" if problem.units is not None else "",
        }

    def units(self) -> pd.DataFrame:
        problem, n = self.problem, len(self.x)
        zeros = np.zeros((n, 2)) if problem.apart is None else problem.apart
        return pd.DataFrame(
            {
                "treated": problem.treated.astype(float),
                "score": problem.scores,
                "usable": 1.0 if problem.usable is None else problem.usable.astype(float),
                "x": self.x,
                "z": self.z,
                "stratum": 0.0 if problem.strata is None else problem.strata.astype(float),
                "other": zeros[:, 0].astype(float),
                "another": zeros[:, -1].astype(float),
                "unit": 0.0 if problem.units is None else problem.units.astype(float),
            }
        )


def _number(value: int | None) -> float:
    return np.nan if value is None else float(value)


def random_design(number: int) -> Design:
    """Options at random; scores without ties, or rounded to 3, 2, 1 or no digits."""
    rng = np.random.default_rng([20172, number])
    n = int(rng.integers(30, 120) if number % 100 else rng.integers(1_000, 5_000))
    treated = rng.random(n) < rng.uniform(0.05, 0.75)
    treated[rng.permutation(n)[:2]] = [True, False]
    scores = np.round(0.8 * rng.random(n) + 0.2 * treated * rng.random(n), (15, 3, 2, 1, 0)[number % 5])
    x, z = np.round(rng.normal(size=n), int(rng.integers(0, 4))), rng.normal(size=n)
    usable = rng.random(n) < 0.9 if rng.random() < 0.3 else None
    estimand = "ATC" if rng.random() < 0.25 else "ATT"
    sd_x = bool(rng.random() < 0.5)
    calipers, options = _calipers(rng, x, z, usable, sd_x)
    if number % 60 == 15:
        # Nobody is so near.
        calipers, options = (Caliper(1e-9),), {}
    ratio, least, most = int(rng.integers(17, 40) if number % 30 == 0 else rng.integers(1, 6)), None, None
    if ratio > 1 and rng.random() < 0.25 and min(treated.sum(), (~treated).sum()) > ratio:
        least, most = int(rng.integers(1, ratio)), int(rng.integers(ratio + 1, ratio + 4))
    reuse = int(rng.integers(1, 5)) if rng.random() < 0.3 else None
    with_units = reuse is not None or rng.random() < 0.2
    problem = Problem(
        treated=treated,
        scores=scores,
        usable=usable,
        estimand=estimand,
        ratio=ratio,
        min_controls=least,
        max_controls=most,
        replace=bool(rng.random() < 0.35) and not with_units,
        reuse_max=reuse,
        order=ORDERS[rng.integers(len(ORDERS))],
        calipers=calipers,
        strata=rng.integers(0, rng.integers(2, 8), n) if rng.random() < 0.3 else None,
        apart=rng.integers(0, 6, (n, int(rng.integers(1, 3)))) if rng.random() < 0.25 else None,
        units=rng.integers(0, max(2, n // 2), n) if with_units and rng.random() < 0.7 else None,
        seed=int(rng.integers(0, 10_000)),
    )
    return Design(problem, x, z, sd_x, options)


def _calipers(rng, x, z, usable, sd_x) -> tuple[tuple[Caliper, ...], dict[str, float]]:
    calipers, options = [], {}
    if rng.random() < 0.4:
        calipers.append(Caliper(float(rng.choice([0.02, 0.05, 0.1, 0.3, -0.01, -0.1]))))
    if rng.random() < 0.25:
        width = float(rng.choice([0.2, 0.5, 1.0, -0.3]))
        options["caliper_x"] = width
        spread = np.std(x if usable is None else x[usable], ddof=1) if sd_x else 1.0
        calipers.append(Caliper(width * float(spread), x))
    if rng.random() < 0.15:
        calipers.append(Caliper(float(rng.choice([0.4, -0.4])), z))
    return tuple(calipers), options


@pytest.fixture(scope="module")
def designs() -> list[Design]:
    return [random_design(number) for number in range(DESIGNS)]


@pytest.fixture(scope="module")
def pairings(designs) -> list[Pairing]:
    return [METHODS["nearest"](design.problem) for design in designs]


def test_every_match_keeps_its_promises(designs, pairings):
    for design, pairing in zip(designs, pairings, strict=True):
        check_match(design.problem, pairing, "python")


@pytest.fixture(scope="module")
def matchit(designs, rscript) -> dict[str, pd.DataFrame]:
    """What MatchIt makes of all designs, in one call."""
    options = pd.DataFrame([design.row() for design in designs]).assign(design=range(len(designs)))
    units = pd.concat([design.units().assign(design=number) for number, design in enumerate(designs)])
    return rscript("nearest.R", data={"designs": options, "units": units})


def test_the_reference_is_matchit_4_7_1(matchit):
    assert matchit["versions"]["matchit"].tolist() == ["4.7.1"]


def test_nobody_is_matched_where_matchit_finds_no_match(designs, pairings, matchit):
    nobody = [number for number, pairing in enumerate(pairings) if pairing.empty]
    assert 0 < len(nobody) < DESIGNS / 10
    failed = matchit["failures"]
    assert failed["design"].tolist() == nobody, failed
    assert failed["message"].str.contains("(?i)no (?:units|matches) were").all(), failed


def test_match_matrices_are_equal_cell_by_cell(designs, pairings, matchit):
    unequal = []
    for number, cells in matchit["pairs"].groupby("design"):
        pairing, design = pairings[int(number)], designs[int(number)]
        expected = cells.pivot(index="unit", columns="column", values="partner").fillna(0).to_numpy()
        assert np.array_equal(np.unique(cells["unit"]) - 1, np.flatnonzero(design.problem.focal))
        if not np.array_equal(pairing.matches + 1, expected):
            unequal.append(int(number))
    assert unequal == []


def test_weights_and_subclasses_are_equal(designs, pairings, matchit):
    for number, units in matchit["units"].groupby("design"):
        pairing = pairings[int(number)]
        np.testing.assert_allclose(pairing.weights, units["weight"], **WEIGHTS)
        sets = np.full(len(units), -1) if pairing.subclass is None else pairing.subclass
        np.testing.assert_array_equal(sets, units["subclass"].fillna(-1))
        assert (pairing.subclass is None) == units["subclass"].isna().all()
