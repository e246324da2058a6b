"""Varimax against Kaiser's closed form for two factors, exact structure, and its invariances."""

import math

import numpy as np
import pytest

from erm_bridge.numerics.rotation import Rotated, Settings, rotate
from erm_bridge.numerics.rotation.varimax import EPS, ITERATIONS, varimax_rotations


def varimax(loadings: np.ndarray, eps: float = EPS, iterations: int = ITERATIONS) -> Rotated:
    """Kaiser's varimax with a rule of one's own; by default that of `rotate`."""
    if (eps, iterations) == (EPS, ITERATIONS):
        return rotate(loadings, "varimax")
    x = loadings / np.linalg.norm(loadings, axis=1, keepdims=True)
    rotation = varimax_rotations(x[None], np.eye(loadings.shape[1])[None], eps, iterations)[0]
    return Rotated(loadings @ rotation, rotation)


def turned(loadings: np.ndarray, degrees: float) -> np.ndarray:
    angle = math.radians(degrees)
    return loadings @ np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])


def criterion(loadings: np.ndarray) -> float:
    """Kaiser's: variances of the squared loadings of items with unit communality, summed over factors."""
    squared = np.square(loadings) / np.square(loadings).sum(axis=1, keepdims=True)
    return float(squared.var(axis=0).sum())


def kaisers_angle(loadings: np.ndarray) -> float:
    """Angle by which two columns are turned to the maximum: Kaiser (1958), the equation for tan 4 phi."""
    x, y = (loadings / np.linalg.norm(loadings, axis=1, keepdims=True)).T
    u, v, p = x**2 - y**2, 2 * x * y, len(x)
    above = 2 * (p * (u * v).sum() - u.sum() * v.sum())
    below = p * (u**2 - v**2).sum() - (u.sum() ** 2 - v.sum() ** 2)
    return math.atan2(above, below) / 4


@pytest.fixture
def loadings() -> np.ndarray:
    rng = np.random.default_rng(21)
    found = rng.normal(0, 0.15, (12, 3))
    found[np.arange(12), np.arange(12) % 3] += rng.uniform(0.4, 0.8, 12)
    rotation, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    return found @ rotation


SIMPLE = np.zeros((9, 3))
SIMPLE[np.arange(9), np.arange(9) % 3] = [0.9, 0.5, 0.7, 0.8, 0.4, 0.6, 0.3, 0.5, 0.8]


@pytest.mark.parametrize("seed", range(4))
def test_turned_simple_structure_is_turned_back(seed):
    rotation, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    found = varimax(SIMPLE @ rotation, eps=1e-15)

    np.testing.assert_allclose(SIMPLE @ rotation @ found.rotation, found.loadings, atol=1e-15)
    back = np.abs(found.loadings)
    np.testing.assert_allclose(back[:, back[:3].argmax(axis=1)], SIMPLE, atol=1e-7)


