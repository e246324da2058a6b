"""Native nearest-neighbour matching on covariates and on a matrix against MatchIt 4.7.1, cell by cell.

Both sides have the same coordinates to the last bit; that the native ones are MatchIt's is tested with the
distances.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from erm_bridge.numerics.matching import METHODS, Caliper, Pairing, Problem
from erm_bridge.numerics.matching.properties import check_match

pytestmark = pytest.mark.r

RANDOM_DESIGNS = 252
DISTANCES = ("euclidean", "mahalanobis", "robust_mahalanobis", "scaled_euclidean", "mahvars", "matrix")
# How the columns are drawn: distances that differ, or whole numbers with many equal distances.
SPACES = ("continuous", "grid", "mixed")
WEIGHTS = {"rtol": 0, "atol": 1e-12}


@dataclass(frozen=True)
class Design:
    options: dict
    units: pd.DataFrame

    def problem(self, coordinates: np.ndarray, discarded: np.ndarray) -> Problem:
        o, units = self.options, self.units
        treated = units["treated"].to_numpy() == 1
        given = {name: value for name, value in o.items() if pd.notna(value)}
        calipers = []
        if "caliper_w" in given:
            calipers.append(Caliper(o["caliper_w"], units["w"].to_numpy()))
        if "caliper_score" in given:
            calipers.append(Caliper(o["caliper_score"]))
        return Problem(
            treated=treated,
            scores=units["score"].to_numpy() if o["distance"] == "mahvars" else None,
            coordinates=None if o["distance"] == "matrix" else coordinates,
            matrix=table(units, o["q"], treated) if o["distance"] == "matrix" else None,
            usable=~discarded,
            estimand=o["estimand"],
            ratio=o["ratio"],
            max_controls=int(o["max_controls"]) if "max_controls" in given else None,
            min_controls=1 if "max_controls" in given else None,
            replace=o["replace"],
            reuse_max=given.get("reuse_max"),
            order=o["order"],
            seed=int(o["seed"]),
            calipers=tuple(calipers),
            strata=units["g"].to_numpy(np.int64) if "exact" in given else None,
            apart=units[["h"]].to_numpy(np.int64) if "antiexact" in given else None,
            units=units["u"].to_numpy(np.int64) if "unit_id" in given else None,
        )


def table(units: pd.DataFrame, q: int, treated: np.ndarray) -> np.ndarray:
    columns = units[[f"x{j + 1}" for j in range(q)]].to_numpy()
    total = np.zeros((treated.sum(), (~treated).sum()))
    for j in range(q):
        total = total + np.abs(columns[treated, j][:, None] - columns[~treated, j])
    return total


def random_design(number: int) -> Design:
    rng = np.random.default_rng([62, number])
    distance, space = DISTANCES[number % 6], SPACES[number // 6 % 3]
    # Only sums of squares of whole numbers are equal exactly where they are equal.
    if space == "grid" and distance not in ("euclidean", "matrix"):
        space = "mixed"
    n = int(rng.integers(30, 131))
    treated = rng.random(n) < rng.uniform(0.1, 0.6)
    treated[rng.permutation(n)[:2]] = [True, False]
    columns = rng.normal(size=(n, 3)) + 0.4 * treated[:, None]
    if space == "grid":
        columns = np.round(2 * columns)
    elif space == "mixed":
        # Rows that occur several times: their distances are equal to the last bit.
        columns = columns[rng.integers(0, n // 3, n)]
    units = pd.DataFrame(columns, columns=["x1", "x2", "x3"]).assign(
        treated=treated.astype(float),
        w=np.round(rng.normal(size=n), 1) if number % 2 else rng.normal(size=n),
        g=rng.integers(0, 4, n).astype(float),
        h=rng.integers(0, 5, n).astype(float),
        u=rng.integers(0, 2 * n // 3, n).astype(float),
        usable=(rng.random(n) < 0.85).astype(float),
        score=rng.random(n) + 0.2 * treated,
    )
    return Design(random_options(rng, distance), units)


def random_options(rng: np.random.Generator, distance: str) -> dict:
    scored = distance == "mahvars"
    orders = ("data", "random", "closest", "farthest", *(("largest", "smallest") if scored else ()))
    # Some options in every design, many in a few.
    asked = {name: rng.random() < 0.2 for name in ("w", "score", "exact", "antiexact", "unit_id", "discard")}
    replace = bool(rng.random() < 0.35)
    ratio = int(rng.choice([1, 1, 2, 3, 4]))
    return {
        "distance": distance,
        "q": int(rng.integers(1, 4)),
        "seed": int(rng.integers(0, 10_000)),
        "ratio": ratio,
        "replace": replace,
        "reuse_max": int(rng.integers(2, 5)) if replace and rng.random() < 0.5 else np.nan,
        "order": str(rng.choice(orders)),
        "caliper_w": float(rng.choice([0.5, 1.0, -0.3])) if asked["w"] else np.nan,
        "caliper_score": caliper(rng, distance) if asked["score"] else np.nan,
        "exact": 1.0 if asked["exact"] else np.nan,
        "antiexact": 1.0 if asked["antiexact"] else np.nan,
        "unit_id": 1.0 if asked["unit_id"] else np.nan,
        "discard": float(asked["discard"]),
        "estimand": str(rng.choice(["ATT", "ATT", "ATC"])),
        "max_controls": float(ratio + rng.integers(1, 3))
        if scored and ratio > 1 and rng.random() < 0.4
        else np.nan,
    }


def caliper(rng: np.random.Generator, distance: str) -> float:
    """A caliper on the distance itself, which there is for scores and for a matrix."""
    widths = {"mahvars": [0.2, 0.4, -0.1], "matrix": [1.0, 2.0, -1.0]}
    return float(rng.choice(widths.get(distance, [np.nan])))


@pytest.fixture(scope="module")
def designs() -> list[Design]:
    return [random_design(number) for number in range(RANDOM_DESIGNS)]


@pytest.fixture(scope="module")
def matchit(designs, rscript) -> dict[str, pd.DataFrame]:
    """What MatchIt makes of all designs, in one call."""
    options = pd.DataFrame([design.options for design in designs]).assign(design=range(len(designs)))
    options["replace"] = options["replace"].astype(float)
    units = pd.concat([design.units.assign(design=number) for number, design in enumerate(designs)])
    return rscript("matching_covariates.R", data={"designs": options, "units": units})


@pytest.fixture(scope="module")
def both(designs, matchit) -> dict[int, tuple[Pairing, pd.DataFrame, pd.DataFrame]]:
    """The native match, MatchIt's cells and MatchIt's units, of each design that MatchIt could match."""
    cells = dict(iter(matchit["pairs"].groupby("design")))
    units = dict(iter(matchit["units"].groupby("design")))
    found = {}
    for number in sorted(cells):
        own = units[number]
        coordinates = own[["z1", "z2", "z3"]].dropna(axis=1).to_numpy()
        problem = designs[int(number)].problem(coordinates, own["discarded"].to_numpy() == 1)
        pairing = METHODS["nearest"](problem)
        check_match(problem, pairing, "python")
        found[int(number)] = pairing, cells[number], own
    return found


def test_the_reference_is_matchit_4_7_1(matchit):
    assert matchit["versions"]["matchit"].tolist() == ["4.7.1"]


def test_designs_are_varied(designs, both):
    assert len(both) == RANDOM_DESIGNS
    options = pd.DataFrame([design.options for design in designs])
    for name, least in {
        "caliper_w": 40,
        "caliper_score": 10,
        "exact": 40,
        "antiexact": 40,
        "unit_id": 40,
    }.items():
        assert options[name].notna().sum() >= least
    assert options["replace"].sum() > 60
    assert options["reuse_max"].notna().sum() > 30
    assert options["discard"].sum() > 40
    assert options["max_controls"].notna().sum() > 5
    assert (options["caliper_w"] < 0).sum() > 10
    assert options["order"].value_counts().min() > 5
    assert (options["estimand"] == "ATC").sum() > 70
    partly = [0 < (pairing.matches < 0).mean() < 1 for pairing, _, _ in both.values()]
    assert sum(partly) > 100


def test_match_matrices_are_equal_cell_by_cell(designs, both):
    unequal = []
    for number, (pairing, cells, _) in both.items():
        expected = cells.pivot(index="unit", columns="column", values="partner").fillna(0).sort_index()
        focal = np.flatnonzero(
            designs[number].units["treated"] == (designs[number].options["estimand"] == "ATT")
        )
        assert expected.index.tolist() == (focal + 1).tolist()
        if not np.array_equal(pairing.matches + 1, expected):
            unequal.append(number)
    assert unequal == []


def test_weights_and_subclasses_are_equal(both):
    for pairing, _, units in both.values():
        np.testing.assert_allclose(pairing.weights, units["weight"], **WEIGHTS)
        expected = units["subclass"].fillna(-1)
        np.testing.assert_array_equal(-1 if pairing.subclass is None else pairing.subclass, expected)
