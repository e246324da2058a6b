"""Varimax of a stack against varimax of each matrix."""

import numpy as np
import pytest

from erm_bridge.numerics.rotation import varimax
from erm_bridge.numerics.varimax_stack import varimax_stack


@pytest.mark.parametrize(("p", "k"), [(5, 1), (6, 2), (20, 5)])
def test_each_matrix_is_rotated_as_if_alone(p, k):
    stack = np.random.default_rng(p).normal(size=(30, p, k))
    stack[3, 0] = 0  # an item without loadings

    found = varimax_stack(stack)

    for given, rotated in zip(stack, found, strict=True):
        np.testing.assert_allclose(rotated, varimax(given).loadings, rtol=0, atol=1e-12)


def test_limits_of_the_iteration_are_kept():
    stack = np.random.default_rng(0).normal(size=(4, 8, 3))

    for iterations in (1, 3):
        for given, rotated in zip(stack, varimax_stack(stack, iterations=iterations), strict=True):
            np.testing.assert_allclose(rotated, varimax(given, iterations=iterations).loadings, atol=1e-12)
