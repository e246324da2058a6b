"""Ordinary least squares with an intercept: coefficients, both kinds of standard error, fit, collinearity."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.scaling import Scaled, scale_columns

# A row whose leverage comes this close to 1 leaves HC3 without digits: it divides by 1 - leverage.
FULL_LEVERAGE = 1 - 1e-8


@dataclass(frozen=True, slots=True)
class LinearFit:
    """A fitted linear model; the intercept comes first in arrays of length 1 + p.

    Attributes
    ----------
    estimate, std_error : arrays, length 1 + p
        Coefficients in units of the outcome per unit of the column, and their classical standard errors.
    std_error_hc3 : array, length 1 + p
        Heteroscedasticity-consistent standard errors HC3; without digits where a leverage is 1.
    leverage : array, length n
    df : int
        Residual degrees of freedom, n - 1 - p.
    beta, vif : arrays, length p
        Standardised coefficients and variance inflation factors of the columns.
    r_squared, adj_r_squared : float
    f : float
        F statistic of all columns; NaN where there is none.
    """

    estimate: FloatArray
    std_error: FloatArray
    std_error_hc3: FloatArray
    leverage: FloatArray
    df: int
    beta: FloatArray
    vif: FloatArray
    r_squared: float
    adj_r_squared: float
    f: float


def least_squares(columns: FloatArray, outcome: FloatArray, terms: Sequence[str]) -> LinearFit:
    """Regress the outcome on an intercept and columns by a QR decomposition.

    Parameters
    ----------
    columns : array, n x p
        Finite numbers, without the column of ones; p may be 0, and n > 1 + p.
    outcome : array, length n
        Not constant.
    terms : sequence of text, length p
        Names of the columns, for messages.

    Raises
    ------
    InputError
        A column is constant or a linear combination of the columns before it.

    Notes
    -----
    Matching R calls: `summary(lm(outcome ~ .))`, `sandwich::vcovHC(fit, type = "HC3")`, `car::vif(fit)`
    for columns of numbers. HC3 is (X'X)^-1 X' diag(e_i^2 / (1 - h_i)^2) X (X'X)^-1: MacKinnon, J. G. and
    White, H. (1985), Journal of Econometrics 29, 305-325; the name and form: Long, J. S. and Ervin, L. H.
    (2000), The American Statistician 54, 217-224, equation 7. beta is b sd(x) / sd(y), vif 1 / (1 - R^2)
    of the column on the others; dummies are columns like any other.
    statsmodels has all but the standardised coefficients; its HC3, of version 0.15, makes a matrix of n x n.
    The columns are centred and scaled first, which keeps the digits that a column far from zero has in
    its spread.
    """
    scaled = scale_columns(columns, terms)
    mean = outcome.mean()
    centred = outcome - mean
    q, r = np.linalg.qr(scaled.with_intercept)
    inverse = np.linalg.inv(r)
    projected = q.T @ centred
    coefficients = inverse @ projected
    residuals = centred - q @ projected
    df = len(outcome) - len(r)
    explained, unexplained = float(np.sum(projected[1:] ** 2)), float(residuals @ residuals)
    total = explained + unexplained
    leverage = np.sum(q**2, axis=1)
    # Rows of `spread` times (1, Q') make the errors: (X'X)^-1 = inverse inverse', (X'X)^-1 X' = inverse Q'.
    spread = scaled.back @ inverse
    estimate = scaled.back @ coefficients
    estimate[0] += mean
    return LinearFit(
        estimate=estimate,
        std_error=np.sqrt(unexplained / df) * _lengths(spread),
        std_error_hc3=_lengths(spread @ (q.T * _deleted(residuals, leverage))),
        leverage=leverage,
        df=df,
        beta=coefficients[1:] / np.sqrt(total / len(outcome)),
        vif=_inflation(scaled, inverse),
        r_squared=explained / total,
        adj_r_squared=1 - (unexplained / df) / (total / (len(outcome) - 1)),
        f=_f_statistic(explained, unexplained, len(r) - 1, df),
    )


def t_test(estimate: FloatArray, std_error: FloatArray, df: int) -> tuple[FloatArray, FloatArray]:
    """Return the t statistics of coefficients and their two-sided p values; `2 * pt(-abs(t), df)` in R."""
    # scipy.stats would cost half a second of import.
    from scipy.special import stdtr

    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = estimate / std_error
    return statistic, 2 * stdtr(df, -np.abs(statistic))


def _deleted(residuals: FloatArray, leverage: FloatArray) -> FloatArray:
    """Residual of each row from the model that is fitted without it."""
    return residuals / np.maximum(1 - leverage, 1 - FULL_LEVERAGE)


def _inflation(scaled: Scaled, inverse: FloatArray) -> FloatArray:
    """Diagonal of the inverse of the columns' correlations."""
    factors: FloatArray = len(scaled.values) * np.sum(inverse[1:] ** 2, axis=1)
    return factors


def _f_statistic(explained: float, unexplained: float, df1: int, df2: int) -> float:
    if df1 == 0:
        return float("nan")
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.float64(explained / df1) / (unexplained / df2))


def _lengths(rows: FloatArray) -> FloatArray:
    lengths: FloatArray = np.sqrt(np.sum(rows**2, axis=1))
    return lengths
