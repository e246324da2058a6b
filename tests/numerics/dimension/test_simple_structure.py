"""Very simple structure."""

import numpy as np
import pytest

from erm_bridge.numerics.dimension import very_simple_structure


def clusters(loadings: list[float], k: int) -> np.ndarray:
    """Correlations of k uncorrelated clusters of items, each with these loadings."""
    correlation = np.kron(np.eye(k), np.outer(loadings, loadings))
    np.fill_diagonal(correlation, 1)
    return correlation


def test_perfect_clusters_by_hand():
    """Off the diagonal all is reproduced, on it the communalities of .25 leave .75 of each item."""
    correlation = clusters([0.5] * 4, 3)
    found = very_simple_structure(correlation, 3)

    total = 12 + 3 * 12 * 0.25**2
    assert found.first[2] == pytest.approx(1 - 12 * 0.75**2 / total, abs=1e-9)
    assert found.second[2] == pytest.approx(found.first[2], abs=1e-9)
    assert found.by_first == 3


def test_one_factor_has_no_complexity_of_two():
    found = very_simple_structure(clusters([0.6, 0.7, 0.8], 1), 8)

    assert len(found.first) == 1
    assert np.isnan(found.second).all()
    assert (found.by_first, found.by_second) == (1, None)


def test_more_loadings_fit_better():
    rng = np.random.default_rng(2)
    values = rng.normal(size=(300, 3)) @ rng.normal(size=(3, 12)) + 2 * rng.normal(size=(300, 12))
    found = very_simple_structure(np.corrcoef(values.T), 4)

    assert (found.second[1:] > found.first[1:]).all()


def test_the_order_of_items_and_their_signs_do_not_matter():
    rng = np.random.default_rng(6)
    values = rng.normal(size=(400, 3)) @ rng.normal(size=(3, 10)) + 1.5 * rng.normal(size=(400, 10))
    correlation = np.corrcoef(values.T)
    order, signs = rng.permutation(10), rng.choice([-1, 1], 10)
    turned = (correlation * np.outer(signs, signs))[np.ix_(order, order)]

    found, expected = very_simple_structure(turned, 3), very_simple_structure(correlation, 3)
    # Varimax stops by R's rule, a little earlier or later in another order.
    np.testing.assert_allclose(found.first, expected.first, atol=1e-4)
    np.testing.assert_allclose(found.second, expected.second, atol=1e-4)
