"""Common support: who is left out because the other group has nobody like them."""

import pandas as pd

from erm_bridge.engines.python.design import indicator_columns
from erm_bridge.errors import InputError
from erm_bridge.estimates import StageRows
from erm_bridge.numerics import BoolArray, FloatArray
from erm_bridge.numerics.support import outside_hull, outside_range
from erm_bridge.study.models import Matching

HULL = "hull_"


def usable_rows(
    frame: pd.DataFrame, options: Matching, treated: BoolArray, scores: FloatArray | None
) -> BoolArray | None:
    """Tell who can be matched (length n); None: everyone.

    Parameters
    ----------
    frame : DataFrame, n rows
    options : Matching
    treated : array of bool, length n
    scores : array, length n, or None
        None where the distance is none of one dimension; then only a convex hull can discard.

    Raises
    ------
    InputError
        There is no score, or a whole group is discarded.
    """
    rule = options.discard
    if rule == "none":
        return None
    if rule.startswith(HULL):
        columns = indicator_columns(frame, options.covariates).values
        outside = outside_hull(columns, treated, rule.removeprefix(HULL))
    elif scores is None:
        raise InputError(f"discard: {rule} needs a score for every row; choose none or hull_{rule}")
    else:
        outside = outside_range(scores, treated, rule)
    for group, name in ((treated, "treated"), (~treated, "control")):
        if outside[group].all():
            raise InputError(
                f"discard: {rule}: every {name} row lies outside the common support, so nobody can be matched"
            )
    return ~outside


def support_rows(table: StageRows, treated: BoolArray, scores: FloatArray | None) -> None:
    """Write the range of the scores by group into the table; nothing where there are no scores."""
    if scores is not None:
        for name, group in {"treated": treated, "control": ~treated}.items():
            table.add("support_low", float(scores[group].min()), name)
            table.add("support_high", float(scores[group].max()), name)
