"""Alpha, omega and congruence of numerics and of the Python engine against psych.

Sixty random scales and data sets of R go through R in one call. Closed forms must agree to 1e-10. Omega must
agree within quantities.csv on the scales that have a general factor. Where there is none (a third of the
random scales) psych's search for it stops anywhere on a flat stretch: there the two must agree once psych's
own factors are handed in.
"""

from dataclasses import asdict, dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import pytest

from erm_bridge.engines.python.factors.reliability import omega_of, reliability_of
from erm_bridge.numerics.canonical import canonical_form
from erm_bridge.numerics.congruence import congruence
from erm_bridge.numerics.correlation import Moments, moments
from erm_bridge.numerics.omega import SchmidLeiman, group_factors, omega, schmid_leiman
from erm_bridge.numerics.reliability import (
    consistency,
    consistency_if_dropped,
    duhachek_interval,
    feldt_interval,
    item_total,
)
from erm_bridge.quantities import glossary
from erm_bridge.results.reliability import COEFFICIENTS, ITEM_TOTAL, Omega, Reliability
from erm_bridge.study.index_section import Reliability as Options

pytestmark = pytest.mark.r

GENERAL = [f"general{i}" for i in range(40)]
SEPARATE = [f"separate{i}" for i in range(20)]
SCALES = ["bfi", "A", "C", "E", "N", "O", "sat.act"]
MATRICES = ["Thurstone", "ability.cov"]
ALL = [*GENERAL, *SEPARATE, *SCALES, *MATRICES]
OWN_FACTORS = {"bfi": 5, "sat.act": 1, "Thurstone": 3, "ability.cov": 3}
CLOSED_FORM = 1e-10


@dataclass
class Design:
    """One scale: items (or their correlations), group factors, and psych's numbers by quantity (matrices)."""

    items: np.ndarray
    factors: int
    square: bool
    r: dict[str, np.ndarray]

    @property
    def n(self) -> int:
        return int(self.r["n"][0, 0])

    @cached_property
    def covariance(self) -> np.ndarray:
        return self.items if self.square else np.cov(self.items.T)

    @cached_property
    def correlation(self) -> np.ndarray:
        return self.items if self.square else np.corrcoef(self.items.T)

    @cached_property
    def labels(self) -> pd.Index:
        return pd.Index([f"x{i + 1}" for i in range(self.items.shape[1])])

    @cached_property
    def reliability(self) -> Reliability:
        of = moments(self.items)
        options = Options(omega_factors=self.factors, conf_level=0.9)
        return reliability_of(of, of.correlation, self.labels, options)


def simulated(rng: np.random.Generator, general: bool) -> tuple[np.ndarray, int]:
    """6 to 30 items, 2 to 5 group factors, 150 to 3,000 rows; half of them answers of six grades."""
    k = int(rng.integers(2, 6))
    p = int(rng.integers(max(6, 3 * k), 31))
    n = int(np.exp(rng.uniform(np.log(150), np.log(3000))))
    pattern = np.zeros((p, k))
    pattern[np.arange(p), np.arange(p) % k] = rng.uniform(0.5, 0.85, p)
    on_general = rng.uniform(0.4, 0.8, k) if general else np.zeros(k)
    phi = np.outer(on_general, on_general)
    np.fill_diagonal(phi, 1)
    values = rng.normal(size=(n, k)) @ np.linalg.cholesky(phi).T @ pattern.T
    values += rng.normal(size=(n, p)) * np.sqrt(1 - np.square(pattern).sum(axis=1))
    if rng.integers(2):
        return np.clip(np.round(3.5 + 1.3 * values), 1, 6), k
    return values * rng.uniform(0.2, 5, p) + rng.normal(0, 10, p), k


@pytest.fixture(scope="module")
def loadings() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(6)
    return rng.normal(size=(12, 3)), rng.normal(size=(12, 5))


