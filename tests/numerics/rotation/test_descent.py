"""The descent: it ends at minima, to rounding, leaves saddles, and survives what has no minimum."""

import numpy as np
import pytest

from erm_bridge.numerics.rotation.criteria import Bentler, Geomin, Quartic
from erm_bridge.numerics.rotation.descent import Task, descend
from erm_bridge.numerics.rotation.geometry import Oblique, Orthogonal

CRITERIA = {"quartimin": Quartic(row=1.0), "geomin": Geomin(0.01), "bentler": Bentler()}


def unrotated(seed: int, p: int = 12, k: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    loadings = rng.normal(0, 0.1, (p, k))
    loadings[np.arange(p), np.arange(p) % k] += rng.uniform(0.4, 0.8, p)
    left, values, _ = np.linalg.svd(loadings, full_matrices=False)
    return left * values


@pytest.mark.parametrize("geometry", [Orthogonal(), Oblique()], ids=["orthogonal", "oblique"])
@pytest.mark.parametrize("name", CRITERIA)
@pytest.mark.parametrize("seed", range(3))
def test_it_ends_at_a_minimum_to_rounding(name, geometry, seed):
    task = Task(unrotated(seed)[None], CRITERIA[name], geometry)
    end = descend(task, np.eye(3)[None])
    rng = np.random.default_rng(seed)

    assert end.size[0] < 1e-12
    for _ in range(50):
        near = geometry.retracted(end.t + rng.normal(0, 1e-3, end.t.shape))
        assert task.at(near).value[0] >= end.value[0] - 1e-15


def test_each_of_a_stack_ends_where_it_would_alone():
    stack = np.stack([unrotated(seed) for seed in range(6)])
    start = np.broadcast_to(np.eye(3), (6, 3, 3))
    together = descend(Task(stack, Quartic(row=1.0), Oblique()), start)

    for i, one in enumerate(stack):
        alone = descend(Task(one[None], Quartic(row=1.0), Oblique()), start[:1])
        np.testing.assert_allclose(together.loadings[i], alone.loadings[0], atol=1e-12)


def test_a_saddle_is_left():
    """Two pure clusters turned by 45 degrees: quartimax is stationary there, and at its worst."""
    clusters = np.array([[0.9, 0], [0.5, 0], [0.7, 0], [0, 0.9], [0, 0.5], [0, 0.7]])
    turned = clusters @ np.array([[1, -1], [1, 1]]) / np.sqrt(2)
    task = Task(turned[None], Quartic(own=-1.0), Orthogonal())
    start = np.eye(2)[None]

    assert task.at(start).size[0] < 1e-15
    end = descend(task, start)
    assert end.value[0] == pytest.approx(-np.sum(clusters**4) / 4, rel=1e-12)
    np.testing.assert_allclose(np.sort(np.abs(end.loadings[0]), axis=1)[:, 0], 0, atol=1e-7)


def test_what_has_no_minimum_does_not_spoil_the_rest():
    """Oblique quartimax falls without end: factors collapse. Its neighbour in the stack is unharmed."""
    task = Task(np.stack([unrotated(1), unrotated(2)]), Quartic(own=-1.0), Oblique())
    assert not (descend(task, np.broadcast_to(np.eye(3), (2, 3, 3))).size < 1e-6).any()

    broken = np.stack([np.full((12, 3), np.nan), unrotated(2)])
    task = Task(broken, Quartic(row=1.0), Oblique())
    end = descend(task, np.broadcast_to(np.eye(3), (2, 3, 3)))
    assert not end.size[0] < 1e-6
    assert end.size[1] < 1e-12
