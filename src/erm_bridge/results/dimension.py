"""How many factors to extract."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Dimension:
    """Numbers of factors by several methods, and what they rest on.

    Attributes
    ----------
    table : pandas.DataFrame
        One row a suggestion: `method` (`kaiser`, `parallel_components`, `parallel_factors`,
        `parallel_factors_smc`, `map`, `vss`), `by` (`mean` or `quantile`; `squared` or `fourth`;
        `complexity_1` or `complexity_2`; empty for Kaiser's rule), `factors` (whole numbers).
    eigenvalues : pandas.DataFrame
        p rows by position "1", "2", ..., largest first: `components` are those of the correlation matrix;
        `factors` and `factors_smc`, where asked for, those with the communalities of one minres factor or
        with squared multiple correlations on the diagonal. What a scree plot shows.
    mean, quantile : pandas.DataFrame
        The same of uncorrelated items, over the replicates, for the kinds that parallel analysis compared;
        without columns if it was not asked for.
    map : pandas.DataFrame
        Average `squared` and `fourth` power partial correlation, rows by number of components from "0".
    vss : pandas.DataFrame
        Very simple structure fit of `complexity_1` and `complexity_2`, rows by number of factors from "1";
        NaN where the solution is improper and for complexity 2 of one factor.
    """

    table: pd.DataFrame
    eigenvalues: pd.DataFrame
    mean: pd.DataFrame
    quantile: pd.DataFrame
    map: pd.DataFrame
    vss: pd.DataFrame

    def suggested(self, method: str, by: str = "") -> int | None:
        """Return the number of factors that a row of the table suggests; None if there is no such row."""
        chosen = self.table[(self.table["method"] == method) & (self.table["by"] == by)]
        return None if chosen.empty else int(chosen["factors"].iloc[0])
