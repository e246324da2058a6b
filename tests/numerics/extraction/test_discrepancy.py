"""Gradients and Hessians against differences of values, and minima against roots in thirty digits."""

import mpmath
import numpy as np
import pytest

from erm_bridge.numerics.extraction.discrepancy import spectrum
from erm_bridge.numerics.extraction.searched import CRITERIA, extract

EXACT = ["uls", "wls", "gls", "ml"]


def slopes(name: str, what: str, correlation: np.ndarray, psi: np.ndarray, k: int) -> np.ndarray:
    """Central differences of the value or the gradient by each uniqueness."""
    criterion = CRITERIA[name]
    steps, metric = 1e-6 * np.eye(len(psi)), criterion.metric(correlation[None])
    after, before = (
        np.array(
            [getattr(criterion.discrepancy(metric, (psi + sign * step)[None], k), what)[0] for step in steps]
        )
        for sign in (1, -1)
    )
    return (after - before) / 2e-6


@pytest.mark.parametrize("name", ["minres", *EXACT])
@pytest.mark.parametrize(("p", "k", "largest"), [(9, 2, 0.9), (6, 2, 0.3), (12, 6, 1.0)])
def test_the_gradient_is_that_of_the_criterion_anywhere(sample, name, p, k, largest):
    """Also where fewer than k eigenvalues are positive: the third case."""
    correlation = sample(3, p, min(k, 3), 80)
    psi = np.random.default_rng(1).uniform(largest / 2, largest, p)
    criterion = CRITERIA[name]
    metric = criterion.metric(correlation[None])
    assert (spectrum(metric, psi[None], k).kept.sum() < k) == (k == 6)

    found = criterion.discrepancy(metric, psi[None], k)

    scale = np.abs(found.gradient).max()
    np.testing.assert_allclose(
        slopes(name, "value", correlation, psi, k), found.gradient[0], atol=1e-7 * (1 + scale)
    )
    if name in EXACT:
        np.testing.assert_allclose(
            slopes(name, "gradient", correlation, psi, k),
            found.hessian[0],
            atol=1e-7 * (1 + np.abs(found.hessian).max()),
        )


def test_the_hessian_of_minres_is_exact_at_a_minimum_within_the_bounds(sample):
    correlation = sample(3, 9, 2, 80)
    best = extract("minres", correlation, 2).uniquenesses
    criterion = CRITERIA["minres"]

    hessian = criterion.discrepancy(criterion.metric(correlation[None]), best[None], 2).hessian[0]

    np.testing.assert_allclose(slopes("minres", "gradient", correlation, best, 2), hessian, atol=1e-8)
    assert np.linalg.eigvalsh(hessian)[0] > 0


def principal(matrix: mpmath.matrix, k: int, shift: int) -> mpmath.matrix:
    """The k leading eigenvectors times the roots of their eigenvalues less `shift`."""
    values, vectors = mpmath.eigsy(matrix)
    p = len(values)
    loadings = mpmath.matrix(p, k)
    for factor in range(k):
        for i in range(p):
            loadings[i, factor] = vectors[i, p - 1 - factor] * mpmath.sqrt(values[p - 1 - factor] - shift)
    return loadings


def conditions(name: str, correlation: mpmath.matrix, psi: list, k: int) -> list:
    """What vanishes at a minimum, one number an item: other formulas than those of `discrepancy`.

    minres, uls: diagonal of R - S with the principal axes of R - Psi. wls: the same, with axes in the metric
    of the roots of r^ii. ml, gls: loadings from the eigenvectors of Psi^-1/2 R Psi^-1/2 (Jöreskog 1967,
    equation 21); of ml the diagonal of R - S, of gls that of R^-1 (R - S) R^-1.
    """
    p = correlation.rows
    if name in ("gls", "ml"):
        root = mpmath.diag([mpmath.sqrt(value) for value in psi])
        loadings = root * principal(root**-1 * correlation * root**-1, k, 1)
    else:
        lengths = [mpmath.mpf(1)] * p
        if name == "wls":
            inverse = correlation**-1
            lengths = [mpmath.sqrt(inverse[i, i]) for i in range(p)]
        root = mpmath.diag(lengths)
        loadings = root * principal(root**-1 * (correlation - mpmath.diag(psi)) * root**-1, k, 0)
    left = correlation - loadings * loadings.T - mpmath.diag(psi)
    if name == "gls":
        inverse = correlation**-1
        left = inverse * left * inverse
    return [left[i, i] for i in range(p)]


@pytest.mark.parametrize(
    ("matrix", "k", "name"),
    [
        *(("subjects", 2, name) for name in ["minres", *EXACT]),
        ("physical", 2, "gls"),
        ("emmett", 3, "ml"),
        *(("census", 2, name) for name in ["uls", "ml"]),
    ],
)
def test_minima_in_thirty_digits(printed, matrix, k, name):
    """Uniquenesses are within 1e-12 of the root; those at a bound stay there, the others are at a root."""
    correlation = printed(matrix)
    found = extract(name, correlation, k)
    free = np.flatnonzero((found.uniquenesses > 0.005) & (found.uniquenesses < 1))

    with mpmath.workdps(30):
        exact = mpmath.matrix(correlation.tolist())

        def at(*values: mpmath.mpf) -> list:
            psi = [mpmath.mpf(value) for value in found.uniquenesses]
            for position, value in zip(free, values, strict=True):
                psi[position] = value
            every = conditions(name, exact, psi, k)
            return [every[position] for position in free]

        begin = [mpmath.mpf(round(found.uniquenesses[position], 6)) for position in free]
        best = mpmath.findroot(at, begin, tol=1e-40, maxsteps=20)

        assert (len(free) < len(correlation)) == (matrix == "census")
        np.testing.assert_allclose(
            [float(value) for value in best], found.uniquenesses[free], atol=1e-12, rtol=0
        )
