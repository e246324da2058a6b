"""Every number of `number_of_factors` from both engines, which draw the same replicates."""

import numpy as np
import pandas as pd
import pytest

import erm_bridge as eb
from erm_bridge.quantities import glossary, holds

pytestmark = pytest.mark.r

KINDS = ("components", "factors", "factors_smc")
# Of parallel analysis with minres: what psych's other minima leave at so few replicates (9e-3 at 100).
REPLICATES = 20


def items(seed: int) -> pd.DataFrame:
    """10 to 24 items that measure 2 or 3 factors, 200 to 800 rows; every other design has five grades."""
    rng = np.random.default_rng(seed)
    k, p, n = int(rng.integers(2, 4)), int(rng.integers(10, 25)), int(rng.integers(200, 801))
    loadings = rng.normal(0, 0.1, (p, k))
    loadings[np.arange(p), np.arange(p) % k] += rng.uniform(0.5, 0.8, p)
    values = rng.normal(size=(n, k)) @ loadings.T + 0.7 * rng.normal(size=(n, p))
    return pd.DataFrame(np.clip(np.round(3 + values), 1, 5) if seed % 2 else values).add_prefix("x")


@pytest.mark.parametrize("seed", range(6))
def test_both_engines_find_the_same(seed):
    frame = items(seed)
    asked = {"of": KINDS, "replicates": REPLICATES, "seed": seed}
    a, b = (eb.number_of_factors(frame, engine=engine, **asked) for engine in ("python", "r"))

    pd.testing.assert_frame_equal(a.table, b.table)
    for part in ("mean", "quantile"):
        for kind in KINDS:
            compare(getattr(a, part)[kind], getattr(b, part)[kind], f"parallel_{kind}")
    for kind in KINDS[1:]:
        compare(a.eigenvalues[kind], b.eigenvalues[kind], f"eigenvalue_{kind}")
    compare(a.eigenvalues["components"], b.eigenvalues["components"], "eigenvalue")
    for quantity in ("map", "vss"):
        ours, theirs = getattr(a, quantity), getattr(b, quantity)
        for column in ours.columns:
            compare(ours[column], theirs[column], quantity)


@pytest.mark.parametrize("correlation", ["polychoric", "mixed"])
@pytest.mark.parametrize("seed", [1, 3])
def test_the_error_of_estimated_correlations_is_within_its_limits(seed, correlation):
    asked = {"of": KINDS, "replicates": 10, "correlation": correlation}
    a, b = (eb.number_of_factors(items(seed), engine=engine, **asked) for engine in ("python", "r"))

    pd.testing.assert_frame_equal(a.table, b.table)
    for kind in KINDS[1:]:
        compare(a.eigenvalues[kind], b.eigenvalues[kind], f"eigenvalue_{kind}", correlation)
    for column in a.map.columns:
        compare(a.map[column], b.map[column], "map", correlation)


def compare(a: pd.Series, b: pd.Series, quantity: str, correlation: str = "pearson") -> None:
    """Hold two series of numbers against the tolerance of the glossary."""
    lines = glossary().query("stage == 'index' and quantity == @quantity")
    line = lines[[holds(when, {"correlation": correlation}) for when in lines["when"]]].iloc[-1]
    assert a.index.equals(b.index)
    assert a.isna().equals(b.isna())
    limit = line["atol"] + line["rtol"] * np.maximum(a.abs(), b.abs())
    assert ((a - b).abs() <= limit).where(a.notna(), True).all(), (quantity, a - b)


def test_the_rules_extract_as_many_as_they_suggest():
    frame = items(3)
    for rule, extraction in (("parallel", "minres"), ("parallel", "pca"), ("map", "pca")):
        counts = {
            engine: eb.factor_analysis(frame, rule, extraction=extraction, seed=4, engine=engine)
            for engine in ("python", "r")
        }
        found = {engine: solution.loadings.shape[1] for engine, solution in counts.items()}
        kind = "components" if extraction == "pca" else "factors"
        of_rule = {"parallel": (f"parallel_{kind}", "quantile"), "map": ("map", "squared")}[rule]
        assert found["python"] == found["r"] == counts["python"].dimension.suggested(*of_rule)
        assert counts["python"].dimension.vss.empty
