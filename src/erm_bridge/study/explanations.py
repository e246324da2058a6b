"""What levels that are codes mean: for the report, never for a computation."""

from collections.abc import Mapping

import pandas as pd

from erm_bridge.study.expressions import Expression
from erm_bridge.study.labels import as_label
from erm_bridge.study.models import Study, Variable


def explained(
    study: Study,
    variables: Mapping[str, Variable],
    labels: Mapping[str, Mapping[str, str]],
    derive: Mapping[str, Expression],
    table: pd.DataFrame,
    frame: pd.DataFrame,
) -> dict[str, Variable]:
    """Add the labels of levels that occur to the description of each column.

    Labels of the study file stand over those of the data. A derived column that is another column under
    a new name has its labels; levels that have names already (`codes`) need none.

    Parameters
    ----------
    study : Study
        As the user declared it.
    variables : mapping
        The analysis columns.
    labels : mapping
        Labels that the data carry, by column and code.
    derive : mapping
        Parsed expressions of derived columns.
    table, frame : pandas.DataFrame
        The columns before and after they were typed, rows of the analysis sample.
    """
    found = {}
    for name, variable in variables.items():
        origin, known = name, dict(labels.get(name, {}))
        while origin in derive and (column := derive[origin].only_column) is not None:
            origin = column
            known = {**labels.get(origin, {}), **known}
        declared = study.variables.get(name)
        known |= (declared.labels if declared else None) or {}
        if variable.codes is not None or variable.levels is None:
            known = {}
        elif study.matching is not None and name == study.matching.treatment.column:
            known = _of_treatment(table[name], frame[name], known)
        occurring = {level: known[level] for level in variable.levels or () if level in known}
        found[name] = variable.model_copy(update={"labels": occurring or None})
    return found


def _of_treatment(column: pd.Series, treated: pd.Series, known: Mapping[str, str]) -> dict[str, str]:
    """Put labels on 1, treated, and 0, whatever the codes of the data are."""
    pairs = zip(column.groupby(treated).first(), ("0", "1"), strict=True)
    return {level: known[code] for value, level in pairs if (code := as_label(value)) in known}
