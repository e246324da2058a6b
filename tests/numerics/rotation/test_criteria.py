"""Criteria against their definitions in plain sums, and their derivatives against differences."""

import itertools

import numpy as np
import pytest

from erm_bridge.numerics.rotation import ROTATIONS, Settings

P, K = 7, 3
TARGET = np.where(np.arange(P * K).reshape(P, K) % 4 == 0, np.nan, 0.1)
SETTINGS = {
    "oblimin": Settings("oblimin", gamma=-0.7),
    "geominT": Settings("geominT", delta=0.02),
    "simplimax": Settings("simplimax", zeros=9),
    "targetT": Settings("targetT", target=TARGET),
    "targetQ": Settings("targetQ", target=TARGET),
}
METHODS = [name for name, method in ROTATIONS.items() if method.criterion is not None]


def criterion_of(name: str):
    return ROTATIONS[name].criterion(SETTINGS.get(name, Settings(name)), P, K)


@pytest.fixture
def loadings() -> np.ndarray:
    return np.random.default_rng(4).normal(0, 0.5, (P, K))


def pairs_of_factors(squared: np.ndarray) -> float:
    return sum((squared[:, j] * squared[:, m]).sum() for j, m in itertools.combinations(range(K), 2))


def crawford_ferguson(squared: np.ndarray, kappa: float) -> float:
    items = sum((squared[i] * squared[h]).sum() for i, h in itertools.combinations(range(P), 2))
    return ((1 - kappa) * pairs_of_factors(squared) + kappa * items) / 2


def bentler(squared: np.ndarray) -> float:
    products = squared.T @ squared
    return -np.log(np.linalg.det(products) / np.diag(products).prod()) / 4


def oblimin(squared: np.ndarray, gamma: float) -> float:
    columns = itertools.combinations(squared.T, 2)
    return sum((a * b).sum() - gamma / P * a.sum() * b.sum() for a, b in columns) / 2


def geomin(squared: np.ndarray, delta: float) -> float:
    return sum(np.prod(row + delta) ** (1 / K) for row in squared)


DEFINITIONS = {
    "varimax": lambda s: -P * s.var(axis=0).sum() / 4,
    "Varimax": lambda s: -P * s.var(axis=0).sum() / 4,
    "quartimax": lambda s: -np.square(s).sum() / 4,
    "equamax": lambda s: crawford_ferguson(s, K / (2 * P)),
    "parsimax": lambda s: crawford_ferguson(s, (K - 1) / (P + K - 2)),
    "bentlerT": bentler,
    "bentlerQ": bentler,
    "geominT": lambda s: geomin(s, 0.02),
    "geominQ": lambda s: geomin(s, 0.01),
    "bifactor": lambda s: 2 * (s[:, 1] * s[:, 2]).sum(),
    "biquartimin": lambda s: 2 * (s[:, 1] * s[:, 2]).sum(),
    "oblimin": lambda s: oblimin(s, -0.7),
    "quartimin": lambda s: pairs_of_factors(s) / 2,
    "simplimax": lambda s: np.sort(s, axis=None)[:9].sum(),
}


@pytest.mark.parametrize("name", DEFINITIONS)
def test_the_value_is_that_of_the_definition(name, loadings):
    value, _ = criterion_of(name).value_and_gradient(loadings)

    assert value == pytest.approx(DEFINITIONS[name](np.square(loadings)), rel=1e-12)


@pytest.mark.parametrize("name", ["targetT", "targetQ"])
def test_a_target_counts_where_it_is_specified(name, loadings):
    value, gradient = criterion_of(name).value_and_gradient(loadings)

    assert value == pytest.approx(np.nansum(np.square(loadings - TARGET)), rel=1e-12)
    assert not gradient[np.isnan(TARGET)].any()


@pytest.mark.parametrize("name", METHODS)
def test_gradient_and_curvature_are_the_derivatives(name, loadings):
    criterion, step = criterion_of(name), 1e-5
    direction = np.random.default_rng(5).normal(size=loadings.shape)
    above, gradient_above = criterion.value_and_gradient(loadings + step * direction)
    below, gradient_below = criterion.value_and_gradient(loadings - step * direction)
    _, gradient = criterion.value_and_gradient(loadings)

    assert (gradient * direction).sum() == pytest.approx((above - below) / (2 * step), rel=1e-7)
    np.testing.assert_allclose(
        criterion.curvature(loadings, direction), (gradient_above - gradient_below) / (2 * step), atol=1e-7
    )


@pytest.mark.parametrize("name", METHODS)
def test_a_stack_is_taken_one_by_one(name):
    criterion = criterion_of(name)
    stack = np.random.default_rng(6).normal(0, 0.5, (4, 2, P, K))
    values, gradients = criterion.value_and_gradient(stack)
    curvatures = criterion.curvature(stack, stack[::-1])

    assert values.shape == (4, 2)
    for at in np.ndindex(4, 2):
        value, gradient = criterion.value_and_gradient(stack[at])
        assert values[at] == pytest.approx(value, rel=1e-13)
        np.testing.assert_allclose(gradients[at], gradient, atol=1e-13)
        np.testing.assert_allclose(
            curvatures[at], criterion.curvature(stack[at], stack[::-1][at]), atol=1e-12
        )


@pytest.mark.parametrize("name", [name for name in METHODS if not name.startswith("target")])
def test_order_of_items_and_sign_of_factors_do_not_matter(name, loadings):
    criterion = criterion_of(name)
    signs, items = np.array([1, -1, -1]), np.random.default_rng(7).permutation(P)
    value, gradient = criterion.value_and_gradient(loadings)
    changed, turned = criterion.value_and_gradient((loadings * signs)[items])

    assert changed == pytest.approx(value, rel=1e-13)
    np.testing.assert_allclose(turned, (gradient * signs)[items], atol=1e-13)
