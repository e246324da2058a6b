import numpy as np
import pytest

from erm_bridge.errors import InputError
from erm_bridge.numerics.balance import prognostic_scores


def test_the_outcome_is_predicted_from_controls_alone():
    columns = np.array([[0.0], [1], [2], [5], [6]])
    controls = np.array([True, True, True, False, False])
    # 1 + 2 x among the controls; what the treated have does not count.
    found = prognostic_scores(columns, np.array([1.0, 3, 5, 99, -7]), controls, ("x",))
    np.testing.assert_allclose(found, [1, 3, 5, 11, 13], rtol=1e-13)


def test_a_column_that_is_constant_among_the_controls_is_refused():
    columns = np.column_stack([[0.0, 1, 2, 5], [1.0, 1, 1, 2]])
    with pytest.raises(InputError, match="same"):
        prognostic_scores(columns, np.arange(4.0), np.array([True, True, True, False]), ("x", "same"))
