"""The number of factors by rule."""

import numpy as np
import pytest

from erm_bridge.errors import InputError
from erm_bridge.numerics.dimension.rules import kaiser, leading


def test_kaiser_counts_eigenvalues_above_one():
    # Harman, H. H. (1976), Modern Factor Analysis, 3rd edition: eight physical variables, two above 1.
    assert kaiser(np.array([4.673, 1.771, 0.481, 0.421, 0.233, 0.187, 0.137, 0.097])) == 2
    assert kaiser(np.array([1.0000001, 1.0, 0.9999999])) == 1


def test_uncorrelated_items_have_no_factor():
    with pytest.raises(InputError, match="no eigenvalue of the correlations is above 1"):
        kaiser(np.ones(3))


@pytest.mark.parametrize(
    ("observed", "expected"),
    [([3, 2, 1], 2), ([3, 1, 2], 1), ([1, 3, 3], 0), ([3, 3, 3], 3), ([1.5, 2, 3], 0)],
)
def test_only_leading_eigenvalues_count(observed, expected):
    assert leading(np.array(observed, float), np.array([1.5, 1.5, 1.5])) == expected
