import numpy as np
import pytest

from erm_bridge.errors import InputError
from erm_bridge.numerics.separation import refuse_separation, separating_columns

NOISE = np.random.default_rng(1).normal(size=(40, 3))
TREATED = np.arange(40) % 3 == 0


def with_column(values) -> np.ndarray:
    return np.column_stack([NOISE[:, :1], values, NOISE[:, 1:]])


def test_no_separation():
    assert separating_columns(NOISE, TREATED) is None
    refuse_separation(NOISE, TREATED, ["a", "b", "c"])


def test_complete_separation_by_one_column():
    assert separating_columns(with_column(np.where(TREATED, 3.0, 2.9) * 1e5), TREATED) == (1,)


def test_quasi_complete_separation_by_a_level_that_only_treated_have():
    level = TREATED & (np.arange(40) < 10)
    assert separating_columns(with_column(level.astype(float)), TREATED) == (1,)


def test_two_columns_that_separate_together():
    rng = np.random.default_rng(2)
    base = rng.normal(size=40)
    together = np.column_stack([NOISE, base, np.where(TREATED, 0.2, -0.2) - base])
    assert separating_columns(together, TREATED) == (3, 4)


def test_one_row_on_the_wrong_side_is_enough_against_separation():
    values = np.where(TREATED, 1.0, 0.0)
    values[0], values[1] = 0.0, 1.0
    assert separating_columns(with_column(values), TREATED) is None


def test_touching_groups_are_quasi_separated():
    # Treated from 5 up, controls up to 5: both occur at 5.
    values = np.array([5.0, 6, 7, 8, 5, 4, 3, 2])
    treated = np.arange(8) < 4
    assert separating_columns(values[:, None], treated) == (0,)


def test_the_message_names_the_columns():
    with pytest.raises(InputError, match="from 'the second', so the propensity model has no solution"):
        refuse_separation(with_column(np.where(TREATED, 1.0, 0.0)), TREATED, ["a", "the second", "b", "c"])
