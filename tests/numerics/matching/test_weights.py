import numpy as np

from erm_bridge.numerics.matching.weights import matching_weights, subclasses

TREATED = np.array([True, False, False, True, False, True, False])


def test_weights_by_hand():
    # Row 0 shares 1 among rows 1 and 2; row 3 has row 1 alone; row 5 has nobody.
    matches = np.array([[1, 2], [1, -1], [-1, -1]])
    weights = matching_weights(matches, TREATED)
    # Shares 1.5 and .5 average 1 already.
    np.testing.assert_allclose(weights, [1, 1.5, 0.5, 1, 0, 0, 0], rtol=1e-15)


def test_weights_average_one_over_the_matched_controls():
    matches = np.array([[1, 2], [4, -1], [6, -1]])
    weights = matching_weights(matches, TREATED)
    # Shares .5, .5, 1, 1 add up to 3 for 4 controls.
    np.testing.assert_allclose(weights, [1, 2 / 3, 2 / 3, 1, 4 / 3, 1, 4 / 3], rtol=1e-15)


def test_nobody_matched_has_no_weight():
    assert matching_weights(np.full((3, 2), -1), TREATED).tolist() == [0] * 7


def test_sets_are_numbered_in_the_order_of_the_treated():
    matches = np.array([[4, 6], [-1, -1], [1, -1]])
    assert subclasses(matches, TREATED).tolist() == [1, 2, -1, -1, 1, 2, 1]
