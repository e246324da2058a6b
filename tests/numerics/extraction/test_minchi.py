"""minchi: minres with equal counts, the best over all loadings otherwise, derivatives, refusals."""

import numpy as np
import pytest
from scipy.optimize import minimize

from erm_bridge.errors import EngineError, InputError
from erm_bridge.numerics.extraction import minchi as module
from erm_bridge.numerics.extraction.minchi import _Problem, minimum_chi
from erm_bridge.numerics.extraction.searched import minres


def counts(seed: int, p: int) -> np.ndarray:
    upper = np.triu(np.random.default_rng(seed).integers(60, 300, (p, p)), 1).astype(float)
    return upper + upper.T + 300 * np.eye(p)


def test_equal_counts_are_minres(sample):
    correlation = sample(3, 12, 3, 300)
    for given in (None, np.full((12, 12), 250.0)):
        found = minimum_chi(correlation, 3, given)
        assert np.array_equal(found.loadings, minres(correlation, 3).loadings)
        assert found.objective == minres(correlation, 3).objective


@pytest.mark.parametrize("seed", range(4))
def test_another_minimiser_finds_the_same(sample, seed):
    correlation, n = sample(seed, 12, 3, 300), counts(seed, 12)
    weights = n / n[~np.eye(12, dtype=bool)].max()
    np.fill_diagonal(weights, 0)

    def criterion(flat: np.ndarray) -> tuple[float, np.ndarray]:
        loadings = flat.reshape(12, 3)
        left = weights * (correlation - loadings @ loadings.T)
        return 0.5 * float((left * (correlation - loadings @ loadings.T)).sum()), (
            -2 * left @ loadings
        ).ravel()

    start = np.random.default_rng(seed).uniform(-0.7, 0.7, 36)
    best = minimize(criterion, start, jac=True, method="BFGS", options={"gtol": 1e-9, "maxiter": 5000})
    found = minimum_chi(correlation, 3, n)

    assert found.projected_gradient < 1e-12
    assert found.objective == pytest.approx(best.fun, rel=1e-12)
    loadings = best.x.reshape(12, 3)
    np.testing.assert_allclose(found.loadings @ found.loadings.T, loadings @ loadings.T, atol=1e-7)
    assert not np.allclose(
        found.loadings @ found.loadings.T,
        minres(correlation, 3).loadings @ minres(correlation, 3).loadings.T,
        atol=1e-3,
    )


def test_derivatives_are_those_of_the_criterion(sample):
    """But for the directions in which the factors are rotated, which the Hessian makes curved."""
    p, k = 7, 2
    problem = _Problem(sample(1, p, k, 100), counts(1, p) / 300 * (1 - np.eye(p)))
    loadings = np.random.default_rng(2).uniform(-0.6, 0.6, (p, k))
    steps = 1e-6 * np.eye(p * k).reshape(-1, p, k)
    turn = np.stack([loadings[:, 1], -loadings[:, 0]], axis=1).ravel()

    gradient = [(problem.value(loadings + s) - problem.value(loadings - s)) / 2e-6 for s in steps]
    hessian = [
        (problem.gradient(loadings + s) - problem.gradient(loadings - s)).ravel() / 2e-6 for s in steps
    ]

    np.testing.assert_allclose(problem.gradient(loadings).ravel(), gradient, atol=1e-8)
    np.testing.assert_allclose(problem.hessian(loadings), hessian + np.outer(turn, turn), atol=1e-7)


def test_communalities_stay_below_the_bound():
    correlation = np.array([[1, 0.9, 0.9], [0.9, 1, 0.7], [0.9, 0.7, 1]])
    found = minimum_chi(correlation, 1, np.array([[0, 90.0, 100], [90, 0, 80], [100, 80, 0]]))
    communalities = np.square(found.loadings).sum(axis=1)

    assert found.heywood.tolist() == [True, False, False]
    assert communalities[0] == pytest.approx(0.995, abs=1e-14)
    # With l_1 fixed the two others minimise .9 (.9 - l1 l2)^2 + (.9 - l1 l3)^2 + .8 (.7 - l2 l3)^2.
    l1, l2, l3 = np.abs(found.loadings[:, 0])
    assert 0.9 * l1 * (0.9 - l1 * l2) + 0.8 * l3 * (0.7 - l2 * l3) == pytest.approx(0, abs=1e-12)
    assert l1 * (0.9 - l1 * l3) + 0.8 * l2 * (0.7 - l2 * l3) == pytest.approx(0, abs=1e-12)


def test_permuted_items_permute_the_loadings(sample):
    correlation, n = sample(9, 10, 2, 150), counts(9, 10)
    order = np.random.default_rng(0).permutation(10)
    plain = minimum_chi(correlation, 2, n).loadings[order]
    changed = minimum_chi(correlation[np.ix_(order, order)], 2, n[np.ix_(order, order)]).loadings

    np.testing.assert_allclose(changed @ changed.T, plain @ plain.T, atol=1e-11)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.ones((3, 3)), r"counts must be 6 x 6, found \(3, 3\)"),
        (np.eye(6), "counts must be positive"),
        (np.triu(np.ones((6, 6))) + 1, "the same above and below"),
        (np.full((6, 6), np.nan), "counts must be positive"),
    ],
)
def test_counts_that_are_none_are_refused(sample, given, message):
    with pytest.raises(InputError, match=message):
        minimum_chi(sample(1, 6, 1, 100), 1, given)


def test_a_missed_minimum_is_an_error(monkeypatch, sample):
    monkeypatch.setattr(module, "MOST_STEPS", 1)

    with pytest.raises(EngineError, match="minchi: no minimum found in 1 steps"):
        minimum_chi(sample(1, 9, 2, 100), 2, counts(1, 9))
