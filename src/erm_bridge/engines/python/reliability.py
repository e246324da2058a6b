"""Reliability of the items of a frame, by `numerics`."""

import pandas as pd

from erm_bridge.engines.python.factors import items
from erm_bridge.engines.python.factors.correlation import check_definite
from erm_bridge.engines.python.factors.reliability import reliability_of
from erm_bridge.errors import EngineError
from erm_bridge.numerics.correlation import moments
from erm_bridge.one_thread import one_thread
from erm_bridge.results import Reliability
from erm_bridge.study.models import Index


@one_thread()
def reliability(frame: pd.DataFrame, options: Index) -> Reliability:
    """Find the reliability of the items of a frame.

    Parameters
    ----------
    frame : pandas.DataFrame
        n rows x at least the items, which hold numbers without missing values.
    options : Index
        Its items, `reverse` and `reliability` are used.

    Raises
    ------
    InputError
        An item is not a column, not numeric, incomplete or constant; items depend on each other; there are
        too few rows.
    """
    values = items.item_values(frame, options.items, options.reverse)
    items.check_size(len(frame), len(options.items))
    items.check_spread(values, options.items)
    of = moments(values)
    check_definite(of.correlation, options.items)
    found = reliability_of(of, of.correlation, pd.Index(options.items), options.reliability)
    if found is None:
        raise EngineError("python: the options have no section reliability")
    return found
