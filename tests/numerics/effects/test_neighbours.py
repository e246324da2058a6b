"""Nearest units with all ties, on a line and in space, against looking at every unit."""

import numpy as np
import pytest

from erm_bridge.numerics.effects.neighbours import Group


def directly(places, outcome, x, at, count, leave_out=None):
    apart = np.sqrt(np.sum((places.reshape(len(outcome), -1) - np.atleast_1d(at)) ** 2, axis=1))
    limit = np.sort(apart)[min(count, len(apart)) - 1]
    members = np.flatnonzero(apart <= limit * (1 + 1e-9))
    if leave_out is not None:
        members = np.setdiff1d(members, leave_out)
    return (
        outcome[members].mean(),
        np.var(outcome[members], ddof=1),
        np.cov(x[members], outcome[members])[0, 1],
    )


@pytest.mark.parametrize("count", [2, 3, 7])
@pytest.mark.parametrize("q", [1, 3])
@pytest.mark.parametrize("levels", [2, 5, None])
def test_moments_are_those_of_the_units_that_are_near(count, q, levels):
    rng = np.random.default_rng(count)
    n = 60
    places = rng.normal(size=(n, q)) if levels is None else rng.integers(0, levels, (n, q)).astype(float)
    asked = rng.normal(size=(20, q)) if levels is None else rng.integers(0, levels, (20, q)).astype(float)
    if q == 1:
        places, asked = places[:, 0], asked[:, 0]
    outcome, x = 1e3 + rng.normal(size=n), 5 + rng.normal(size=n)
    group = Group(places, outcome, x[:, None])
    found = group.moments(group.nearest(asked, count))
    expected = np.array([directly(places, outcome, x, at, count) for at in asked])
    np.testing.assert_allclose(
        np.column_stack([found.mean, found.variance, found.covariance[:, 0]]),
        expected,
        rtol=1e-10,
        atol=1e-12,
    )
    own = group.moments(group.nearest(places, count, group.site))
    others = [directly(places, outcome, x, places[i], count + 1, leave_out=i)[0] for i in range(n)]
    np.testing.assert_allclose(group.without_itself(own, outcome), others, rtol=1e-12)


def test_a_group_with_too_few_units_gives_all():
    group = Group(np.array([0.0, 1, 5]), np.array([1.0, 2, 6]))
    assert group.moments(group.nearest(np.array([9.0]), 10)).mean == [3.0]
    apart = Group(np.array([[0.0, 1], [1, 1], [5, 1]]), np.array([1.0, 2, 6]))
    assert apart.moments(apart.nearest(np.array([[9.0, 1]]), 10)).count == [3.0]
