"""Principal components: a worked example, the best approximation, refusals."""

import numpy as np
import pytest

from erm_bridge.errors import InputError
from erm_bridge.numerics.extraction import principal_components


def test_components_of_a_worked_example():
    # Two pairs correlated .6 and .4: eigenvalues 1.6, 1.4, .6, .4 with vectors (1, 1) / sqrt(2) in each pair.
    correlation = np.kron(np.eye(2), np.ones((2, 2)))
    correlation[0, 1] = correlation[1, 0] = 0.6
    correlation[2, 3] = correlation[3, 2] = 0.4
    np.fill_diagonal(correlation, 1)

    found = principal_components(correlation, 2)

    expected = np.zeros((4, 2))
    expected[:2, 0], expected[2:, 1] = np.sqrt(0.8), np.sqrt(0.7)
    np.testing.assert_allclose(np.abs(found.loadings), expected, atol=1e-14)
    np.testing.assert_allclose(found.uniquenesses, [0.2, 0.2, 0.3, 0.3], atol=1e-14)
    assert found.objective == pytest.approx(0.6**2 + 0.4**2, rel=1e-13)
    assert not found.heywood.any()


@pytest.mark.parametrize("k", [1, 3, 9])
def test_components_are_the_best_approximation(sample, k):
    correlation = sample(2, 9, 3, 200)
    dropped = np.linalg.eigvalsh(correlation)[: 9 - k]

    found = principal_components(correlation, k)

    assert found.objective == pytest.approx(np.square(dropped).sum(), rel=1e-10, abs=1e-25)
    np.testing.assert_allclose(np.square(found.loadings).sum(1) + found.uniquenesses, 1, rtol=1e-14)


@pytest.mark.parametrize("k", [0, 10])
def test_more_components_than_items_are_refused(sample, k):
    with pytest.raises(InputError, match="9 items have at most 9 components"):
        principal_components(sample(2, 9, 3, 200), k)
