"""Reflection and interchange of factors: worked, exhaustive, and properties."""

from itertools import permutations, product

import numpy as np
import pytest

from erm_bridge.numerics.alignment import align


def scrambled(target: np.ndarray, order: list[int], signs: list[int]) -> np.ndarray:
    return target[:, order] * signs


def test_permuted_and_reflected_factors_come_back():
    rng = np.random.default_rng(1)
    target = rng.normal(size=(8, 3))
    orders = list(permutations(range(3)))
    stack = np.array([scrambled(target, list(o), [1, -1, -1]) for o in orders])

    alignment = align(stack, target)

    np.testing.assert_array_equal(alignment.of_factors(stack), np.broadcast_to(target, stack.shape))


def test_correlations_of_factors_follow():
    target = np.vstack([np.eye(3), np.eye(3)])
    phi = np.array([[1, 0.1, 0.2], [0.1, 1, 0.3], [0.2, 0.3, 1]])
    order, signs = [2, 0, 1], np.array([-1, 1, 1])
    stack = scrambled(target, order, signs)[None]
    given = (phi[np.ix_(order, order)] * np.outer(signs, signs))[None]

    alignment = align(stack, target)

    np.testing.assert_array_equal(alignment.of_correlations(given)[0], phi)


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_no_other_order_and_signs_come_nearer(k):
    """Also where the largest products of two factors are with the same one: random loadings."""
    rng = np.random.default_rng(k)
    target, stack = rng.normal(size=(5, k)), rng.normal(size=(40, 5, k))
    products = np.abs(target.T @ stack).argmax(axis=2)
    contested = [len(set(row)) < k for row in products]
    assert k == 1 or sum(contested) >= 5

    aligned = align(stack, target).of_factors(stack)

    for loadings, found in zip(stack, aligned, strict=True):
        others = [
            np.square(scrambled(loadings, list(o), list(s)) - target).sum()
            for o in permutations(range(k))
            for s in product([1, -1], repeat=k)
        ]
        assert np.square(found - target).sum() == pytest.approx(min(others), rel=1e-12)


def test_a_missing_loading_leaves_a_permutation():
    """A solution without loadings (zeros) is aligned with nothing, but stays as it is."""
    alignment = align(np.zeros((1, 4, 2)), np.ones((4, 2)))

    assert sorted(alignment.order[0]) == [0, 1]
