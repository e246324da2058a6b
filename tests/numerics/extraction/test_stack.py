"""Stacks of correlation matrices against each matrix alone."""

import numpy as np
import pytest

from erm_bridge.errors import InputError
from erm_bridge.numerics.extraction import searched
from erm_bridge.numerics.extraction.searched import CRITERIA, extract, extract_stack

ALL = sorted(CRITERIA)


@pytest.mark.parametrize("name", ALL)
def test_a_stack_holds_what_each_matrix_gives_alone(monkeypatch, sample, name):
    monkeypatch.setattr(searched, "TOGETHER", 4)
    correlations = np.stack([sample(seed, 10, 2, 150) for seed in range(9)])
    start = np.full(10, 0.5)

    stack = extract_stack(correlations, 2, name, start=start)

    assert stack.converged.all()
    assert stack.loadings.shape == (9, 10, 2)
    for i, correlation in enumerate(correlations):
        single = extract(name, correlation, 2, start=start)
        np.testing.assert_allclose(stack.uniquenesses[i], single.uniquenesses, atol=1e-9)
        np.testing.assert_allclose(
            stack.loadings[i] @ stack.loadings[i].T, single.loadings @ single.loadings.T, atol=1e-9
        )
        assert stack.value[i] == pytest.approx(single.objective, rel=1e-9)


def test_a_stack_starts_where_it_is_told_or_from_its_own_correlations(sample):
    correlations = np.stack([sample(seed, 12, 3, 400) for seed in range(3)])
    own = extract_stack(correlations, 3)
    given = extract_stack(correlations, 3, start=own.uniquenesses)

    np.testing.assert_allclose(given.uniquenesses, own.uniquenesses, atol=1e-10)


def test_heywood_cases_of_a_stack_are_flagged(sample):
    improper = np.array([[1, 0.9, 0.9], [0.9, 1, 0.7], [0.9, 0.7, 1]])
    proper = np.array([[1, 0.56, 0.48], [0.56, 1, 0.42], [0.48, 0.42, 1]])

    found = extract_stack(np.stack([improper, proper]), 1)

    assert found.heywood.tolist() == [[True, False, False], [False, False, False]]


def test_what_a_stack_cannot_do_is_refused():
    singular = np.stack([np.eye(3), np.ones((3, 3))])

    with pytest.raises(InputError, match="'pa' is not done in stacks; those are minres, ols"):
        extract_stack(singular, 1, "pa")
    with pytest.raises(InputError, match="gls: a correlation matrix is singular"):
        extract_stack(singular, 1, "gls", start=np.full(3, 0.5))
