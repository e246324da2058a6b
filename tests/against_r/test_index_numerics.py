"""The factor analysis of numerics and of the Python engine against psych and stats::varimax.

Thirty random designs and psych::bfi go through R in one call. On twenty designs with at least three clear
items a factor every number must agree within quantities.csv; ten are prone to Heywood cases, on which
psych stops between two minima (see `numerics.extraction.minres`): there the two must share the minimum
that psych was approaching, and Python must be at it. Principal components by the Kaiser rule must agree on
all of them.
"""

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import pandas as pd
import pytest

from erm_bridge.engines.python.factors.composite import composite_index
from erm_bridge.engines.python.index import factor_analysis, rows
from erm_bridge.numerics.canonical import canonical_form
from erm_bridge.numerics.extraction import minres, squared_residuals
from erm_bridge.numerics.rotation import as_rotated, rotate
from erm_bridge.quantities import glossary
from erm_bridge.results import FactorFit, FactorSolution
from erm_bridge.study.models import Composite, Index

pytestmark = pytest.mark.r

CLEAR, HEYWOOD = 20, 10
DESIGNS = [f"clear{i}" for i in range(CLEAR)] + [f"heywood{i}" for i in range(HEYWOOD)]
CLOSED_FORM = 1e-10
COMPOSITE = Composite(scale=100)
SOLUTION = (
    *("kmo", "bartlett_chi2", "bartlett_df", "bartlett_p", "eigenvalue", "n_factors", "objective", "loading"),
    *("communality", "uniqueness", "ss_loadings", "variance_share", "score_weight", "index_mean", "index_sd"),
    *("bartlett_log10_p", "log_det", "condition", "index_weight"),
)
RESIDUALS = ("rmsr", "rmsr_corrected", "fit_total", "fit_off_diagonal", "empirical_chi2", "empirical_p")
FIT = (
    *(name for name in FactorFit.numbers() if name != "objective"),
    *("complexity", "score_r_squared", "score_max_correlation", "score_min_correlation"),
)


@dataclass
class Design:
    """One data set, psych's numbers for it by quantity (as matrices), and Python's solution."""

    items: pd.DataFrame
    factors: int
    r: dict[str, np.ndarray]

    @cached_property
    def correlation(self) -> np.ndarray:
        return np.corrcoef(self.items.to_numpy().T)

    def options(self, extraction: str) -> Index:
        factors = "kaiser" if extraction == "pca" else self.factors
        items = tuple(self.items.columns)
        return Index(items=items, extraction=extraction, factors=factors, composite=COMPOSITE)

    @cached_property
    def solution(self) -> FactorSolution:
        return factor_analysis(self.items, self.options("minres"))

    def of_psych(self, quantity: str, extraction: str) -> np.ndarray:
        return self.r[quantity if extraction == "minres" else f"{extraction}_{quantity}"]


def clear_items(rng: np.random.Generator) -> tuple[pd.DataFrame, int]:
    """6 to 30 items, 1 to 6 factors, 100 to 2,000 rows; half of them answers of six grades."""
    k = int(rng.integers(1, 7))
    p = int(rng.integers(max(6, 3 * k), 31))
    n = int(np.exp(rng.uniform(np.log(100), np.log(2000))))
    loadings = rng.normal(0, 0.1, (p, k))
    loadings[np.arange(p), np.arange(p) % k] += rng.uniform(0.5, 0.8, p) * rng.choice([1, 1, 1, -1], p)
    return simulate(rng, loadings, n, graded=bool(rng.integers(2))), k


def heywood_items(rng: np.random.Generator) -> tuple[pd.DataFrame, int]:
    """Few rows, one or two items a factor, loadings up to .95."""
    k = int(rng.integers(2, 7))
    p = int(rng.integers(2 * k + 2, 2 * k + 5))
    loadings = rng.normal(0, 0.1, (p, k))
    loadings[np.arange(p), rng.integers(0, k, p)] += rng.uniform(0.3, 0.95, p)
    return simulate(rng, loadings, int(rng.integers(100, 150)), graded=False), k


def simulate(rng: np.random.Generator, loadings: np.ndarray, n: int, graded: bool) -> pd.DataFrame:
    p, k = loadings.shape
    loadings = loadings * np.minimum(1, 0.98 / np.linalg.norm(loadings, axis=1))[:, None]
    values = rng.normal(size=(n, k)) @ loadings.T
    values += rng.normal(size=(n, p)) * np.sqrt(1 - np.square(loadings).sum(1))
    if graded:
        values = np.clip(np.round(3.5 + 1.3 * values), 1, 6)
    return pd.DataFrame(values, columns=[f"x{i + 1}" for i in range(p)])


