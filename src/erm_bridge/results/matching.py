"""Results of matching and of the effect."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from erm_bridge.numerics import IntArray


@dataclass(frozen=True)
class Match:
    """Who was matched with whom.

    Attributes
    ----------
    distance : pandas.Series
        Length n, indexed like the frame: the score that was matched on.
    treated : pandas.Series
        Length n, boolean.
    match_matrix : pandas.DataFrame
        One row per treated unit in data order, indexed by row label; columns `1..ratio`, nearest first
        in MatchIt's order; values are row labels of controls (Int64 or string), NA where there is none.
    weights : pandas.Series
        Length n: 1 for a matched treated unit, 0 for an unmatched unit, for controls proportional to
        their use and scaled to average 1 over the matched controls (MatchIt's `normalize = TRUE`).
    subclass : pandas.Series or None
        Number of the set each unit belongs to (Int64, NA if unmatched); None with replacement.
    score_coefficients : pandas.Series or None
        Coefficients of the propensity model by term; None when the scores were given.
    balance : pandas.DataFrame
        Rows covariates; columns `smd_before`, `smd_after`, `variance_ratio_before`,
        `variance_ratio_after`, `ks_before`, `ks_after`. Computed when asked for.
    positions : array of int, treated x ratio
        The match matrix by row position (0-based) in the frame, -1 where there is none.
    """

    distance: pd.Series
    treated: pd.Series
    match_matrix: pd.DataFrame
    weights: pd.Series
    subclass: pd.Series | None
    score_coefficients: pd.Series | None
    balance_of: Callable[[], pd.DataFrame] = field(repr=False, compare=False)

    @cached_property
    def balance(self) -> pd.DataFrame:
        """Balance of the covariates before and after matching."""
        return self.balance_of()

    @cached_property
    def positions(self) -> IntArray:
        """The match matrix by row position in the frame."""
        labels = self.weights.index
        whole = pd.api.types.is_integer_dtype(labels.dtype)
        rows = pd.Index(labels.to_numpy("int64")) if whole else labels.map(str)
        found = np.full(self.match_matrix.shape, -1, dtype=np.int64)
        for j, (_, column) in enumerate(self.match_matrix.items()):
            there = column.notna().to_numpy()
            # A plain array: looking up nullable integers would go through Python objects.
            found[there, j] = rows.get_indexer(pd.Index(column[there].to_numpy("int64" if whole else object)))
        return found


@dataclass(frozen=True)
class Effect:
    """Effect of the treatment, unmatched and matched.

    Attributes
    ----------
    table : pandas.DataFrame
        Rows `unmatched` and `matched` (one for each kind of standard error); columns `kind`,
        `estimate`, `std_error`, `statistic`, `p_value`, `conf_low`, `conf_high`.
    """

    table: pd.DataFrame
