import numpy as np
import pytest

from erm_bridge.numerics.balance import effective_size, sample_sizes

GROUP = np.array([True, True, True, True, False])
WEIGHTS = np.array([1.0, 3, 0, 0, 1])


def test_equal_weights_are_worth_their_number():
    assert effective_size(np.full(7, 0.3)) == pytest.approx(7, rel=1e-15)


def test_unequal_weights_are_worth_less():
    # (1 + 3)^2 / (1 + 9).
    assert effective_size(np.array([1.0, 3])) == pytest.approx(1.6, rel=1e-15)


def test_no_weight_is_worth_nothing_that_could_be_told():
    assert np.isnan(effective_size(np.zeros(3)))


def test_sizes_of_a_group():
    usable = np.array([True, True, True, False, True])
    found = sample_sizes(GROUP, WEIGHTS, usable)
    assert (found.all, found.matched, found.unmatched, found.discarded) == (4, 2, 1, 1)
    assert (found.all_effective, found.matched_effective) == (4, pytest.approx(1.6))


def test_sampling_weights_multiply():
    own = np.array([3.0, 1, 1, 1, 5])
    found = sample_sizes(GROUP, WEIGHTS, sampling=own)
    # Weights of the match times their own: 3 and 3.
    assert found.matched_effective == pytest.approx(2)
    assert found.all_effective == pytest.approx(36 / 12)
    assert found.unmatched == 2
