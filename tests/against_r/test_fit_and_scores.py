"""Fit statistics and weights of scores against psych, at psych's own loadings and factor correlations.

Sixty random designs (twenty of them prone to Heywood cases), psych::bfi and classic correlation matrices go
through psych::fa in one call. Only what comes after the loadings is compared, so rounding alone lies between.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from erm_bridge.errors import InputError
from erm_bridge.numerics.factor_scores import (
    NEED_UNIQUENESSES,
    SCORE_WEIGHTS,
    improper_items,
)
from erm_bridge.numerics.fit import ModelFit, ResidualFit, complexity, model_fit, residual_fit
from erm_bridge.numerics.score_adequacy import score_adequacy

pytestmark = pytest.mark.r

ROUNDING = 1e-10
RANDOM = 60
EXTRACTIONS, ROTATIONS = ("minres", "ml", "pa"), ("oblimin", "varimax", "none", "promax")
# Half the default tolerance of uniroot() is the most that its last step can leave.
UNIROOT = 1.3e-4
KNOWN = (
    *("bfi minres oblimin", "bfi ml varimax", "bfi pa promax", "bfi one factor"),
    *("Harman.5", "Harman.5 negative df", "Thurstone", "Thurstone one factor", "Thurstone three items"),
    *("Thurstone df 0", "Bechtoldt.1", "Bechtoldt.2", "Tucker", "Harman74 4", "Harman74 5"),
)
NAMES = (*KNOWN, *(f"d{i}" for i in range(RANDOM)))


@dataclass(frozen=True)
class Solution:
    """One solution of psych: its numbers by quantity, as matrices."""

    r: dict[str, np.ndarray]

    @property
    def correlation(self) -> np.ndarray:
        return self.r["correlation"]

    @property
    def loadings(self) -> np.ndarray:
        return self.r["loadings"]

    @property
    def phi(self) -> np.ndarray | None:
        return self.r.get("phi")

    @property
    def uniquenesses(self) -> np.ndarray:
        return self.r["uniquenesses"][:, 0]

    @property
    def n(self) -> int:
        return int(self.r["n"][0, 0])

    def number(self, quantity: str) -> float:
        return float(self.r[quantity][0, 0])

    def model_fit(self) -> ModelFit:
        return model_fit(self.correlation, self.loadings, self.phi, self.n)

    def residual_fit(self) -> ResidualFit:
        return residual_fit(self.correlation, self.loadings, self.phi, self.n)

    def weights(self, method: str) -> np.ndarray:
        return SCORE_WEIGHTS[method](self.correlation, self.loadings, self.phi, self.uniquenesses)


def random_correlations(rng: np.random.Generator, improper: bool) -> tuple[np.ndarray, int, int]:
    """Make 6 to 30 items, 1 to 6 factors, 100 to 5,000 rows; improper: few items a factor and few rows."""
    k = int(rng.integers(2 if improper else 1, 7))
    p = int(rng.integers(2 * k + 2, 2 * k + 5) if improper else rng.integers(max(6, 3 * k), 31))
    n = int(rng.integers(100, 150) if improper else np.exp(rng.uniform(np.log(100), np.log(5000))))
    loadings = rng.normal(0, 0.1, (p, k))
    factor = rng.integers(0, k, p) if improper else np.arange(p) % k
    loadings[np.arange(p), factor] += rng.uniform(0.3, 0.95, p) if improper else rng.uniform(0.5, 0.8, p)
    loadings *= np.minimum(1, 0.98 / np.linalg.norm(loadings, axis=1))[:, None]
    values = rng.normal(size=(n, k)) @ loadings.T
    values += rng.normal(size=(n, p)) * np.sqrt(1 - np.square(loadings).sum(axis=1))
    return np.corrcoef(values.T), k, n


@pytest.fixture(scope="module")
def solutions(rscript) -> dict[str, Solution]:
    rng = np.random.default_rng(7)
    tables, asked = {}, []
    for i in range(RANDOM):
        correlation, k, n = random_correlations(rng, improper=i % 3 == 2)
        tables[f"r-d{i}"] = pd.DataFrame(correlation, columns=[f"x{j + 1}" for j in range(len(correlation))])
        rotation = ROTATIONS[i % 4] if k > 1 else "none"
        asked.append((f"d{i}", float(k), EXTRACTIONS[i % 3], rotation, float(n)))
    designs = pd.DataFrame(asked, columns=["design", "factors", "extraction", "rotation", "n"])
    answer = rscript("fit_and_scores.R", data={"designs": designs, **tables})
    found: dict[str, dict[str, np.ndarray]] = {}
    for (name, quantity), cells in answer["numbers"].groupby(["design", "quantity"]):
        at = cells[["row", "column"]].to_numpy(int) - 1
        matrix = found.setdefault(name, {})[quantity] = np.empty(at.max(axis=0) + 1)
        matrix[tuple(at.T)] = cells["value"]
    return {name: Solution(numbers) for name, numbers in found.items()}


def assert_near(ours: float, theirs: float, of: str) -> None:
    """Relative to what is large, absolute to what is (almost) zero."""
    assert abs(ours - theirs) <= ROUNDING * max(abs(ours), abs(theirs), 1e-2), f"{of}: {ours} and {theirs}"


@pytest.mark.parametrize("name", NAMES)
def test_residuals(solutions, name):
    solution = solutions[name]
    found = solution.residual_fit()

    for quantity in ResidualFit.__slots__:
        ours, theirs = getattr(found, quantity), solution.number(quantity)
        assert np.isnan(ours) == np.isnan(theirs), quantity
        # The residuals of an exact solution are rounding, and its root mean square the root of rounding.
        if not np.isnan(ours) and ours**2 > 1e-12:
            assert_near(ours, theirs, quantity)


@pytest.mark.parametrize("name", NAMES)
def test_the_test_of_the_model(solutions, name):
    solution = solutions[name]
    found = solution.model_fit()

    for quantity in ("df", "null_chi2", "null_df", "discrepancy", "chi2"):
        assert_near(getattr(found, quantity), solution.number(quantity), quantity)
    if found.df <= 0:
        defined = {"df", "null_chi2", "null_df", "discrepancy", "chi2"}
        assert all(np.isnan(getattr(found, name)) for name in ModelFit.__slots__ if name not in defined)
        return
    for quantity in ("p", "log10_p", "rmsea", "tli", "cfi", "bic", "sabic"):
        assert_near(getattr(found, quantity), solution.number(quantity), quantity)


@pytest.mark.parametrize("name", NAMES)
def test_the_interval_of_the_rmsea(solutions, name):
    """As near to psych as its root finder comes, and at the root that one finds if told to go on."""
    solution = solutions[name]
    found = solution.model_fit()
    if found.df <= 0:
        assert np.isnan([found.rmsea_low, found.rmsea_high]).all()
        return
    scale = (solution.n - 1) * found.df
    for ours, quantity, tight in (
        (found.rmsea_low, "rmsea_low", solution.r["tight_rmsea"][0, 0]),
        (found.rmsea_high, "rmsea_high", solution.r["tight_rmsea"][1, 0]),
    ):
        assert abs(ours**2 - solution.number(quantity) ** 2) * scale < UNIROOT
        assert abs(ours - tight) < 1e-12


@pytest.mark.parametrize("name", NAMES)
def test_complexity_and_adequacy_of_scores(solutions, name):
    solution = solutions[name]
    adequacy = score_adequacy(solution.correlation, solution.loadings, solution.phi)

    np.testing.assert_allclose(complexity(solution.loadings), solution.r["complexity"][:, 0], rtol=ROUNDING)
    np.testing.assert_allclose(adequacy.r_squared, solution.r["r_squared"][:, 0], rtol=ROUNDING)


@pytest.mark.parametrize("method", SCORE_WEIGHTS)
@pytest.mark.parametrize("name", NAMES)
def test_weights(solutions, name, method):
    solution = solutions[name]
    if method in NEED_UNIQUENESSES and improper_items(solution.uniquenesses):
        with pytest.raises(InputError, match="Heywood"):
            solution.weights(method)
        return
    found = solution.weights(method)
    if solution.loadings.shape[1] == 1 and method in ("anderson", "tenberge"):
        assert_defect_of_one_factor(solution, method, found)
        return

    scale = max(1.0, float(np.abs(found).max()))
    np.testing.assert_allclose(found, solution.r[method], rtol=0, atol=ROUNDING * scale)


def assert_defect_of_one_factor(solution: Solution, method: str, found: np.ndarray) -> None:
    """Of one factor psych has no Anderson-Rubin scores, and ten Berge's without their unit variance."""
    np.testing.assert_allclose(found.T @ solution.correlation @ found, 1.0, rtol=ROUNDING)
    assert ("anderson" in solution.r) is False
    if method == "tenberge":
        theirs = solution.r["tenberge"]
        variance = (theirs.T @ solution.correlation @ theirs).item()
        assert variance < 1 - 1e-3
        np.testing.assert_allclose(found, theirs / np.sqrt(variance), rtol=0, atol=ROUNDING)


def test_the_designs_hold_what_they_should(solutions):
    """Heywood cases, oblique, orthogonal and single factors, no degrees of freedom and fewer than none."""
    df = {name: solution.number("df") for name, solution in solutions.items()}

    assert set(solutions) == set(NAMES)
    assert sum(bool(improper_items(solution.uniquenesses)) for solution in solutions.values()) >= 3
    assert sum(solution.phi is not None for solution in solutions.values()) >= 20
    assert sum(solution.loadings.shape[1] == 1 for solution in solutions.values()) >= 5
    assert df["Thurstone df 0"] == df["Thurstone three items"] == 0
    assert df["Harman.5 negative df"] < 0
