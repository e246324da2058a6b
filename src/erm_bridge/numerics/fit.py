"""How well factors reproduce correlations: chi-square and the indices made of it, residuals, complexity."""

from dataclasses import dataclass

import numpy as np

from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.chi_square import chi2_tail, noncentrality
from erm_bridge.numerics.extraction.objective import likelihood_discrepancy
from erm_bridge.numerics.factor_scores import reproduced

NAN = float("nan")
# psych's alpha = .1: the interval of the RMSEA covers 90 %.
TAIL = 0.05


@dataclass(frozen=True, slots=True)
class ResidualFit:
    """What the residual correlations R - L Phi L' say of factors or of components; psych's name in brackets.

    Attributes
    ----------
    rmsr : float
        Root mean square of the residuals of different items (`rms`).
    rmsr_corrected : float
        The same with twice the degrees of freedom in place of p (p - 1) (`crms`); NaN without any.
    fit_total : float
        1 minus squared residuals over squared correlations, diagonals included (`fit`).
    fit_off_diagonal : float
        The same of different items alone (`fit.off`).
    empirical_chi2 : float
        n times the squared residuals of different items, each pair twice (`chi`).
    empirical_p : float
        Its upper tail probability (`EPVAL`); NaN without degrees of freedom.
    """

    rmsr: float
    rmsr_corrected: float
    fit_total: float
    fit_off_diagonal: float
    empirical_chi2: float
    empirical_p: float


@dataclass(frozen=True, slots=True)
class ModelFit:
    """What the likelihood of the factor model says; psych's name in brackets.

    NaN is what is not defined: everything but the null model and df where the reproduced correlations are
    not positive definite; chi-square and what is made of it where n is too small for its factor to be
    positive; what needs degrees of freedom where df <= 0.

    Attributes
    ----------
    discrepancy : float
        The criterion of maximum likelihood at these loadings, whatever extraction made them (`objective`).
    chi2, df, p, log10_p : float
        The test that k factors suffice (`STATISTIC`, `dof`, `PVAL`).
    null_chi2, null_df : float
        The test that no factor is needed (`null.chisq`, `null.dof`).
    rmsea, rmsea_low, rmsea_high : float
        Root mean square error of approximation and its 90 % interval (`RMSEA`).
    tli, cfi : float
        Tucker-Lewis and comparative fit index (`TLI`, `CFI`).
    bic, sabic : float
        Bayesian information criterion, and with the sample size adjusted (`BIC`, `SABIC`).
    """

    df: float
    null_chi2: float
    null_df: float
    discrepancy: float = NAN
    chi2: float = NAN
    p: float = NAN
    log10_p: float = NAN
    rmsea: float = NAN
    rmsea_low: float = NAN
    rmsea_high: float = NAN
    tli: float = NAN
    cfi: float = NAN
    bic: float = NAN
    sabic: float = NAN


def degrees_of_freedom(items: int, factors: int) -> int:
    """Return the correlations less the free parameters of k factors, `((p - k)^2 - (p + k)) / 2`."""
    return ((items - factors) ** 2 - (items + factors)) // 2


def residual_fit(
    correlation: FloatArray, loadings: FloatArray, phi: FloatArray | None, n: int
) -> ResidualFit:
    """Describe the residual correlations.

    Matching R call: `psych::factor.stats(R, loadings, Phi, n.obs = n)`. No distribution is assumed for the
    root mean squares; the empirical chi-square takes each residual as a standardised one with variance 1/n.

    Parameters
    ----------
    correlation : array, p x p
    loadings : array, p x k
        The pattern.
    phi : array, k x k, or None
        Correlations of the factors; None: they are orthogonal.
    n : int
        Rows the correlations were computed from.

    References
    ----------
    Harman, H. H. (1976). Modern Factor Analysis, 3rd ed. University of Chicago Press.
    """
    from scipy.special import chdtrc

    p = len(correlation)
    df = degrees_of_freedom(p, loadings.shape[1])
    residual = np.square(correlation - reproduced(loadings, phi))
    # Not the whole less the diagonal: of exact factors rounding would leave less than nothing.
    off = float(residual[~np.eye(p, dtype=bool)].sum())
    total = float(np.square(correlation).sum())
    return ResidualFit(
        rmsr=float(np.sqrt(off / (p * (p - 1)))),
        rmsr_corrected=float(np.sqrt(off / (2 * df))) if df > 0 else NAN,
        fit_total=1 - float(residual.sum()) / total,
        fit_off_diagonal=1 - off / (total - p) if total > p else NAN,
        empirical_chi2=n * off,
        empirical_p=float(chdtrc(df, n * off)) if df > 0 else NAN,
    )


