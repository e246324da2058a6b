"""What the extractions minimise, worked by hand and against other formulas."""

from typing import get_args

import numpy as np
import pytest

from erm_bridge import options
from erm_bridge.numerics.extraction import EXTRACTIONS, OBJECTIVES

CORRELATION = np.array([[1, 0.5, 0.4], [0.5, 1, 0.3], [0.4, 0.3, 1]])
LOADINGS = np.array([[0.8], [0.6], [0.5]])
UNIQUENESSES = np.array([0.3, 0.7, 0.7])
# Residuals: .5 - .48, .4 - .40, .3 - .30 below the diagonal; 1 - .64 - .3, 1 - .36 - .7, 1 - .25 - .7 on it.
BELOW, DIAGONAL = 0.02**2, np.array([0.06, -0.06, 0.05])


@pytest.mark.parametrize("name", ["minres", "ols", "pa"])
def test_squared_residuals_below_the_diagonal(name):
    assert OBJECTIVES[name](CORRELATION, LOADINGS, UNIQUENESSES) == pytest.approx(BELOW, rel=1e-12)


def test_unweighted_least_squares():
    expected = BELOW + np.square(DIAGONAL).sum() / 2
    assert OBJECTIVES["uls"](CORRELATION, LOADINGS, UNIQUENESSES) == pytest.approx(expected, rel=1e-12)


def test_weighted_least_squares():
    # 1 / r^ii is 1 minus the squared multiple correlation.
    determinant = 1 + 2 * 0.5 * 0.4 * 0.3 - 0.25 - 0.16 - 0.09
    free = determinant / np.array([1 - 0.09, 1 - 0.16, 1 - 0.25])
    expected = BELOW * free[0] * free[1] + np.square(DIAGONAL * free).sum() / 2
    assert OBJECTIVES["wls"](CORRELATION, LOADINGS, UNIQUENESSES) == pytest.approx(expected, rel=1e-12)


def test_generalised_least_squares_and_maximum_likelihood():
    model = LOADINGS @ LOADINGS.T + np.diag(UNIQUENESSES)
    left = np.eye(3) - np.linalg.inv(CORRELATION) @ model
    product = CORRELATION @ np.linalg.inv(model)
    found = {name: OBJECTIVES[name](CORRELATION, LOADINGS, UNIQUENESSES) for name in ("gls", "ml")}

    assert found["gls"] == pytest.approx(np.trace(left @ left) / 2, rel=1e-12)
    assert found["ml"] == pytest.approx(np.trace(product) - np.log(np.linalg.det(product)) - 3, rel=1e-11)


def test_alpha_and_components():
    alpha = BELOW / (0.64 * 0.36)
    components = 2 * BELOW + 0.36**2 + 0.64**2 + 0.75**2
    assert OBJECTIVES["alpha"](CORRELATION, LOADINGS, UNIQUENESSES) == pytest.approx(alpha, rel=1e-12)
    assert OBJECTIVES["pca"](CORRELATION, LOADINGS, UNIQUENESSES) == pytest.approx(components, rel=1e-12)


def test_every_extraction_that_a_study_can_ask_for_is_there(sample):
    correlation = sample(1, 9, 2, 200)
    assert set(EXTRACTIONS) == set(get_args(options.Extraction)) == {*OBJECTIVES, "minchi"}
    for name, method in EXTRACTIONS.items():
        found = method.extract(correlation, 2)
        assert found.loadings.shape == (9, 2), name
        if name in OBJECTIVES:
            value = OBJECTIVES[name](correlation, found.loadings, found.uniquenesses)
            assert found.objective == pytest.approx(value, rel=1e-12)