@pytest.fixture(scope="module")
def designs(rscript) -> dict[str, Design]:
    rng = np.random.default_rng(20)
    made = {name: clear_items(rng) if name.startswith("clear") else heywood_items(rng) for name in DESIGNS}
    asked = pd.DataFrame({"design": list(made), "factors": [float(k) for _, k in made.values()]})
    tables = {f"data-{name}": items for name, (items, _) in made.items()}
    answer = rscript("factor_analysis.R", data={"designs": asked, **tables})
    made["bfi"] = answer["bfi"], 5
    numbers: dict[str, dict[str, np.ndarray]] = {name: {} for name in made}
    for (name, quantity), cells in answer["numbers"].groupby(["design", "quantity"]):
        at = cells[["row", "column"]].to_numpy(int) - 1
        numbers[name][quantity] = np.empty(at.max(axis=0) + 1)
        numbers[name][quantity][tuple(at.T)] = cells["value"]
    return {name: Design(items, k, numbers[name]) for name, (items, k) in made.items()}


def relative(a: object, b: object) -> float:
    a, b = np.asarray(a, float), np.asarray(b, float)
    return float(np.max(np.abs(a - b) / np.maximum(np.abs(a), np.abs(b))))


def as_python_orders(design: Design, extraction: str) -> tuple[np.ndarray, np.ndarray]:
    """psych's rotated loadings and weights in canonical form: its own but for near-zero column sums."""
    form = canonical_form(design.of_psych("loading", extraction))
    return form.loadings, design.of_psych("score_weight", extraction)[:, form.order] * form.signs


@pytest.mark.parametrize("name", [*DESIGNS, "bfi"])
def test_closed_forms(designs, name):
    design = designs[name]
    found, r = design.solution.adequacy, design.r

    assert relative(found.kmo, r["kmo"]) < CLOSED_FORM
    assert relative(found.kmo_items, r["kmo_items"][:, 0]) < CLOSED_FORM
    assert relative(found.bartlett_chi2, r["bartlett"][0]) < CLOSED_FORM
    assert found.bartlett_df == r["bartlett"][1, 0]
    assert abs(found.bartlett_p - r["bartlett"][2, 0]) <= 1e-8 * r["bartlett"][2, 0] + 1e-300
    assert relative(found.eigenvalues, r["eigenvalue"][:, 0]) < CLOSED_FORM
    np.testing.assert_allclose(design.correlation, r["correlation"], rtol=0, atol=1e-13)


@pytest.mark.parametrize("name", [*DESIGNS, "bfi"])
def test_varimax_of_the_same_loadings(designs, name):
    r = designs[name].r

    np.testing.assert_allclose(
        rotate(r["unrotated"], "varimax").loadings, r["varimax_of_unrotated"], rtol=0, atol=1e-12
    )


@pytest.mark.parametrize("name", [*DESIGNS, "bfi"])
def test_the_objective_is_never_worse_than_that_of_psych(designs, name):
    design = designs[name]

    by_psych = squared_residuals(design.correlation, design.r["unrotated"])
    assert minres(design.correlation, design.factors).objective <= by_psych + 1e-12


@pytest.mark.parametrize("name", [*DESIGNS, "bfi"])
def test_psych_was_approaching_the_same_minimum(designs, name):
    """Continued from the uniquenesses at which psych stopped, the search ends where Python's own did."""
    design = designs[name]
    own = minres(design.correlation, design.factors)
    continued = minres(design.correlation, design.factors, start=design.r["searched_uniqueness"][:, 0])

    assert own.projected_gradient < 1e-10
    np.testing.assert_allclose(continued.uniquenesses, own.uniquenesses, rtol=0, atol=1e-8)


@pytest.mark.parametrize(
    ("name", "extraction"),
    [
        *((name, "minres") for name in (*DESIGNS[:CLEAR], "bfi")),
        *((name, "pca") for name in (*DESIGNS, "bfi")),
    ],
)
def test_every_number_agrees_within_its_tolerance(designs, name, extraction):
    design = designs[name]
    options = design.options(extraction)
    solution = factor_analysis(design.items, options)
    index = composite_index(solution, COMPOSITE)
    of_psych = rows_of_psych(design, extraction)

    compared = set()
    for quantity, term, component, value, _ in rows(solution, index, options).rows:
        a, b = value, of_psych.pop((quantity, term, component))
        rtol, atol = tolerance(quantity, extraction)
        assert abs(a - b) <= atol + rtol * max(abs(a), abs(b)), (quantity, term, component, a, b)
        compared.add(quantity)
    assert not of_psych
    of_fit = FIT if extraction == "minres" else (*RESIDUALS, "complexity")
    turned = {"rotation_criterion"} if len(solution.variance) > 1 else set()
    assert compared - {"rmsr_corrected", "empirical_p"} == {*SOLUTION, *of_fit, *turned} - {
        "rmsr_corrected",
        "empirical_p",
    }


