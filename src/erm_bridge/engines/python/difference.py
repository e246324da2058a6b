"""Stage `difference`: group means of the outcome and the one-way analysis of variance."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from erm_bridge.engines.base import Artefacts, StageResult
from erm_bridge.engines.python.outcome import outcome_of
from erm_bridge.estimates import StageRows
from erm_bridge.study.models import Study


def run(study: Study, frame: pd.DataFrame, given: Artefacts) -> StageResult:
    """Compare the outcome between the groups of the treatment and of every column in `by`.

    Matching R calls: `tapply(y, g, mean)`, `tapply(y, g, sd)`, `anova(lm(y ~ factor(g)))`.
    """
    outcome = outcome_of(study, "difference", frame, given)
    rows = StageRows()
    for name in study.groups:
        levels = study.variables[name].levels or ()
        codes = group_codes(frame[name], levels)
        groups = {level: outcome[codes == code] for code, level in enumerate(levels)}
        _add_group_rows(rows, name, groups)
    return StageResult(rows)


def group_codes(column: pd.Series, levels: Sequence[str]) -> npt.NDArray[np.intp]:
    """Give each row the position of its value among the levels."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return pd.Index(levels).get_indexer(pd.Index(column))
    return np.searchsorted([float(level) for level in levels], column.to_numpy("float64"))


def _add_group_rows(rows: StageRows, name: str, groups: Mapping[str, npt.NDArray[np.float64]]) -> None:
    from scipy import stats

    for level, part in groups.items():
        rows.add("n", len(part), name, level)
        rows.add("mean", part.mean(), name, level)
        rows.add("sd", part.std(ddof=1) if len(part) > 1 else np.nan, name, level)
    test = stats.f_oneway(*groups.values())
    df1, df2 = len(groups) - 1, sum(map(len, groups.values())) - len(groups)
    rows.add("f", test.statistic, name)
    rows.add("df1", df1, name)
    rows.add("df2", df2, name)
    rows.add("p_value", test.pvalue, name)
    # eta squared = SS_between / SS_total, written through F so that it shares the test's rounding.
    rows.add("eta_squared", df1 * test.statistic / (df1 * test.statistic + df2), name)
