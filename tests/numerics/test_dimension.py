"""The number of factors by rule."""

import numpy as np
import pytest

from erm_bridge.errors import InputError
from erm_bridge.numerics.dimension import FACTOR_RULES, kaiser


def test_kaiser_counts_eigenvalues_above_one():
    # Harman, H. H. (1976), Modern Factor Analysis, 3rd edition: eight physical variables, two above 1.
    assert kaiser(np.array([4.673, 1.771, 0.481, 0.421, 0.233, 0.187, 0.137, 0.097])) == 2
    assert kaiser(np.array([1.0000001, 1.0, 0.9999999])) == 1
    assert FACTOR_RULES["kaiser"] is kaiser


def test_uncorrelated_items_have_no_factor():
    with pytest.raises(InputError, match="no eigenvalue of the correlations is above 1"):
        kaiser(np.ones(3))
