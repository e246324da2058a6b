"""Correlations of continuous, ordinal and binary items."""

import numpy as np
import pytest
from scipy.special import ndtri

from erm_bridge.numerics.correlation.categories import categorise
from erm_bridge.numerics.correlation.methods import CORRELATIONS, correlate
from erm_bridge.numerics.correlation.mixed import biserial, kinds, mixed, polyserial
from erm_bridge.numerics.correlation.polychoric import polychoric, tetrachoric
from erm_bridge.numerics.correlation.sample_moments import moments


def items(n: int = 400) -> np.ndarray:
    """Two continuous, two ordinal (3 and 8 values), two binary."""
    rng = np.random.default_rng(11)
    latent = rng.normal(size=(n, 1)) + rng.normal(size=(n, 6))
    cuts = [None, None, [-0.5, 1], np.linspace(-2, 2, 7), [0.3], [-1]]
    columns = [x if c is None else np.searchsorted(c, x) for x, c in zip(latent.T, cuts, strict=True)]
    return np.stack(columns, axis=1).astype(float)


def test_the_kind_of_an_item_is_its_number_of_values():
    values = np.stack([np.arange(90) % m for m in (2, 3, 8, 9, 90)], axis=1).astype(float)
    found = kinds(values)

    assert found.binary.tolist() == [True, False, False, False, False]
    assert found.ordinal.tolist() == [False, True, True, False, False]
    assert found.continuous.tolist() == [False, False, False, True, True]


def test_each_pair_has_its_own_estimator():
    values = items()
    found = mixed(values)

    assert found.correlation[1, 0] == pytest.approx(moments(values[:, :2]).correlation[1, 0], abs=1e-14)
    ordinal = polychoric(categorise(values[:, 2:])).correlation
    np.testing.assert_allclose(found.correlation[2:4, 2:], ordinal[:2], rtol=0, atol=1e-12)
    binary = tetrachoric(categorise(values[:, 4:])).correlation[1, 0]
    assert found.correlation[5, 4] == pytest.approx(binary, abs=1e-12)
    np.testing.assert_allclose(found.correlation[:2, 2:4], polyserial(values[:, :2], values[:, 2:4]))
    np.testing.assert_allclose(found.correlation[:2, 4:], biserial(values[:, :2], values[:, 4:]))
    assert [len(of_item) for of_item in found.thresholds] == [0, 0, 2, 7, 1, 1]


def test_biserial_by_hand():
    x = np.array([[1.0], [2], [3], [6]])
    y = np.array([[0.0], [0], [1], [1]])
    # Means 4.5 and 1.5, shares one half, density at 0 of 1 / sqrt(2 pi), variance 14 / 3.
    expected = 3 * 0.25 * np.sqrt(2 * np.pi) / np.sqrt(14 / 3)

    assert biserial(x, y)[0, 0] == pytest.approx(expected, abs=1e-14)


def test_polyserial_of_two_categories_is_biserial():
    values = items()
    by_codes = polyserial(values[:, :1], values[:, 4:5])

    # Denominators n and n - 1 of the standard deviations.
    n = len(values)
    assert by_codes[0, 0] == pytest.approx(biserial(values[:, :1], values[:, 4:5])[0, 0], rel=1.1 / n)


def test_estimates_come_near_what_was_put_in():
    rng = np.random.default_rng(5)
    n, rho = 40_000, 0.6
    latent = rng.normal(size=(n, 1)) * np.sqrt(rho) + rng.normal(size=(n, 4)) * np.sqrt(1 - rho)
    values = latent.copy()
    values[:, 1] = np.searchsorted(ndtri([0.1, 0.3, 0.7]), latent[:, 1])
    values[:, 2] = latent[:, 2] > 0.8
    values[:, 3] = latent[:, 3] > -0.2
    found = mixed(values).correlation

    np.testing.assert_allclose(found[np.tril_indices(4, -1)], rho, atol=0.02)
    assert abs(moments(values).correlation[3, 2] - rho) > 0.1


@pytest.mark.parametrize("method", CORRELATIONS)
def test_reversing_an_item_turns_its_signs(method):
    values = items()[:, 4:] if method == "tetrachoric" else items()[:, 2:]
    if method == "mixed":
        values = items()
    sign = np.resize([1, -1], values.shape[1])

    found = correlate(values, method, correct=0.5 if method != "polychoric" else 0.0).matrix
    turned = correlate(values * sign, method, correct=0.5 if method != "polychoric" else 0.0).matrix

    np.testing.assert_allclose(turned, found * np.outer(sign, sign), rtol=0, atol=1e-12)
