"""Results on the reliability of a scale."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Omega:
    """McDonald's omega and the general and group factors that it comes from.

    Attributes
    ----------
    total, hierarchical, limit : float
        Share of the variance of the sum of the standardised items that all common factors explain, that the
        general factor explains, and the ratio of the second to the first.
    ecv : float
        Explained common variance: squared loadings on the general factor by those on all.
    general : pandas.Series
        Loadings on the general factor, in item order; their sum is not negative.
    group : pandas.DataFrame
        p items x k loadings on the group factors `F1..Fk`, by sum of squares, each with a positive sum;
        without columns where there was one factor.
    subscales : pandas.DataFrame
        Rows `F1..Fk`; of the items that load highest on the group factor, as a scale of their own, the shares
        `total`, `general` and `group`. A factor on which no item loads highest has no row.
    criterion : float or None
        What the oblique rotation minimised; None for one factor.
    objective : float or None
        Squared correlations of the oblique factors that the general factor does not reproduce; None for fewer
        than three factors.
    note : str
        What speaks against trusting it; from R, what psych said.
    """

    total: float
    hierarchical: float
    limit: float
    ecv: float
    general: pd.Series
    group: pd.DataFrame
    subscales: pd.DataFrame
    criterion: float | None
    objective: float | None
    note: str


@dataclass(frozen=True)
class Reliability:
    """How reliable the sum (or mean) of the items is.

    Attributes
    ----------
    alpha, alpha_std : float
        Cronbach's alpha of the items as they are and of the standardised ones.
    lambda6 : float
        Guttman's lambda 6, of the standardised items.
    average_r, median_r : float
        Mean and median of the correlations of two items.
    signal_to_noise : float
        p r / (1 - r) with the average r.
    alpha_se : float
        Standard error of `alpha` (Duhachek and Iacobucci).
    mean, sd : float
        Of the mean of the items.
    intervals : pandas.DataFrame
        Rows `feldt`, `duhachek`; columns `low`, `high`: confidence limits of `alpha`.
    if_dropped : pandas.DataFrame
        p items x the coefficients `alpha` to `alpha_se`, of the scale without the item.
    items : pandas.DataFrame
        p items x `raw_r`, `std_r`, `r_cor`, `r_drop` (correlations of the item with the scale; see
        `erm_bridge.numerics.reliability.ItemTotal`), `mean`, `sd`. `r_cor` is missing where it is not
        defined.
    omega : Omega or None
        None where it was not asked for.
    """

    alpha: float
    alpha_std: float
    lambda6: float
    average_r: float
    median_r: float
    signal_to_noise: float
    alpha_se: float
    mean: float
    sd: float
    intervals: pd.DataFrame
    if_dropped: pd.DataFrame
    items: pd.DataFrame
    omega: Omega | None


COEFFICIENTS = ("alpha", "alpha_std", "lambda6", "average_r", "median_r", "signal_to_noise", "alpha_se")
ITEM_TOTAL = ("raw_r", "std_r", "r_cor", "r_drop")