def model_fit(correlation: FloatArray, loadings: FloatArray, phi: FloatArray | None, n: int) -> ModelFit:
    """Test the factor model against the correlations and compute the indices made of that test.

    The model is L Phi L' with 1 on the diagonal, so each uniqueness is 1 minus the communality, also where an
    extraction held it at a bound. Chi-square has Bartlett's factor `n - 1 - (2p + 5) / 6 - 2k / 3`, as in
    `stats::factanal`. Matching R call: `psych::factor.stats(R, loadings, Phi, n.obs = n, alpha = .1)`.

    Parameters
    ----------
    correlation : array, p x p, positive definite
    loadings : array, p x k
        The pattern.
    phi : array, k x k, or None
    n : int

    Notes
    -----
    psych gives numbers without a meaning where a model is not positive definite (it smooths the model) or has
    no degrees of freedom (the indices divide by them): here they are NaN. Its RMSEA is
    `sqrt(chi2 / (df n) - 1 / (n - 1))`, which differs from Steiger and Lind's by n in place of n - 1; the
    interval has n - 1. A limit on the wrong side of the estimate is NaN in psych and here. psych finds the
    limits by `uniroot` with its default tolerance of 1.2e-4 on the noncentrality.

    References
    ----------
    Bartlett, M. S. (1951). The effect of standardization on a chi-square approximation in factor analysis.
    Biometrika 38, 337-344.
    Lawley, D. N. & Maxwell, A. E. (1971). Factor Analysis as a Statistical Method, 2nd ed. Butterworths.
    Tucker, L. R. & Lewis, C. (1973). A reliability coefficient for maximum likelihood factor analysis.
    Psychometrika 38(1), 1-10.
    Steiger, J. H. & Lind, J. C. (1980). Statistically based tests for the number of common factors. Meeting
    of the Psychometric Society, Iowa City.
    Bentler, P. M. (1990). Comparative fit indexes in structural models. Psychological Bulletin 107, 238-246.
    Schwarz, G. (1978). Estimating the dimension of a model. Annals of Statistics 6, 461-464.
    Sclove, S. L. (1987). Application of model-selection criteria to some problems in multivariate analysis.
    Psychometrika 52, 333-343.
    """
    p, k = loadings.shape
    df, null_df = degrees_of_freedom(p, k), p * (p - 1) // 2
    base = n - 1 - (2 * p + 5) / 6
    null = max(0.0, -float(np.linalg.slogdet(correlation)[1]))
    model = reproduced(loadings, phi)
    np.fill_diagonal(model, 1.0)
    discrepancy = likelihood_discrepancy(correlation, model)
    factor = base - 2 * k / 3
    if np.isnan(discrepancy) or factor <= 0:
        return ModelFit(float(df), base * null, float(null_df), discrepancy)
    chi2 = factor * discrepancy
    if df <= 0:
        return ModelFit(float(df), base * null, float(null_df), discrepancy, chi2)
    excess, null_excess = max(chi2 - df, 0.0), max(base * null - null_df, 0.0)
    rmsea, low, high = _rmsea(chi2, df, n)
    per_df, null_per_df = discrepancy / df, null / null_df
    return ModelFit(
        float(df),
        base * null,
        float(null_df),
        discrepancy,
        chi2,
        *chi2_tail(chi2, df),
        rmsea,
        low,
        high,
        tli=(null_per_df - per_df) / (null_per_df - 1 / factor) if null_per_df != 1 / factor else NAN,
        cfi=(null_excess - excess) / null_excess if null_excess > 0 else NAN,
        bic=chi2 - df * float(np.log(n)),
        sabic=chi2 - df * float(np.log((n + 2) / 24)),
    )


def _rmsea(chi2: float, df: int, n: int) -> tuple[float, float, float]:
    """Estimate and 90 % interval; NaN for a limit on the wrong side of the estimate."""
    estimate = float(np.sqrt(max(chi2 / (df * n) - 1 / (n - 1), 0.0)))
    low, high = (float(np.sqrt(noncentrality(chi2, df, tail) / ((n - 1) * df))) for tail in (1 - TAIL, TAIL))
    return estimate, low if low <= estimate else NAN, high if high >= estimate else NAN


def complexity(loadings: FloatArray) -> FloatArray:
    """Return how many factors each item needs, from 1 to k (p): `(sum l^2)^2 / sum l^4` of its loadings.

    NaN for an item without loadings. Matching R field: `psych::fa(...)$complexity`.

    Parameters
    ----------
    loadings : array, p x k
        The pattern.

    References
    ----------
    Hofmann, R. J. (1978). Complexity and simplicity as objective indices descriptive of factor solutions.
    Multivariate Behavioral Research 13(2), 247-250.
    """
    squares = np.square(loadings)
    fourth = np.square(squares).sum(axis=1)
    found: FloatArray = np.full(len(squares), np.nan)
    np.divide(np.square(squares.sum(axis=1)), fourth, out=found, where=fourth > 0)
    return found
