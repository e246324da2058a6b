"""Stacks of correlation matrices against one after the other; one that fails leaves the others alone."""

import numpy as np
import pytest

from erm_bridge.errors import InputError
from erm_bridge.numerics import replicates
from erm_bridge.numerics.alignment import align
from erm_bridge.numerics.factoring import Factoring, solve
from erm_bridge.numerics.replicates import stack_solver
from erm_bridge.numerics.rotation import RotatedStack, Settings


def stack(count: int = 6) -> np.ndarray:
    rng = np.random.default_rng(4)
    loadings = np.kron(np.eye(2), np.full((4, 1), 0.7)) + rng.normal(0, 0.1, (8, 2))
    factors = rng.normal(size=(count, 200, 2)) @ np.array([[1, 0.4], [0, 0.9]])
    samples = factors @ loadings.T + 0.7 * rng.normal(size=(count, 200, 8))
    return np.array([np.corrcoef(sample.T) for sample in samples])


@pytest.mark.parametrize("extraction", ["minres", "ml", "pa", "pca"])
@pytest.mark.parametrize("rotation", ["varimax", "none", "oblimin", "promax"])
def test_each_matrix_is_solved_as_if_alone(extraction, rotation):
    correlations, method = stack(), Factoring(extraction, rotation, "regression")
    alone = [solve(correlation, 2, method) for correlation in correlations]

    found = stack_solver(2, method)(correlations)

    assert found.solved.all()
    assert not found.improper.any()
    for b, one in enumerate(alone):
        alignment = align(found.loadings[b : b + 1], one.loadings)
        np.testing.assert_allclose(
            alignment.of_factors(found.loadings[b : b + 1])[0], one.loadings, atol=1e-6
        )
        if one.phi is not None:
            phi = alignment.of_correlations(found.phi[b : b + 1])[0]
            np.testing.assert_allclose(phi, one.phi, atol=1e-6)
    assert (found.phi is None) == (rotation in ("varimax", "none"))


def test_a_rotation_that_breaks_down_leaves_the_others(monkeypatch):
    def broken(loadings: np.ndarray, settings: object) -> RotatedStack:
        loadings = loadings.copy()
        loadings[1] = np.nan
        return RotatedStack(loadings, np.broadcast_to(np.eye(2), (len(loadings), 2, 2)))

    monkeypatch.setattr(replicates, "rotate_stack", broken)
    found = stack_solver(2, Factoring("pca", "varimax", "regression"))(stack())

    assert found.solved.tolist() == [True, False, True, True, True, True]
    # What is not solved is aligned with the rest and must not hold NaN.
    assert np.isfinite(found.loadings).all()


def test_a_heywood_case_is_flagged():
    heywood = np.array([[1, 0.9, 0.9], [0.9, 1, 0.7], [0.9, 0.7, 1]])
    proper = np.full((3, 3), 0.5) + 0.5 * np.eye(3)

    found = stack_solver(1, Factoring("minres", "none", "regression"))(np.array([heywood, proper]))

    assert found.solved.tolist() == [True, True]
    assert found.improper.tolist() == [True, False]


def test_a_rotation_without_a_minimum_is_no_solution():
    """Where one rotation alone is refused, as factors collapse, a replicate does not count."""
    hard = np.random.default_rng(15).normal(0, 0.4, (12, 4))
    correlation = hard @ hard.T
    np.fill_diagonal(correlation, 1.0)
    method = Factoring("minres", Settings("oblimin", gamma=1.0), "regression")
    with pytest.raises(InputError, match="no minimum"):
        solve(correlation, 4, method)

    assert stack_solver(4, method)(correlation[None]).solved.tolist() == [False]
