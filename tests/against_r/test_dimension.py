"""The number of factors against psych, on correlations that come with R and on random designs.

psych's own random numbers cannot be given to it: what parallel analysis simulates is compared within Monte
Carlo error here, and number by number through the R engine in `test_dimension_engines`.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from erm_bridge.numerics import adequacy
from erm_bridge.numerics.dimension import (
    EIGENVALUES,
    average_partials,
    null_correlations,
    numbers_needed,
    parallel,
    very_simple_structure,
)

pytestmark = pytest.mark.r

REAL = ("bfi", "sat.act", "thurstone", "bechtoldt", "harman74", "harman23", "ability")
RANDOM = tuple(f"random{i}" for i in range(30))
ALL = (*REAL, *RANDOM)
# Those that psych simulates as well, which takes it a second or so each.
PARALLEL = (*REAL, *RANDOM[:6])
REPLICATES = 500


@dataclass(frozen=True)
class Design:
    """Correlations of n rows and psych's numbers for them, as matrices."""

    correlation: np.ndarray
    n: int
    r: dict[str, np.ndarray]

    def column(self, quantity: str) -> np.ndarray:
        return self.r[quantity][:, 0]


def random_correlation(rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """6 to 30 items, 1 to 6 factors, 100 to 3,000 rows; half of them answers of five grades."""
    k = int(rng.integers(1, 7))
    p = int(rng.integers(max(6, 3 * k), 31))
    n = int(np.exp(rng.uniform(np.log(100), np.log(3000))))
    loadings = rng.normal(0, 0.1, (p, k))
    loadings[np.arange(p), np.arange(p) % k] += rng.uniform(0.4, 0.8, p)
    values = rng.normal(size=(n, k)) @ loadings.T + rng.normal(size=(n, p)) * 0.7
    if rng.integers(2):
        values = np.clip(np.round(3 + values), 1, 5)
    return np.corrcoef(values.T), n


@pytest.fixture(scope="module")
def designs(rscript) -> dict[str, Design]:
    rng = np.random.default_rng(11)
    made = {name: random_correlation(rng) for name in RANDOM}
    cells = [
        {"design": name, "row": float(i + 1), "column": float(j + 1), "value": float(value)}
        for name, (correlation, _) in made.items()
        for (i, j), value in np.ndenumerate(correlation)
    ]
    sizes = [{"design": name, "n": float(n), "parallel": name in PARALLEL} for name, (_, n) in made.items()]
    answer = rscript("dimension.R", data={"matrices": pd.DataFrame(cells), "designs": pd.DataFrame(sizes)})
    n = answer["sizes"].set_index("design")["n"]
    found: dict[str, dict[str, np.ndarray]] = {name: {} for name in n.index}
    for table in ("numbers", "matrices"):
        for (name, quantity), part in answer[table].groupby(["design", "quantity"]):
            at = part[["row", "column"]].to_numpy(int) - 1
            found[name][quantity] = np.empty(at.max(axis=0) + 1)
            found[name][quantity][tuple(at.T)] = part["value"]
    return {name: Design(r["r"], int(n[name]), r) for name, r in found.items()}


@pytest.fixture(scope="module")
def simulated(designs) -> dict[tuple[str, str], np.ndarray]:
    """Eigenvalues of our replicates by design and kind."""
    found = {}
    for name in PARALLEL:
        p = len(designs[name].correlation)
        uniforms = np.random.default_rng(5).uniform(size=(REPLICATES, numbers_needed(p)))
        matrices = null_correlations(uniforms, p, designs[name].n)
        found |= {(name, kind): EIGENVALUES[kind](matrices) for kind in ("components", "factors")}
    return found


@pytest.mark.parametrize("name", ALL)
def test_determinant_condition_and_tail(designs, name):
    design = designs[name]
    found = adequacy.bartlett(design.correlation, design.n)

    assert found.log_determinant == pytest.approx(design.r["log_determinant"][0, 0], rel=1e-11)
    assert found.log10_p == pytest.approx(design.r["bartlett_log10_p"][0, 0], rel=1e-11)
    condition = adequacy.condition(adequacy.eigenvalues(design.correlation))
    assert condition == pytest.approx(design.r["condition"][0, 0], rel=1e-10)


@pytest.mark.parametrize("name", ALL)
def test_average_partials(designs, name):
    design = designs[name]
    found = average_partials(design.correlation, min(8, len(design.correlation) - 1))

    np.testing.assert_allclose(found.squared[1:], design.column("map"), rtol=1e-9)


@pytest.mark.parametrize("name", ALL)
def test_eigenvalues_of_the_data(designs, name):
    design = designs[name]

    np.testing.assert_allclose(
        EIGENVALUES["components"](design.correlation[None])[0], design.column("components"), atol=1e-12
    )
    np.testing.assert_allclose(
        EIGENVALUES["factors"](design.correlation[None])[0], design.column("factors"), atol=1e-4
    )


@pytest.mark.parametrize("name", ALL)
def test_very_simple_structure(designs, name):
    """psych stops early on factors that are weakly determined; improper solutions are left out here."""
    design = designs[name]
    found = very_simple_structure(design.correlation, 8)

    for own, by_psych in ((found.first, "vss1"), (found.second[1:], "vss2")):
        proper = ~np.isnan(own)
        np.testing.assert_allclose(own[proper], design.column(by_psych)[-len(own) :][proper], atol=1e-4)


@pytest.mark.parametrize("name", PARALLEL)
def test_simulated_eigenvalues_within_monte_carlo_error(designs, simulated, name):
    """Means over 50 replicates of psych and 500 of ours differ by less than 5 standard errors."""
    design = designs[name]
    p = len(design.correlation)
    for kind, by_psych in (
        ("components", design.r["simulated"][:, :p]),
        ("factors", design.r["simulated"][:, p:]),
    ):
        own = simulated[name, kind]
        error = own.std(axis=0) * np.sqrt(1 / REPLICATES + 1 / len(by_psych))
        assert (np.abs(own.mean(axis=0) - by_psych.mean(axis=0)) < 5 * error).all()


@pytest.mark.parametrize("name", PARALLEL)
def test_the_suggested_number_is_that_of_psych(designs, simulated, name):
    """psych's number lies among those that quantiles of 50 of our replicates suggest, ten times over."""
    design = designs[name]
    for kind, by_psych in zip(("components", "factors"), design.column("suggested"), strict=True):
        observed = EIGENVALUES[kind](design.correlation[None])[0]
        parts = np.split(simulated[name, kind], REPLICATES // 50)
        assert by_psych in {parallel(observed, part, 0.95).by_quantile for part in parts}
