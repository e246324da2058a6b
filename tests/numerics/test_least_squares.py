"""Least squares against NIST's certified values, printed numbers and arithmetic by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from erm_bridge.errors import InputError
from erm_bridge.numerics.least_squares import FULL_LEVERAGE, least_squares, t_test

REFERENCE = Path(__file__).parents[1] / "reference"
# Statistical Reference Datasets of NIST, Longley: certified values, intercept first.
CERTIFIED = {
    "estimate": [
        *(-3482258.63459582, 15.0618722713733, -0.358191792925910e-01, -2.02022980381683),
        *(-1.03322686717359, -0.511041056535807e-01, 1829.15146461355),
    ],
    "std_error": [
        *(890420.383607373, 84.9149257747669, 0.334910077722432e-01, 0.488399681651699),
        *(0.214274163161675, 0.226073200069370, 455.478499142212),
    ],
    "r_squared": 0.995479004577296,
    "f": 330.285339234588,
}
# Printed in many textbooks on collinearity.
LONGLEY_VIF = [135.53, 1788.51, 33.62, 3.59, 399.15, 758.98]


@pytest.fixture
def longley() -> tuple[np.ndarray, np.ndarray, list[str]]:
    frame = pd.read_csv(REFERENCE / "longley.csv").astype(float)
    columns = frame.drop(columns="employed")
    return columns.to_numpy(), frame["employed"].to_numpy(), list(columns)


@pytest.fixture
def sample() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(8)
    columns = rng.normal(size=(60, 3)) @ np.array([[1, 0.5, 0], [0, 1, 0.3], [0, 0, 1]])
    return columns, columns @ [0.4, 0, -1] + rng.normal(size=60) * (1 + columns[:, 0] ** 2)


def test_longley_as_certified(longley):
    fit = least_squares(*longley)
    for name, value in CERTIFIED.items():
        np.testing.assert_allclose(getattr(fit, name), value, rtol=1e-12, err_msg=name)
    np.testing.assert_allclose(fit.vif, LONGLEY_VIF, atol=0.005)
    assert fit.df == 9


def test_one_column_by_hand():
    # x = 1..4, y = 2, 3, 5, 6: slope 7/5, intercept 1/2, R2 = 9.8/10, F = 98; residuals .1, -.3, .3, -.1,
    # leverages .7, .3, .3, .7.
    fit = least_squares(np.array([[1.0], [2], [3], [4]]), np.array([2.0, 3, 5, 6]), ["x"])
    np.testing.assert_allclose(fit.estimate, [0.5, 1.4], rtol=1e-14)
    np.testing.assert_allclose(fit.std_error[1], np.sqrt(0.1 / 5), rtol=1e-13)
    np.testing.assert_allclose(fit.leverage, [0.7, 0.3, 0.3, 0.7], rtol=1e-14)
    by_hand = 2 * (1.5**2 * 0.1**2 / 0.3**2 + 0.5**2 * 0.3**2 / 0.7**2) / 25
    np.testing.assert_allclose(fit.std_error_hc3[1], np.sqrt(by_hand), rtol=1e-13)
    np.testing.assert_allclose(fit.beta, [np.sqrt(0.98)], rtol=1e-14)
    np.testing.assert_allclose(fit.vif, [1], rtol=1e-14)
    assert fit.adj_r_squared == pytest.approx(1 - 0.02 * 3 / 2, rel=1e-14)
    assert fit.f == pytest.approx(98, rel=1e-12)


def test_the_intercept_alone_by_hand():
    # Mean 2, residuals -2 to 2, each leverage 1/5.
    fit = least_squares(np.empty((5, 0)), np.arange(5.0), [])
    np.testing.assert_allclose(fit.estimate, [2])
    np.testing.assert_allclose(fit.std_error, [np.sqrt(10 / 4 / 5)])
    np.testing.assert_allclose(fit.std_error_hc3, [np.sqrt(10 / 0.8**2) / 5])
    assert (fit.r_squared, fit.adj_r_squared, fit.df) == (0, 0, 4)
    assert np.isnan(fit.f)
    assert len(fit.beta) == len(fit.vif) == 0


def test_two_columns_have_the_variance_inflation_of_their_correlation(sample):
    columns, outcome = sample
    r = np.corrcoef(columns[:, 0], columns[:, 1])[0, 1]
    fit = least_squares(columns[:, :2], outcome, ["a", "b"])
    np.testing.assert_allclose(fit.vif, [1 / (1 - r**2)] * 2, rtol=1e-12)


def test_hc3_is_the_error_of_fits_without_each_row(sample):
    """HC3 written out row by row: e / (1 - h) is the error of predicting a row by the others."""
    columns, outcome = sample
    design = np.column_stack([np.ones(60), columns])
    bread = np.linalg.inv(design.T @ design)
    meat = np.zeros((4, 4))
    for row in range(60):
        others = np.arange(60) != row
        fit = np.linalg.lstsq(design[others], outcome[others])[0]
        meat += (outcome[row] - design[row] @ fit) ** 2 * np.outer(design[row], design[row])
    found = least_squares(columns, outcome, ["a", "b", "c"])
    np.testing.assert_allclose(found.std_error_hc3, np.sqrt(np.diag(bread @ meat @ bread)), rtol=1e-11)


def test_order_of_rows_and_units(sample):
    columns, outcome = sample
    names = ["a", "b", "c"]
    fit = least_squares(columns, outcome, names)
    turned = least_squares(columns[::-1], outcome[::-1], names)
    units = np.array([1e6, 1, 1e-3])
    scaled = least_squares(columns * units + [0, 1e5, 0], 10 * outcome, names)
    for kind in ("estimate", "std_error", "std_error_hc3"):
        np.testing.assert_allclose(getattr(turned, kind), getattr(fit, kind), rtol=1e-11)
        expected = 10 * getattr(fit, kind)[1:] / units
        np.testing.assert_allclose(getattr(scaled, kind)[1:], expected, rtol=1e-9)
    for kind in ("beta", "vif", "r_squared", "adj_r_squared", "f"):
        np.testing.assert_allclose(getattr(scaled, kind), getattr(fit, kind), rtol=1e-9, err_msg=kind)


def test_a_row_that_decides_alone_has_full_leverage():
    columns = np.column_stack([np.arange(8.0), np.arange(8) == 3])
    fit = least_squares(columns, np.array([1.0, 3, 2, 9, 5, 4, 7, 6]), ["x", "g[b]"])
    assert fit.leverage.argmax() == 3
    assert fit.leverage[3] > FULL_LEVERAGE > np.delete(fit.leverage, 3).max()
    assert np.isfinite(fit.std_error_hc3).all()


def test_dependent_columns_are_refused(sample):
    columns, outcome = sample
    with pytest.raises(InputError, match="'c' is a linear combination"):
        least_squares(
            np.column_stack([columns[:, :2], columns[:, 0] - columns[:, 1]]), outcome, ["a", "b", "c"]
        )
    with pytest.raises(InputError, match="'b' is constant"):
        least_squares(np.column_stack([columns[:, 0], np.full(60, 0.1)]), outcome, ["a", "b"])


def test_t_by_hand():
    # With 2 degrees of freedom the tail is 1 - t / sqrt(2 + t^2).
    statistic, p_value = t_test(np.array([1.0, -3, 0]), np.array([0.5, 1, 2]), 2)
    assert statistic.tolist() == [2, -3, 0]
    np.testing.assert_allclose(p_value, [1 - 2 / np.sqrt(6), 1 - 3 / np.sqrt(11), 1], rtol=1e-14)
