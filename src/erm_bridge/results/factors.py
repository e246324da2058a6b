"""Results of factor analysis."""

from dataclasses import dataclass

import pandas as pd


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
        Bartlett's test of sphericity.
    eigenvalues : pandas.Series
        Eigenvalues of the correlation matrix, largest first, indexed by position "1", "2", ...
    """

    kmo: float
    kmo_items: pd.Series
    bartlett_chi2: float
    bartlett_df: float
    bartlett_p: float
    eigenvalues: pd.Series


@dataclass(frozen=True)
class FactorFit:
    """How well the loadings reproduce the correlations.

    Attributes
    ----------
    objective : float
        The criterion that the extraction minimises, at these loadings. minres: the sum of the squared
        residual correlations below the diagonal. pca: the sum of all squared residuals, the diagonal
        included.
    """

    objective: float


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
        n x k, indexed like the frame, of items standardised with denominator n - 1.
    weights : pandas.DataFrame
        p x k; standardised items times weights are the scores.
    variance : pandas.DataFrame
        Rows `F1..Fk`; `ss_loadings`, and `share` of the total variance (ss_loadings / p).
    phi : pandas.DataFrame or None
        k x k correlations of the factors; None after an orthogonal rotation.
    structure : pandas.DataFrame
        p x k correlations of items and factors, `loadings @ phi`; the loadings where phi is None.
    fit : FactorFit
    adequacy : Adequacy
    """

    loadings: pd.DataFrame
    communalities: pd.Series
    uniquenesses: pd.Series
    scores: pd.DataFrame
    weights: pd.DataFrame
    variance: pd.DataFrame
    phi: pd.DataFrame | None
    structure: pd.DataFrame
    fit: FactorFit
    adequacy: Adequacy
