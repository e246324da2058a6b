"""Coordinates of multivariate distances against MatchIt's distance functions."""

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist

from erm_bridge.engines.python.matches.distance import distance_columns
from erm_bridge.numerics.distances import METHODS, coordinates

pytestmark = pytest.mark.r

RANDOM_DESIGNS = 120
DEFICIENT_DESIGNS = 6


def random_design(number: int) -> dict[str, object]:
    """Numbers, ties, a 0/1 column, a collinear column, a constant and one category, in all mixtures."""
    rng = np.random.default_rng([6, number])
    n = int(rng.integers(15, 60))
    treated = rng.permutation(n) < rng.integers(4, n - 4)
    units = pd.DataFrame(rng.normal(size=(n, 3)) @ rng.normal(size=(3, 3)), columns=["x1", "x2", "x3"])
    units["x2"] = units["x2"].round(int(rng.integers(0, 3)))
    units["x3"] = 1e3 * units["x3"] + 1e5
    columns = ["x1", "x2", "x3"][: rng.integers(1, 4)]
    extra = number % 5
    if extra == 1:
        units["x4"] = (rng.random(n) < 0.4).astype(float)
    if extra == 2:
        units["x4"] = units["x1"] - 2 * units["x2"]
    if extra == 3:
        units["x4"] = 1.5
    if extra == 4:
        units["x5"] = pd.Categorical(rng.choice(["a", "b", "c"], n))
    columns += [name for name in ("x4", "x5") if name in units]
    return {
        "method": list(METHODS)[number // 5 % 4],
        "weighted": float(rng.integers(2)),
        "trimmed": float(rng.integers(2)),
        "units": units[columns],
        "treated": treated,
        "weight": rng.uniform(0.2, 4, n),
        "kept": (rng.random(n) < 0.8) | (np.arange(n) < 8),
    }


def two_categories(number: int) -> dict[str, object]:
    """A covariance matrix that lacks two ranks."""
    rng = np.random.default_rng([7, number])
    units = pd.DataFrame({"x1": rng.normal(size=60)})
    units["x5"] = pd.Categorical(rng.choice(["a", "b", "c"], 60))
    units["x6"] = pd.Categorical(rng.choice(["u", "v"], 60))
    more = {"treated": rng.random(60) < 0.4, "weight": np.ones(60), "kept": np.ones(60, dtype=bool)}
    return {"method": "mahalanobis", "weighted": 0.0, "trimmed": 0.0, "units": units, **more}


@pytest.fixture(scope="module")
def designs() -> list[dict]:
    designs = [random_design(number) for number in range(RANDOM_DESIGNS)]
    return designs + [two_categories(number) for number in range(DEFICIENT_DESIGNS)]


@pytest.fixture(scope="module")
def matchit(designs, rscript) -> list[np.ndarray]:
    options = [
        {"design": number, **{key: design[key] for key in ("method", "weighted", "trimmed")}}
        for number, design in enumerate(designs)
    ]
    units = [
        design["units"].assign(
            design=number,
            treated=design["treated"].astype(float),
            weight=design["weight"],
            kept=design["kept"].astype(float),
        )
        for number, design in enumerate(designs)
    ]
    data = {"designs": pd.DataFrame(options), "units": pd.concat(units)}
    found = rscript("distances.R", data=data)["distances"]
    return [part.to_numpy() for _, part in found.groupby("design")["value"]]


def distances(design) -> tuple[np.ndarray, np.ndarray]:
    """Return distances, and which of them are between units that are not discarded; treated x controls."""
    treated = design["treated"]
    kept = design["kept"] if design["trimmed"] else np.ones(len(treated), dtype=bool)
    weights = design["weight"] if design["weighted"] else None
    columns = distance_columns(design["units"], design["units"].columns)
    found = coordinates(columns, treated, design["method"], kept, weights)
    return cdist(found[treated], found[~treated]), np.outer(kept[treated], kept[~treated])


def test_distances_are_those_of_matchit(designs, matchit):
    assert len(matchit) == RANDOM_DESIGNS + DEFICIENT_DESIGNS
    for design, expected in zip(designs[:RANDOM_DESIGNS], matchit, strict=False):
        found, kept = distances(design)
        expected = expected.reshape(found.shape, order="F")
        np.testing.assert_allclose(found[kept], expected[kept], rtol=1e-10, atol=1e-10)


def test_designs_are_varied(designs):
    for method in METHODS:
        chosen = [design for design in designs if design["method"] == method]
        assert len({(d["weighted"], d["trimmed"]) for d in chosen}) == 4
        assert any("x5" in d["units"] for d in chosen)


def test_matchit_is_wrong_where_two_ranks_are_missing(designs, matchit):
    # If the last line fails, MatchIt has been mended: docs/matching-distances.md says that it is not.
    errors = []
    for design, of_matchit in zip(designs[RANDOM_DESIGNS:], matchit[RANDOM_DESIGNS:], strict=True):
        found, _ = distances(design)
        exact = by_definition(distance_columns(design["units"], design["units"].columns), design["treated"])
        np.testing.assert_allclose(found, exact, rtol=1e-9)
        errors.append(np.max(np.abs(of_matchit.reshape(exact.shape, order="F") - exact)))
    assert max(errors) > 0.01


def by_definition(columns: np.ndarray, treated: np.ndarray) -> np.ndarray:
    groups = (treated, ~treated)
    covariance = sum(np.cov(columns[g].T) * (g.sum() - 1) for g in groups) / (len(columns) - 2)
    inverse = np.linalg.pinv(covariance, rcond=1e-8)
    return cdist(columns[treated], columns[~treated], "mahalanobis", VI=inverse)
