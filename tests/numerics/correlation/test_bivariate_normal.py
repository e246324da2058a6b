"""The bivariate normal distribution against closed forms and fifty digits."""

import csv
from pathlib import Path

import numpy as np
from scipy.special import ndtr

from erm_bridge.numerics.correlation.bivariate_normal import bivariate_normal_cdf, log_rectangle

REFERENCE = Path(__file__).parents[2] / "reference" / "bivariate_normal.csv"


def rectangle(low: np.ndarray, high: np.ndarray, rho: np.ndarray) -> np.ndarray:
    return np.exp(log_rectangle(low, high, rho))


def test_against_fifty_digits():
    with REFERENCE.open() as file:
        lines = list(csv.DictReader(file))
    h, k, rho = (np.array([float.fromhex(line[name]) for line in lines]) for name in ("h", "k", "rho"))
    exact = np.array([float(line["cdf"]) for line in lines])

    np.testing.assert_allclose(bivariate_normal_cdf(h, k, rho), exact, rtol=0, atol=2e-15)


def test_at_the_medians_it_is_sheppards_formula():
    rho = np.linspace(-1, 1, 41)

    found = bivariate_normal_cdf(np.zeros(41), np.zeros(41), rho)

    np.testing.assert_allclose(found, 0.25 + np.arcsin(rho) / (2 * np.pi), rtol=0, atol=1e-15)


def test_infinite_limits_leave_the_margin_or_nothing():
    x = np.array([-1.3, 0.0, 2.2])
    for rho in (-1.0, -0.7, 0.0, 0.99, 1.0):
        of = bivariate_normal_cdf
        np.testing.assert_allclose(of(x, np.array(np.inf), np.array(rho)), ndtr(x), atol=1e-15)
        np.testing.assert_allclose(of(x, np.array(-np.inf), np.array(rho)), 0, atol=1e-15)


def test_a_rectangle_is_a_difference_of_four():
    rng = np.random.default_rng(8)
    low = rng.normal(-0.5, 1, (40, 2))
    high = low + rng.uniform(0.1, 2, (40, 2))
    rho = np.tanh(rng.normal(0, 1, 40))
    of = [
        bivariate_normal_cdf(x, y, rho)
        for x, y in ((high[:, 0], high[:, 1]), (low[:, 0], high[:, 1]), (high[:, 0], low[:, 1]), low.T)
    ]

    found = rectangle(low, high, rho)
    np.testing.assert_allclose(found, of[0] - of[1] - of[2] + of[3], rtol=0, atol=1e-14)


def test_a_rectangle_keeps_its_digits_however_small():
    # Uncorrelated: the product of two tails.
    low, high = np.array([[7.0, -40.0], [2.0, 9.0]]), np.array([[40.0, -8.0], [3.0, 40.0]])
    product = np.array([ndtr(-7.0) * ndtr(-8.0), (ndtr(-2.0) - ndtr(-3.0)) * ndtr(-9.0)])
    np.testing.assert_allclose(rectangle(low, high, np.zeros(2)), product, rtol=1e-12)

    # Halves of a corner against the correlation add up to the whole of it.
    rho = np.array([0.95, -0.8, 0.999])
    whole = rectangle(np.array([[2.0, -40]] * 3), np.array([[40.0, -2]] * 3), rho)
    parts = [
        rectangle(np.array([[2.0, -40]] * 3), np.array([[2.3, -2.0]] * 3), rho),
        rectangle(np.array([[2.3, -40]] * 3), np.array([[40.0, -2.0]] * 3), rho),
    ]
    np.testing.assert_allclose(parts[0] + parts[1], whole, rtol=1e-11)
    assert whole[0] < 1e-30
