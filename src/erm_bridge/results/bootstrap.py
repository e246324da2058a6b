"""Results of the bootstrap of a factor analysis."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Limits:
    """Percentile interval and standard error of each cell of a table, in its shape."""

    low: pd.DataFrame
    high: pd.DataFrame
    std_error: pd.DataFrame


@dataclass(frozen=True)
class FactorBootstrap:
    """What solutions of resampled rows say, each aligned to that of the sample.

    Attributes
    ----------
    loadings : Limits
        Of p x k, labelled like the loadings.
    variance : pandas.DataFrame
        Rows `F1..Fk`; `share_low`, `share_high`, `share_std_error`.
    phi : Limits or None
        Of k x k; None after an orthogonal rotation.
    replicates : int
        Those that have a solution.
    conf_level : float
    note : str
        How many replicates have no solution and how many are Heywood cases; empty if none.
    """

    loadings: Limits
    variance: pd.DataFrame
    phi: Limits | None
    replicates: int
    conf_level: float
    note: str
