"""Velicer's average partial correlations."""

import numpy as np
import pytest

from erm_bridge.numerics.dimension import average_partials

# Harman, H. H. (1967), Modern Factor Analysis, 2nd edition, p. 80: eight physical measures of 305 girls.
HARMAN = """
    1
    .846 1
    .805 .881 1
    .859 .826 .801 1
    .473 .376 .380 .436 1
    .398 .326 .319 .329 .762 1
    .301 .277 .237 .327 .730 .583 1
    .382 .415 .345 .365 .629 .577 .539 1
"""


def harman() -> np.ndarray:
    lower = np.zeros((8, 8))
    lower[np.tril_indices(8)] = [float(number) for number in HARMAN.split()]
    return lower + np.tril(lower, -1).T


def test_the_example_of_oconnor():
    """O'Connor, B. P. (2000), Behavior Research Methods 32, 396-402: what his program prints."""
    found = average_partials(harman(), 7)

    np.testing.assert_allclose(found.squared[:3], [0.312475, 0.245121, 0.066445], atol=5e-7)
    assert found.by_squared == found.by_fourth == 2


def test_equal_correlations_by_hand():
    """Without the general component the p others have equal variance: partial correlations of -1/(p - 1)."""
    p, r = 5, 0.4
    found = average_partials(np.full((p, p), r) + (1 - r) * np.eye(p), 1)

    np.testing.assert_allclose(found.squared, [r**2, 1 / 16], rtol=1e-12)
    np.testing.assert_allclose(found.fourth, [r**4, 1 / 256], rtol=1e-12)


def test_one_component_by_regression():
    """A partial correlation given a component correlates what regressions on it leave."""
    rng = np.random.default_rng(4)
    values = rng.normal(size=(200, 2)) @ rng.normal(size=(2, 6)) + rng.normal(size=(200, 6))
    standard = (values - values.mean(0)) / values.std(0)
    correlation = np.corrcoef(standard.T)
    component = standard @ np.linalg.eigh(correlation)[1][:, -1:]
    left = standard - component @ np.linalg.lstsq(component, standard, rcond=None)[0]
    partial = np.corrcoef(left.T)[np.tril_indices(6, -1)]

    found = average_partials(correlation, 1)
    assert found.squared[1] == pytest.approx(np.mean(partial**2), rel=1e-12)
    assert found.fourth[1] == pytest.approx(np.mean(partial**4), rel=1e-12)


def test_the_last_component_leaves_one_dimension():
    found = average_partials(harman(), 99)

    assert len(found.squared) == 8
    assert found.squared[-1] == pytest.approx(1, rel=1e-12)
    assert found.fourth[-1] == pytest.approx(1, rel=1e-12)


def test_uncorrelated_items_need_no_component():
    assert average_partials(np.eye(4) + 1e-3 * (np.ones((4, 4)) - np.eye(4)), 3).by_squared == 0


def test_the_order_of_items_and_their_signs_do_not_matter():
    rng = np.random.default_rng(8)
    order, signs = rng.permutation(8), rng.choice([-1, 1], 8)
    turned = (harman() * np.outer(signs, signs))[np.ix_(order, order)]

    found, expected = average_partials(turned, 7), average_partials(harman(), 7)
    np.testing.assert_allclose(found.squared, expected.squared, rtol=1e-10)
    np.testing.assert_allclose(found.fourth, expected.fourth, rtol=1e-10)
