"""Order and sign of factors."""

import numpy as np
import pytest

from erm_bridge.numerics.canonical import canonical_form

# Sums of squares .50, 1.22, .90; column sums negative, positive, negative.
LOADINGS = np.array([[-0.5, 0.9, -0.3], [0.3, 0.6, 0.0], [-0.4, -0.2, -0.9], [0.0, 0.1, 0.0]])


def test_order_by_sum_of_squares_and_sign_by_column_sum():
    found = canonical_form(LOADINGS)

    assert found.order.tolist() == [1, 2, 0]
    assert found.signs.tolist() == [1, -1, -1]
    expected = [[0.9, 0.3, 0.5], [0.6, 0.0, -0.3], [-0.2, 0.9, 0.4], [0.1, 0.0, 0.0]]
    np.testing.assert_array_equal(found.loadings, expected)
    np.testing.assert_array_equal(found.loadings, LOADINGS[:, found.order] * found.signs)


def test_where_the_column_sum_is_near_zero_the_largest_loading_decides():
    # Both columns sum to +.0005 and -.0005: 1e-3 of the absolute sum is .0015.
    column = np.array([0.7, -0.7495, 0.05])
    found = canonical_form(np.column_stack([column, -0.9 * column]))

    assert found.signs.tolist() == [-1, 1]
    assert found.loadings[1].min() > 0


def test_a_column_sum_just_large_enough_decides_itself():
    # Sum .002 of 1.5: more than 1e-3, so the largest loading may stay negative.
    found = canonical_form(np.array([[0.7], [-0.749], [0.051]]))

    assert found.loadings[1, 0] == -0.749


@pytest.mark.parametrize(
    ("anchor", "signs"), [(0, [1, -1, -1]), (1, [1, -1, -1]), (2, [1, -1, -1]), (3, [1, -1, -1])]
)
def test_an_anchor_that_loads_positively_changes_nothing(anchor, signs):
    assert canonical_form(LOADINGS, anchor).signs.tolist() == signs


def test_an_anchor_turns_only_the_factor_it_loads_on_most():
    # Item 3 loads -.4 on the first factor in canonical order and +.3 on the second.
    loadings = np.array([[0.9, 0.1], [0.8, 0.2], [-0.4, 0.3], [0.1, 0.6]])
    found = canonical_form(loadings, anchor=2)

    assert found.signs.tolist() == [-1, 1]
    assert found.loadings[2, 0] == 0.4


def test_an_anchor_overrides_the_largest_loading_of_a_balanced_factor():
    loadings = np.array([[0.7], [-0.7], [0.5], [-0.5]])

    assert canonical_form(loadings, anchor=3).loadings[3, 0] == 0.5
    assert canonical_form(loadings, anchor=2).loadings[2, 0] == 0.5


def test_the_form_is_unique_and_stable():
    rng = np.random.default_rng(3)
    loadings = rng.normal(size=(8, 4))
    once = canonical_form(loadings).loadings

    np.testing.assert_array_equal(canonical_form(once).loadings, once)
    for _ in range(10):
        shuffled = loadings[:, rng.permutation(4)] * rng.choice([-1, 1], 4)
        np.testing.assert_array_equal(canonical_form(shuffled).loadings, once)


def test_equal_sums_of_squares_keep_their_order_and_a_zero_factor_is_positive():
    found = canonical_form(np.array([[0.0, 0.6, 0.0], [0.0, 0.0, 0.6]]))

    assert found.order.tolist() == [1, 2, 0]
    assert found.signs.tolist() == [1, 1, 1]


def test_factors_that_a_rotation_names_keep_their_order_and_sign():
    phi = np.array([[1, 0.1, 0.2], [0.1, 1, 0.3], [0.2, 0.3, 1]])
    found = canonical_form(LOADINGS, None, phi, np.array([True, False, False]))

    assert found.order.tolist() == [0, 1, 2]
    # The first sum is negative and stays so; the third is turned.
    assert found.signs.tolist() == [1, 1, -1]
    np.testing.assert_array_equal(found.phi, phi * np.outer(found.signs, found.signs))
    assert canonical_form(LOADINGS, 0, None, np.array([True] * 3)).signs.tolist() == [1, 1, 1]


def test_a_general_factor_stays_the_first():
    loadings = np.array([[0.1, 0.3, -0.8], [0.2, 0.4, -0.7]])
    expected = np.array([[0.1, 0.8, 0.3], [0.2, 0.7, 0.4]])
    np.testing.assert_array_equal(canonical_form(loadings, general=True).loadings, expected)