@cache
def tolerance(quantity: str, extraction: str) -> tuple[float, float]:
    """What the glossary allows end to end for the extraction and varimax: psych searched by itself."""
    lines = glossary().query("stage == 'index' and quantity == @quantity").set_index("when")
    facts = {"extraction": extraction, "rotation": "varimax"}
    when = max((when for when in lines.index if holds(when, facts)), key=lambda when: len(when.split()))
    return float(lines.loc[when, "rtol_end_to_end"]), float(lines.loc[when, "atol_end_to_end"])


def holds(when: str, facts: dict[str, str]) -> bool:
    conditions = dict(part.split("=") for part in when.split())
    return all(facts.get(key) in values.split("|") for key, values in conditions.items())


def rows_of_psych(design: Design, extraction: str) -> dict[tuple[str, str, str], float]:
    """The rows of the stage made from psych's numbers."""
    r, items = design.r, list(design.items.columns)
    loadings, weights = as_python_orders(design, extraction)
    factors = [f"F{j + 1}" for j in range(loadings.shape[1])]
    squares = np.square(loadings).sum(axis=0)
    found = {("kmo", "all", ""): r["kmo"][0, 0]}
    for i, name in enumerate(("bartlett_chi2", "bartlett_df", "bartlett_p")):
        found[name, "all", ""] = r["bartlett"][i, 0]
    for name, of_r in (("bartlett_log10_p", "tail"), ("log_det", "log_det"), ("condition", "condition")):
        found[name, "all", ""] = r[of_r][0, 0]
    for name in ("index_mean", "index_sd"):
        found[name, "all", ""] = design.of_psych(name, extraction)[0, 0]
    found["n_factors", "all", ""] = len(factors)
    found["objective", "all", ""] = objective(design.correlation, loadings, extraction)
    if len(factors) > 1:
        found["rotation_criterion", "all", ""] = as_rotated(loadings, None, "varimax").criterion
    for i, item in enumerate(items):
        found["eigenvalue", "all", str(i + 1)] = r["eigenvalue"][i, 0]
        found["kmo", item, ""] = r["kmo_items"][i, 0]
        for name in ("communality", "uniqueness"):
            found[name, item, ""] = design.of_psych(name, extraction)[i, 0]
        for j, factor in enumerate(factors):
            found["loading", item, factor] = loadings[i, j]
            found["score_weight", item, factor] = weights[i, j]
    for j, factor in enumerate(factors):
        found["ss_loadings", "all", factor] = squares[j]
        found["variance_share", "all", factor] = squares[j] / len(items)
        found["index_weight", "all", factor] = squares[j] / len(items)
    return found | fit_of_psych(design, extraction)


def fit_of_psych(design: Design, extraction: str) -> dict[tuple[str, str, str], float]:
    """The rows of the fit; what psych has no number for (no degrees of freedom) has none."""
    names = [name for name in FIT if not name.startswith(("complexity", "score_"))]
    numbers = {name: design.of_psych(name, extraction)[0, 0] for name in names if extraction == "minres"}
    numbers |= {name: design.of_psych(name, extraction)[0, 0] for name in RESIDUALS}
    found = {(name, "all", ""): value for name, value in numbers.items() if not np.isnan(value)}
    complexity = design.of_psych("complexity", extraction)[:, 0]
    found |= {("complexity", item, ""): value for item, value in zip(design.items, complexity, strict=True)}
    if extraction == "minres":
        r_squared = design.r["score_r_squared"][canonical_form(design.r["loading"]).order, 0]
        for j, value in enumerate(r_squared):
            found["score_r_squared", "all", f"F{j + 1}"] = value
            found["score_max_correlation", "all", f"F{j + 1}"] = np.sqrt(value)
            found["score_min_correlation", "all", f"F{j + 1}"] = 2 * value - 1
    return found


def objective(correlation: np.ndarray, loadings: np.ndarray, extraction: str) -> float:
    if extraction == "minres":
        return squared_residuals(correlation, loadings)
    return float(np.square(correlation - loadings @ loadings.T).sum())


def test_scores_and_index_of_bfi(designs):
    design = designs["bfi"]
    solution, form = design.solution, canonical_form(design.r["loading"])
    scores = design.r["scores"][:, form.order] * form.signs

    assert solution.scores.shape == (2436, 5)
    # A score adds up 25 items of up to three standard deviations, whose weights agree to 5e-6 here.
    np.testing.assert_allclose(solution.scores, scores, rtol=0, atol=1e-4)
    np.testing.assert_allclose(
        composite_index(solution, COMPOSITE), design.r["index"][:, 0], rtol=0, atol=1e-3
    )


def test_the_designs_are_what_they_claim(designs):
    """Heywood cases are among them, and everything asked for is there."""
    at_bound = [name for name in DESIGNS if designs[name].r["searched_uniqueness"].min() < 0.0051]

    assert len(designs) == CLEAR + HEYWOOD + 1
    assert sum(name.startswith("heywood") for name in at_bound) >= 4
    assert not any(name.startswith("clear") for name in at_bound)
    assert {design.factors for design in designs.values()} == {1, 2, 3, 4, 5, 6}
