"""Results of matching and of the effect."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from erm_bridge.numerics import IntArray
from erm_bridge.study.effect_errors import Recommendation
from erm_bridge.study.models import Matching, Variable


@dataclass(frozen=True)
class MatchedFrom:
    """What a match was made from.

    Attributes
    ----------
    frame : pandas.DataFrame
        As it was when it was matched.
    options : Matching
    variables : mapping
        Reference levels of categories.
    """

    frame: pd.DataFrame
    options: Matching
    variables: Mapping[str, Variable | None] = field(default_factory=dict)


if TYPE_CHECKING:
    from erm_bridge.options import Denominator
    from erm_bridge.study.matching_section import Balance


@dataclass(frozen=True)
class Match:
    """Who was matched with whom.

    Attributes
    ----------
    distance : pandas.Series or None
        Length n, indexed like the frame: the score that was matched on; None where units are compared in
        several covariates or by a matrix of distances.
    treated : pandas.Series
        Length n, boolean.
    match_matrix : pandas.DataFrame
        One row per treated unit in data order, indexed by row label; columns `1..ratio`, nearest first
        in MatchIt's order; values are row labels of controls (Int64 or string), NA where there is none.
        Without columns where the method makes subclasses and no pairs.
    weights : pandas.Series
        Length n: 1 for a matched treated unit, 0 for an unmatched unit, for controls proportional to
        their use and scaled to average 1 over the matched controls (MatchIt's `normalize = TRUE`). By
        subclasses both groups are scaled like that; see `numerics.matching.subclass_weights`.
    subclass : pandas.Series or None
        Number of the set each unit belongs to (Int64, NA if unmatched); None with replacement.
    score_coefficients : pandas.Series or None
        Coefficients of the propensity model by term; None when the scores were given.
    balance : pandas.DataFrame
        Rows covariates, each level of a category, and the score; columns `smd_before`, `smd_after`,
        `variance_ratio_before`, `variance_ratio_after`, `ks_before`, `ks_after`, `ecdf_mean_before`,
        `ecdf_mean_after`, `pair_distance_after`; NaN is a number that is not defined. Computed when asked
        for; `balance_table()` makes others.
    sizes : pandas.DataFrame
        How many units each group (columns `treated`, `controls`) has: rows `all`, `matched`, `unmatched`
        and `discarded`, and how many unweighted ones they are worth: `all (ESS)`, `matched (ESS)`, the
        effective sample sizes.
    survey_weights : pandas.Series or None
        Length n: the weights of the survey, if `match` was told a column of them. `weights` are those of
        the matching alone; an analysis multiplies the two.
    discarded : pandas.Series or None
        Length n, boolean: units beyond common support, which were not matched; None if nobody was asked to
        be discarded.
    positions : array of int, treated x ratio
        The match matrix by row position (0-based) in the frame, -1 where there is none.
    """

    distance: pd.Series | None
    treated: pd.Series
    match_matrix: pd.DataFrame
    weights: pd.Series
    subclass: pd.Series | None
    score_coefficients: pd.Series | None
    balance_of: Callable[[Balance | None, pd.Series | None], pd.DataFrame] = field(repr=False, compare=False)
    sizes_of: Callable[[], pd.DataFrame] = field(repr=False, compare=False)
    made_from: MatchedFrom = field(repr=False, compare=False)
    survey_weights: pd.Series | None = None
    discarded: pd.Series | None = None

    @cached_property
    def balance(self) -> pd.DataFrame:
        """Balance of the covariates before and after matching."""
        return self.balance_of(None, None)

    @cached_property
    def sizes(self) -> pd.DataFrame:
        """Sizes of the groups before and after matching."""
        return self.sizes_of()

    def balance_table(
        self,
        *,
        denominator: Denominator | None = None,
        interactions: bool = False,
        prognosis: pd.Series | None = None,
        statistics: str | Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """Compare the groups before and after matching as asked.

        Parameters
        ----------
        denominator : {"treated", "control", "pooled", "all"}, optional
            Whose standard deviation, that of the unmatched sample, differences are divided by; None is
            that of the group whose effect is estimated: the treated (ATT), the controls (ATC), the root of
            the mean of both variances (ATE).
        interactions : bool
            Add the square of every column and the product of every two.
        prognosis : pandas.Series, optional
            An outcome with a number for every row label of the match. A linear regression on the
            covariates among all controls predicts it; the prediction is one more row, `(prognosis)`.
        statistics : str or sequence of str, optional
            Which columns, from `smd` (standardised difference of means), `variance_ratio`, `ks` (largest
            distance of the cumulative distributions), `ecdf_mean` (their mean distance), `pair_distance`
            (mean distance within pairs, in standard deviations), `mean_treated`, `mean_control` and
            `reduction` (by how many percent matching made each smaller); None: the first five.

        Returns
        -------
        pandas.DataFrame
            Rows as in `balance`; a column for each statistic before and after matching, such as
            `smd_before`. NaN is a number that is not defined.

        Raises
        ------
        InputError
            An argument is not valid, or a covariate is constant among the controls or a combination of
            others there, so that the prognosis cannot be estimated.

        Notes
        -----
        Matching R call: `summary(matchit(...), interactions =, improvement = TRUE)` (MatchIt 4.7.1).
        """
        from erm_bridge.arguments import listed, options_of
        from erm_bridge.study.matching_section import Balance

        given = {} if statistics is None else {"statistics": listed(statistics)}
        asked = options_of(
            Balance, "balance_table", denominator=denominator, interactions=interactions, **given
        )
        return self.balance_of(asked, prognosis)

    @property
    def on_a_score(self) -> bool:
        """Whether units have a score."""
        return self.distance is not None

    @property
    def estimated_score(self) -> bool:
        """Whether the score was estimated rather than given."""
        return self.score_coefficients is not None

    @property
    def sets(self) -> IntArray | None:
        """The number of the set of each row, -1 for none; None where there are no sets."""
        return None if self.subclass is None else self.subclass.fillna(-1).to_numpy("int64")

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
        Rows `unmatched`, `matched` (one for each kind of standard error) and, where covariates are adjusted
        for, `adjusted` (one for each kind of a regression); columns `kind`, `estimate`, `std_error`,
        `statistic`, `p_value`, `conf_low`, `conf_high`, in units of the outcome.
    in_sd : pandas.DataFrame
        The same rows; columns `kind`, and estimate and interval in standard deviations of the outcome before
        matching: of the controls (Glass: `glass_delta`, `glass_delta_low`, `glass_delta_high`) and within
        groups (Cohen: `cohen_d`, `cohen_d_low`, `cohen_d_high`). The standard deviation is taken as known;
        NaN where it is 0.
    recommended : Recommendation
        `kind` of standard error that suits this match, the `reason` and its `source`.
    notes : mapping
        What is to be said of a kind of standard error.
    """

    table: pd.DataFrame
    in_sd: pd.DataFrame
    recommended: Recommendation
    notes: Mapping[str, str] = field(default_factory=dict)
