import numpy as np
import pytest

from erm_bridge.numerics.sorting import ascending_order

N = 10_000


def columns() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(8)
    close = 1.0 + rng.integers(0, 3000, N) * np.finfo(float).eps
    return {
        "normal": rng.normal(size=N),
        "a few bits apart": close,
        "close to numbers far apart": np.where(rng.random(N) < 0.5, close, -close * 1e300),
        "tied": rng.integers(0, 20, N).astype(float),
        "all tied": np.full(N, 0.1),
        "zeros of both signs": np.where(rng.random(N) < 0.5, 0.0, -0.0),
        "tiny": rng.normal(size=N) * 5e-324,
        "short": rng.normal(size=50),
    }


@pytest.mark.parametrize("name", columns())
def test_the_order_is_ascending_and_equal_values_stay_in_the_order_of_rows(name):
    values = columns()[name]
    given = values.copy()
    order, ascending = ascending_order(values)
    np.testing.assert_array_equal(ascending, np.sort(values))
    np.testing.assert_array_equal(order, np.argsort(values, kind="stable"))
    np.testing.assert_array_equal(values, given)


def test_the_leading_bits_do_not_decide_everything():
    # Otherwise nothing here would be put right among values of the same leading bits.
    values = columns()["a few bits apart"]
    rows = np.int64((1 << (N - 1).bit_length()) - 1)
    assert len(np.unique(values.view(np.int64) & ~rows)) < 3
    assert len(np.unique(values)) > 2000
