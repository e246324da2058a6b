"""Who is treated."""

import numpy as np
import pandas as pd

from erm_bridge.engines.columns import check_labels
from erm_bridge.engines.python.design import number_column
from erm_bridge.errors import InputError
from erm_bridge.numerics import BoolArray


def treated_rows(frame: pd.DataFrame, name: str) -> BoolArray:
    """Return who is treated (length n), after checking row labels and treatment.

    Raises
    ------
    InputError
        A row label occurs twice; the column does not hold 0 and 1 (or booleans), both of them.
    """
    check_labels(frame.index)
    values = number_column(frame, name)
    found = np.unique(values)
    if not np.array_equal(found, [0, 1]):
        listed = ", ".join(f"{value:g}" for value in found[:5]) + (", ..." if len(found) > 5 else "")
        raise InputError(
            f"the treatment {name!r} must hold 0 and 1 (or booleans), both; found {listed or 'no rows'}"
        )
    treated: BoolArray = values == 1
    return treated
