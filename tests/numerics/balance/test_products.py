import numpy as np

from erm_bridge.numerics.balance import products


def test_what_repeats_is_left_out():
    levels, number = np.array([[1.0, 0], [0, 1], [0, 1]]), np.array([1.0, 2, 3])
    found, names = products(np.column_stack([levels, number]), ("g[1]", "g[2]", "a"))
    # Levels exclude each other, their squares are they; a is 1 where g[1] is.
    assert names == ("g[2] * a", "a^2")
    np.testing.assert_array_equal(found.T, [[0, 2, 3], [1, 4, 9]])


def test_nothing_to_multiply():
    found, names = products(np.array([[1.0], [0]]), ("b",))
    assert found.shape == (2, 0)
    assert names == ()