def test_two_pure_clusters_of_one_size_stay_turned():
    """The step overshoots to the mirror image and the criterion stands still, in stats::varimax as well."""
    clusters = np.array([[0.9, 0], [0.5, 0], [0.7, 0], [0, 0.8], [0, 0.4], [0, 0.6]])

    np.testing.assert_allclose(varimax(turned(clusters, 30)).loadings, turned(clusters, 30), atol=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_two_factors_reach_kaisers_closed_solution(seed):
    loadings = np.random.default_rng(seed).normal(size=(9, 2))
    expected = turned(loadings, math.degrees(kaisers_angle(loadings)))
    found = varimax(loadings, eps=1e-15).loadings

    assert criterion(found) == pytest.approx(criterion(expected), rel=1e-12)
    # The closed form may name the factors in the other order and sign.
    orders = [np.abs(np.abs(expected[:, order]) - np.abs(found)).max() for order in ([0, 1], [1, 0])]
    assert min(orders) < 1e-5


def test_the_rotation_is_orthogonal_and_keeps_communalities(loadings):
    found = varimax(loadings)

    np.testing.assert_allclose(found.rotation.T @ found.rotation, np.eye(3), atol=1e-14)
    np.testing.assert_allclose(np.square(found.loadings).sum(1), np.square(loadings).sum(1), rtol=1e-14)
    assert found.phi is None
    assert criterion(found.loadings) > criterion(loadings)


def test_the_stopping_rule_is_coarse_on_purpose(loadings):
    """The rule of stats::varimax ends before the maximum; a tighter one gains a little more."""
    coarse, exact = varimax(loadings), varimax(loadings, eps=1e-15)

    assert np.array_equal(coarse.loadings, varimax(loadings, eps=1e-5, iterations=999).loadings)
    assert criterion(coarse.loadings) < criterion(varimax(loadings, eps=1e-7).loadings)
    assert criterion(coarse.loadings) < criterion(exact.loadings)
    assert 1e-8 < np.abs(coarse.loadings - exact.loadings).max() < 1e-2


def test_the_limit_on_steps_holds(loadings):
    one, whole = varimax(loadings, iterations=1), varimax(loadings)

    assert criterion(loadings) < criterion(one.loadings) < criterion(whole.loadings)


def test_signs_and_orders_of_factors_and_items_do_not_matter(loadings):
    signs, order, items = np.array([1, -1, -1]), [2, 0, 1], np.random.default_rng(1).permutation(12)
    found = varimax(loadings).loadings

    changed = varimax((loadings * signs)[:, order]).loadings
    np.testing.assert_allclose(changed, (found * signs)[:, order], atol=1e-13)
    np.testing.assert_allclose(varimax(loadings[items]).loadings, found[items], atol=1e-13)
    flipped = loadings.copy()
    flipped[4] *= -1
    expected = found.copy()
    expected[4] *= -1
    np.testing.assert_allclose(varimax(flipped).loadings, expected, atol=1e-13)


def test_the_size_of_communalities_does_not_matter(loadings):
    """Kaiser's normalisation: items scaled up or down are rotated alike."""
    sizes = np.random.default_rng(2).uniform(0.1, 3, (12, 1))

    np.testing.assert_allclose(varimax(loadings * sizes).rotation, varimax(loadings).rotation, atol=1e-13)


def test_an_item_without_loadings_stays_zero(loadings):
    loadings[5] = 0
    found = varimax(loadings).loadings

    assert np.array_equal(found[5], np.zeros(3))
    assert np.isfinite(found).all()


def test_one_factor_is_not_rotated():
    loadings = np.array([[0.8], [-0.5], [0.3]])
    found = varimax(loadings)

    assert np.array_equal(found.loadings, loadings)
    assert np.array_equal(found.rotation, np.eye(1))


def test_the_criterion_is_that_of_normalised_loadings(loadings):
    found = varimax(loadings)

    assert found.criterion == pytest.approx(-len(loadings) * criterion(found.loadings) / 4, rel=1e-12)
    raw = rotate(loadings, Settings("varimax", normalize=False))
    squared = np.square(raw.loadings)
    assert raw.criterion == pytest.approx(-len(loadings) * squared.var(axis=0).sum() / 4, rel=1e-12)


def test_without_normalisation_items_count_by_their_size(loadings):
    """Raw varimax of loadings whose rows have one length is that with Kaiser's normalisation."""
    same = loadings / np.linalg.norm(loadings, axis=1, keepdims=True)
    raw = Settings("varimax", normalize=False)

    np.testing.assert_allclose(rotate(same, raw).rotation, rotate(same, "varimax").rotation, atol=1e-13)
    assert np.abs(rotate(loadings, raw).rotation - rotate(loadings, "varimax").rotation).max() > 1e-3


def test_a_stack_is_rotated_one_by_one(loadings):
    rng = np.random.default_rng(3)
    stack = loadings + rng.normal(0, 0.05, (7, *loadings.shape))
    stack[4, 5] = 0
    together = varimax_rotations(stack, np.broadcast_to(np.eye(3), (7, 3, 3)))

    for one, rotation in zip(stack, together, strict=True):
        alone = varimax_rotations(one[None], np.eye(3)[None])[0]
        np.testing.assert_allclose(rotation, alone, atol=1e-14)
