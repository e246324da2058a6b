"""Results of factor analysis."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, fields

import pandas as pd

from erm_bridge.errors import InputError
from erm_bridge.results.bootstrap import FactorBootstrap
from erm_bridge.results.correlations import Correlations
from erm_bridge.results.dimension import Dimension
from erm_bridge.results.reliability import Reliability

# Note of an item; R's rows have the same words (`r/R/extraction.R`).
HEYWOOD = (
    "Heywood case: the factors explain (almost) all or more than all of the item; do not trust the solution"
)
# The note where pa or alpha ran out of iterations, in the words of psych.
NOT_CONVERGED = "maximum iteration exceeded"


@dataclass(frozen=True)
class Adequacy:
    """Whether a correlation matrix is worth factoring.

    Attributes
    ----------
    kmo : float
        Kaiser-Meyer-Olkin measure of the whole scale, between 0 and 1.
    kmo_items : pandas.Series
        The same for each item, in item order.
    bartlett_chi2, bartlett_df, bartlett_p : float
        Bartlett's test of sphericity; p is 0 where it is too small for a number.
    bartlett_log10_p : float
        Logarithm of that p to base 10, whatever its size.
    log_determinant : float
        Natural logarithm of the determinant of the correlation matrix.
    condition : float
        Its largest eigenvalue over its smallest.
    eigenvalues : pandas.Series
        Eigenvalues of the correlation matrix, largest first, indexed by position "1", "2", ...
    """

    kmo: float
    kmo_items: pd.Series
    bartlett_chi2: float
    bartlett_df: float
    bartlett_p: float
    bartlett_log10_p: float
    log_determinant: float
    condition: float
    eigenvalues: pd.Series

    @property
    def determinant(self) -> float:
        """Determinant of the correlation matrix."""
        return math.exp(self.log_determinant)


@dataclass(frozen=True)
class FactorFit:
    """How well the loadings reproduce the correlations, and the items determine the factors.

    NaN is what is not defined: all from `discrepancy` on for components, which are no model of the
    correlations; and see `erm_bridge.numerics.fit` on degrees of freedom and improper models.

    Attributes
    ----------
    objective : float
        The criterion that the extraction minimises, at these loadings; `docs/methods.md` has each formula.
        minres: the sum of the squared residual correlations below the diagonal.
    rmsr, rmsr_corrected : float
        Root mean square of the residual correlations; the same over the degrees of freedom.
    fit_total, fit_off_diagonal : float
        1 minus squared residuals over squared correlations, with and without the diagonal.
    empirical_chi2, empirical_p : float
        Test that the residual correlations are chance, n times their squares.
    complexity : pandas.Series
        How many factors each item needs (Hofmann), item order.
    discrepancy : float
        The criterion of maximum likelihood, whatever the extraction minimises.
    model_chi2, model_df, model_p, model_log10_p : float
        Test that these factors suffice.
    null_chi2, null_df : float
        Test that no factor is needed.
    rmsea, rmsea_low, rmsea_high : float
        Root mean square error of approximation, 90 % interval.
    tli, cfi, bic, sabic : float
    score_adequacy : pandas.DataFrame or None
        Rows `F1..Fk`: `r_squared` of each factor with the items, `max_correlation` of scores with the factor,
        `min_correlation` between two sets of scores that both fit. None for components, which are exact.
    """

    objective: float
    rmsr: float
    rmsr_corrected: float
    fit_total: float
    fit_off_diagonal: float
    empirical_chi2: float
    empirical_p: float
    complexity: pd.Series
    discrepancy: float = float("nan")
    model_chi2: float = float("nan")
    model_df: float = float("nan")
    model_p: float = float("nan")
    model_log10_p: float = float("nan")
    null_chi2: float = float("nan")
    null_df: float = float("nan")
    rmsea: float = float("nan")
    rmsea_low: float = float("nan")
    rmsea_high: float = float("nan")
    tli: float = float("nan")
    cfi: float = float("nan")
    bic: float = float("nan")
    sabic: float = float("nan")
    score_adequacy: pd.DataFrame | None = None

    @classmethod
    def numbers(cls) -> tuple[str, ...]:
        """Name the fields that hold one number: quantities of the table of estimates."""
        return tuple(field.name for field in fields(cls) if field.type is float)


@dataclass(frozen=True)
class RotationEnd:
    """How the rotation ended.

    Attributes
    ----------
    criterion : float or None
        What the rotation minimises, at the loadings as they were rotated (normalised ones, if so); None
        for rotations that minimise nothing. Of two solutions the one with the smaller value is better.
    start_criteria : pandas.Series or None
        The criterion that each start led to: "0" from the loadings as they are, "1", "2", ... from
        random places; None without such.
    optima : int or None
        How many different values of the criterion the starts led to, equal to 1e-6.
    """

    criterion: float | None = None
    start_criteria: pd.Series | None = None
    optima: int | None = None


@dataclass(frozen=True)
class FactorSolution:
    """A factor analysis in canonical form: factors by sum of squares, signs by column sum.

    Attributes
    ----------
    loadings : pandas.DataFrame
        p items x k factors, rows in item order, columns `F1..Fk`; after an oblique rotation the pattern.
    communalities, uniquenesses : pandas.Series
        Length p, item order; they add up to 1 where the extraction reproduces the diagonal.
    scores : pandas.DataFrame
        n x k, indexed like the frame, of items standardised with denominator n - 1; NaN in a row with a
        missing item. No rows where a correlation matrix was given.
    weights : pandas.DataFrame
        p x k; standardised items times weights are the scores.
    variance : pandas.DataFrame
        Rows `F1..Fk`; `ss_loadings`, and `share` of the total variance (ss_loadings / p).
    phi : pandas.DataFrame or None
        k x k correlations of the factors; None after an orthogonal rotation.
    structure : pandas.DataFrame
        p x k correlations of items and factors, `loadings @ phi`; the loadings where phi is None.
    rotation : RotationEnd
    fit : FactorFit
    adequacy : Adequacy
    heywood : tuple of str
        Items whose uniqueness stands at the lower bound of the search, .005, or, of pa and alpha, is not
        positive: improper solutions.
    converged : bool
        False where pa or alpha ran out of iterations.
    bootstrap : FactorBootstrap or None
        Intervals and standard errors, where they were asked for.
    scorer : callable or None
        What `score` calls; None where only correlations were given.
    dimension : Dimension or None
        How many factors to extract, where that was asked for.
    reliability : Reliability or None
        None where the study does not ask for it.
    correlations : Correlations or None
        What was factored; None for what is computed again from another engine's solution.
    """

    loadings: pd.DataFrame
    communalities: pd.Series
    uniquenesses: pd.Series
    scores: pd.DataFrame
    weights: pd.DataFrame
    variance: pd.DataFrame
    phi: pd.DataFrame | None
    structure: pd.DataFrame
    rotation: RotationEnd
    fit: FactorFit
    adequacy: Adequacy
    heywood: tuple[str, ...] = ()
    converged: bool = True
    bootstrap: FactorBootstrap | None = None
    scorer: Callable[[pd.DataFrame], pd.DataFrame] | None = field(default=None, repr=False, compare=False)
    dimension: Dimension | None = None
    reliability: Reliability | None = None
    correlations: Correlations | None = None

    def score(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Score rows that need not be those that were factored.

        Items are standardised with the means and standard deviations of the sample that was factored, and
        reversed about its minimum and maximum. Matching R call: `predict(fit, data, old.data)` with psych.

        Parameters
        ----------
        frame : DataFrame, m rows
            Holds the items as numbers without missing values; other columns are ignored.

        Returns
        -------
        DataFrame, m x k
            Indexed like the frame, columns `F1..Fk`.

        Raises
        ------
        InputError
            An item is not a column, not numeric or incomplete; or a correlation matrix was factored.
        """
        if self.scorer is None:
            raise InputError(
                "score: a matrix of correlations was factored, which holds no means and standard deviations;"
                " factor the rows themselves"
            )
        return self.scorer(frame)
