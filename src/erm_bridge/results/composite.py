"""Results on the composite index."""

from dataclasses import dataclass

import pandas as pd

from erm_bridge.estimates import StageRows

_COLUMNS = {
    "sensitivity_computed": "computed",
    "sensitivity_rank_correlation": "rank_correlation",
    "sensitivity_correlation": "correlation",
    "sensitivity_difference": "difference",
}


@dataclass(frozen=True)
class CompositeIndex:
    """A weighted sum of factor scores.

    Attributes
    ----------
    values : pandas.Series
        Length n, indexed like the scores.
    weights : pandas.Series
        Of the solution's factors, without the scale; negative for a factor that an anchor turns.
    """

    values: pd.Series
    weights: pd.Series


@dataclass(frozen=True)
class IndexSensitivity:
    """How an index goes with others that are made otherwise.

    Attributes
    ----------
    table : pandas.DataFrame
        One row for each way, `extraction/rotation/weights`, the first being the one that the others are
        compared with. Columns: `computed` (boolean), `rank_correlation` (Spearman), `correlation` (Pearson),
        `difference` between two groups in pooled standard deviations (NaN without groups), `note`: why a
        way has no solution.
    """

    table: pd.DataFrame

    @classmethod
    def of_rows(cls, rows: StageRows) -> "IndexSensitivity":
        """Make the table of the rows of a stage."""
        found = pd.DataFrame(rows.rows, columns=["quantity", "term", "component", "value", "note"])
        found = found[found["quantity"].isin(_COLUMNS)]
        names = found["term"].unique()
        wide = found.pivot(index="term", columns="quantity", values="value")
        table = wide.reindex(index=names, columns=list(_COLUMNS)).rename(columns=_COLUMNS)
        of_ways = found[found["quantity"] == "sensitivity_computed"].set_index("term")["note"]
        computed = table["computed"] == 1
        return cls(table.assign(computed=computed, note=of_ways).rename_axis(index=None, columns=None))