@pytest.fixture(scope="module")
def answer(rscript, loadings) -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(31)
    made = {name: simulated(rng, name in GENERAL) for name in [*GENERAL, *SEPARATE]}
    asked = pd.DataFrame({"design": list(made), "factors": [float(k) for _, k in made.values()]})
    tables = {f"data-{name}": pd.DataFrame(values).add_prefix("x") for name, (values, _) in made.items()}
    first, second = (pd.DataFrame(matrix).add_prefix("F") for matrix in loadings)
    found = rscript("reliability.R", data={"designs": asked, "first": first, "second": second, **tables})
    return {"designs": asked, **tables, **found}


@pytest.fixture(scope="module")
def numbers(answer) -> dict[str, dict[str, np.ndarray]]:
    found: dict[str, dict[str, np.ndarray]] = {}
    for (name, quantity), cells in answer["numbers"].groupby(["design", "quantity"]):
        at = cells[["row", "column"]].to_numpy(int) - 1
        matrix = np.empty(at.max(axis=0) + 1)
        matrix[tuple(at.T)] = cells["value"]
        found.setdefault(name, {})[quantity] = matrix
    return found


@pytest.fixture(scope="module")
def designs(answer, numbers) -> dict[str, Design]:
    factors = dict(zip(answer["designs"]["design"], answer["designs"]["factors"].astype(int), strict=True))
    factors |= {name: OWN_FACTORS.get(name, 2) for name in [*SCALES, *MATRICES]}
    return {
        name: Design(answer[f"data-{name}"].to_numpy(float), factors[name], name in MATRICES, numbers[name])
        for name in ALL
    }


def close(found: object, expected: object, limit: float = CLOSED_FORM) -> None:
    np.testing.assert_allclose(found, expected, rtol=limit, atol=limit)


@pytest.mark.parametrize("name", ALL)
def test_coefficients_and_those_without_an_item(designs, name):
    design = designs[name]
    whole = asdict(consistency(design.covariance, design.n))
    dropped = asdict(consistency_if_dropped(design.covariance, design.n))

    close(list(whole.values()), design.r["total"][:, 0])
    close(np.column_stack(list(dropped.values())), design.r["dropped"])
    assert tuple(whole) == COEFFICIENTS


@pytest.mark.parametrize("name", ALL)
def test_correlations_of_items_with_the_scale(designs, name):
    design = designs[name]
    found = asdict(item_total(design.covariance))
    kinds = ["std_r", "r_cor", "r_drop"] if design.square else list(ITEM_TOTAL)

    close(np.column_stack([found[kind] for kind in kinds]), design.r["items"][:, : len(kinds)])


@pytest.mark.parametrize("name", ALL)
def test_intervals(designs, name):
    design = designs[name]
    alpha, error = design.r["total"][[0, 6], 0]

    close(feldt_interval(alpha, len(design.covariance), design.n, 0.9), design.r["feldt"][:, 0])
    # 1.6448536 is the normal quantile of .95.
    close(duhachek_interval(alpha, error, 0.9).low, alpha - 1.6448536269514722 * error)


@pytest.mark.parametrize("name", [*GENERAL, *SEPARATE, *SCALES])
def test_means_and_deviations(designs, name):
    design = designs[name]
    found = design.reliability

    close([found.mean, found.sd], design.r["scale"][:, 0])
    close(found.items[["mean", "sd"]], design.r["items"][:, 4:])


@pytest.mark.parametrize("name", ALL)
def test_omega_of_the_general_and_group_factors_of_psych(designs, name):
    design, r = designs[name], designs[name].r
    group = r.get("group", np.empty((len(design.items.T), 0)))
    unused = {"second_order": np.empty(0), "objective": 0.0}
    found = omega(
        design.correlation, SchmidLeiman(r["general"][:, 0], group, r["uniqueness"][:, 0], **unused)
    )

    close([found.total, found.hierarchical, found.limit], r["omega"][:3, 0])
    close(found.ecv, r["omega"][3, 0])
    if design.factors > 1:
        close(found.subscales, r["omega_group"])


