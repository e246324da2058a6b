"""Both families of rotations: local coordinates against small steps that are actually taken."""

import numpy as np
import pytest

from erm_bridge.numerics.rotation.criteria import Quartic
from erm_bridge.numerics.rotation.descent import Task, _quadratic
from erm_bridge.numerics.rotation.geometry import Oblique, Orthogonal

FAMILIES = {"orthogonal": Orthogonal(), "oblique": Oblique()}
STEP = 1e-5


@pytest.fixture(params=FAMILIES)
def task(request) -> Task:
    unrotated = np.random.default_rng(8).normal(0, 0.5, (1, 9, 3))
    return Task(unrotated, Quartic(row=1.0), FAMILIES[request.param])


@pytest.fixture
def place(task) -> np.ndarray:
    return task.geometry.retracted(np.eye(3) + np.random.default_rng(9).normal(0, 0.3, (1, 3, 3)))


def moved(task: Task, place: np.ndarray, x: np.ndarray):
    return task.at(task.geometry.retracted(place + place @ x))


def test_members_stay_members(task, place):
    products = place[0].T @ place[0]

    np.testing.assert_allclose(np.diag(products), 1, atol=1e-14)
    if isinstance(task.geometry, Orthogonal):
        np.testing.assert_allclose(products, np.eye(3), atol=1e-14)
    np.testing.assert_allclose(task.geometry.retracted(place), place, atol=1e-14)


def test_loadings_and_phi_reproduce_the_same_correlations(task, place):
    found = task.at(place)
    phi = place[0].T @ place[0]

    reproduced = found.loadings[0] @ phi @ found.loadings[0].T
    np.testing.assert_allclose(reproduced, task.unrotated[0] @ task.unrotated[0].T, atol=1e-13)


def test_changes_to_first_order_are_those_of_a_small_step(task, place):
    geometry, now = task.geometry, task.at(place)
    phi = place.swapaxes(1, 2) @ place
    for x in geometry.directions(3):
        ahead, behind = moved(task, place, STEP * x), moved(task, place, -STEP * x)
        change = (ahead.loadings - behind.loadings) / (2 * STEP)
        np.testing.assert_allclose(now.loadings @ geometry.loadings_change(x, phi), change, atol=1e-8)
        products = [point.t.swapaxes(1, 2) @ point.t for point in (ahead, behind)]
        change = (products[0] - products[1]) / (2 * STEP)
        np.testing.assert_allclose(geometry.phi_change(x, phi), change, atol=1e-8)


def test_slopes_are_those_of_small_steps(task, place):
    gradient, _, _ = _quadratic(task, task.at(place))
    slopes = [
        (moved(task, place, STEP * x).value - moved(task, place, -STEP * x).value) / (2 * STEP)
        for x in task.geometry.directions(3)
    ]

    np.testing.assert_allclose(gradient[0], np.ravel(slopes), atol=1e-8)


def test_curvatures_at_a_minimum_are_those_of_small_steps(task):
    from erm_bridge.numerics.rotation.descent import descend

    end = descend(task, np.eye(3)[None])
    _, curvatures, axes = _quadratic(task, end)
    wide = 1e-3
    for curvature, axis in zip(curvatures[0], axes[0].T, strict=True):
        x = np.tensordot(wide * axis, task.geometry.directions(3), axes=1)
        values = [moved(task, end.t, x * sign).value[0] for sign in (-1, 0, 1)]
        assert curvature == pytest.approx(
            (values[0] - 2 * values[1] + values[2]) / wide**2, rel=1e-3, abs=1e-5
        )


def test_the_projected_gradient_is_tangent_and_vanishes_with_the_slopes(task, place):
    now = task.at(place)
    turned = place[0].T @ now.projected[0]

    assert now.size[0] == pytest.approx(np.linalg.norm(now.projected[0]), rel=1e-13)
    if isinstance(task.geometry, Orthogonal):
        np.testing.assert_allclose(turned + turned.T, 0, atol=1e-14)
    else:
        np.testing.assert_allclose(np.diag(turned), 0, atol=1e-14)