@pytest.mark.parametrize("name", [name for name in ALL if name != "sat.act"])
def test_schmid_leiman_of_the_oblique_factors_of_psych(designs, name):
    """Its loadings on the general factor are those of psych as far as psych reproduces the correlations."""
    design, r = designs[name], designs[name].r
    found = schmid_leiman(r["oblique"], r["phi"])
    of_psych = r["second_order"][:, 0]
    residual = np.tril(r["phi"] - np.outer(of_psych, of_psych), -1)

    close(found.uniquenesses, r["uniqueness"][:, 0])
    if design.factors > 2:
        assert found.objective <= np.square(residual).sum() + 1e-14
    if name not in SEPARATE:
        sign = np.sign(r["general"].sum())
        close(found.general, sign * r["general"][:, 0], 1e-5)
        close(np.abs(found.group), np.abs(r["group"]), 1e-5)


@pytest.mark.parametrize("name", [name for name in ALL if name != "sat.act"])
def test_the_rotation_is_never_worse_than_that_of_psych(designs, name):
    squared = np.square(designs[name].r["oblique"])
    products = squared.T @ squared
    of_psych = (products.sum() - np.trace(products)) / 4

    # psych stops its minimiser early: its communalities, which no rotation changes, are up to 5e-5 away.
    assert group_factors(designs[name].correlation, designs[name].factors).criterion <= of_psych + 5e-6


@pytest.mark.parametrize("name", [*GENERAL, *SCALES, "Thurstone"])
def test_omega_agrees_within_its_tolerances(designs, name):
    design, r = designs[name], designs[name].r
    found = omega_of(design.correlation, design.factors, design.labels)
    check_shares(found, r["omega"][:, 0])
    general = r["general"][:, 0] * np.sign(r["general"].sum())
    assert np.abs(found.general - general).max() <= atol("general_loading")
    if design.factors > 1:
        form = canonical_form(r["group"])
        assert np.abs(found.group - form.loadings).to_numpy().max() <= atol("group_loading")
        shares = r["omega_group"][form.order]
        assert np.abs(found.subscales - shares).to_numpy().max() <= atol("omega_group")


def test_three_factors_of_six_tests_fit_exactly(designs):
    """Such a model reproduces all correlations; psych stops a little before, which moves loadings by 1e-4."""
    design, r = designs["ability.cov"], designs["ability.cov"].r
    oblique, factors = group_factors(design.correlation, 3), r["oblique"]

    def residuals(loadings: np.ndarray, phi: np.ndarray) -> float:
        return float(np.square(np.tril(design.correlation - loadings @ phi @ loadings.T, -1)).sum())

    assert residuals(oblique.loadings, oblique.phi) < 1e-20 < 1e-10 < residuals(factors, r["phi"])
    check_shares(omega_of(design.correlation, 3, design.labels), r["omega"][:, 0])


def check_shares(found: Omega, of_psych: np.ndarray) -> None:
    values = [found.total, found.hierarchical, found.limit, found.ecv]
    names = ["omega_total", "omega_h", "omega_limit", "ecv"]
    for quantity, value, expected in zip(names, values, of_psych, strict=True):
        assert abs(value - expected) <= atol(quantity), quantity


def atol(quantity: str) -> float:
    lines = glossary().query("stage == 'index' and quantity == @quantity")
    assert len(lines) == 1
    return float(lines["atol"].iloc[0])


def test_congruence(numbers, loadings):
    close(congruence(*loadings), numbers["congruence"]["congruence"])


def test_the_designs_are_what_they_claim(designs):
    """All numbers of factors occur; without a general factor psych finds hardly any omega."""
    assert {designs[name].factors for name in GENERAL} == {2, 3, 4, 5}
    assert all(designs[name].r["omega"][1, 0] > 0.2 for name in GENERAL)
    assert np.median([designs[name].r["omega"][1, 0] for name in SEPARATE]) < 0.15
    assert isinstance(moments(designs["bfi"].items), Moments)
    assert designs["bfi"].n == 2436
