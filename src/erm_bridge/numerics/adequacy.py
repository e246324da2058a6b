"""Whether correlations are worth factoring: Kaiser-Meyer-Olkin, Bartlett's sphericity, eigenvalues."""

import math
from dataclasses import dataclass

import numpy as np

from erm_bridge.errors import InputError
from erm_bridge.numerics import FloatArray
from erm_bridge.numerics.chi_square import log_chi2_tail
from erm_bridge.numerics.correlation import refuse_singular


@dataclass(frozen=True, slots=True)
class SamplingAdequacy:
    """Kaiser-Meyer-Olkin measure, between 0 and 1.

    Attributes
    ----------
    overall : float
    items : array, p
    """

    overall: float
    items: FloatArray


@dataclass(frozen=True, slots=True)
class Sphericity:
    """Bartlett's test that all correlations are zero.

    Attributes
    ----------
    chi2, df, p : float
        Statistic, degrees of freedom, upper tail probability (0 where that is below 1e-308).
    log10_p : float
        Logarithm of p to base 10, whatever its size.
    log_determinant : float
        Natural logarithm of the determinant of the correlations.
    """

    chi2: float
    df: float
    p: float
    log10_p: float
    log_determinant: float


def kmo(correlation: FloatArray) -> SamplingAdequacy:
    """Compute the Kaiser-Meyer-Olkin measure of sampling adequacy.

    The share of squared correlations in squared correlations plus squared partial correlations, each
    given all other items; off the diagonal, over all pairs or over those of one item. Matching R call:
    `psych::KMO(R)`, which answers a singular matrix with 0.5 where this refuses it.

    Parameters
    ----------
    correlation : array, p x p

    Raises
    ------
    InputError
        The matrix is singular; the message names positions of items.

    References
    ----------
    Kaiser, H. F. & Rice, J. (1974). Little jiffy, mark IV. Educational and Psychological Measurement
    34(1), 111-117. The measure of Kaiser (1970) has another denominator.
    """
    refuse_singular(correlation)
    squared = np.square(correlation)
    squared_partial = np.square(partial_correlations(correlation))
    np.fill_diagonal(squared, 0.0)
    np.fill_diagonal(squared_partial, 0.0)
    found, left = squared.sum(axis=0), squared_partial.sum(axis=0)
    # Items without any correlation, partial or not, have nothing to divide by.
    items = np.divide(found, found + left, out=np.full(len(found), np.nan), where=found + left > 0)
    total = found.sum() + left.sum()
    return SamplingAdequacy(float(found.sum() / total) if total > 0 else float("nan"), items)


def partial_correlations(correlation: FloatArray) -> FloatArray:
    """Return the correlation of each pair of items given all other items (p x p, diagonal 1).

    Minus the off-diagonal elements of the inverse, scaled to unit diagonal.
    """
    inverse = np.linalg.inv(correlation)
    lengths = np.sqrt(np.diag(inverse))
    partial: FloatArray = -inverse / np.outer(lengths, lengths)
    np.fill_diagonal(partial, 1.0)
    return partial


def bartlett(correlation: FloatArray, n: int) -> Sphericity:
    """Test that the items are uncorrelated: `-(n - 1 - (2p + 5) / 6) log det R`.

    Matching R call: `psych::cortest.bartlett(R, n)`; `log10_p` is `pchisq(chi2, df, lower.tail = FALSE,
    log.p = TRUE) / log(10)`.

    Parameters
    ----------
    correlation : array, p x p
    n : int
        Rows the correlations were computed from.

    Raises
    ------
    InputError
        The matrix is singular, or n is too small for the statistic to be positive.

    References
    ----------
    Bartlett, M. S. (1950). Tests of significance in factor analysis. British Journal of Psychology,
    Statistical Section 3(2), 77-85.
    """
    refuse_singular(correlation)
    p = len(correlation)
    factor = n - 1 - (2 * p + 5) / 6
    if factor <= 0:
        raise InputError(f"Bartlett's test of {p} items needs more than {n} rows")
    # Adding zero turns -0.0, the statistic of uncorrelated items, into 0.0.
    log_determinant = float(np.linalg.slogdet(correlation)[1]) + 0.0
    chi2 = -factor * log_determinant + 0.0
    df = p * (p - 1) / 2
    log_p = log_chi2_tail(chi2, df)
    return Sphericity(chi2, df, math.exp(log_p), log_p / math.log(10), log_determinant)


def eigenvalues(correlation: FloatArray) -> FloatArray:
    """Return the eigenvalues of the correlation matrix, largest first (p).

    Matching R call: `eigen(R, symmetric = TRUE)$values`.
    """
    return np.linalg.eigvalsh(correlation)[::-1].astype(np.float64)


def condition(eigenvalues: FloatArray) -> float:
    """Return the largest eigenvalue over the smallest; large where items nearly determine each other.

    Matching R call: `kappa(R, exact = TRUE)`.

    Parameters
    ----------
    eigenvalues : array, p, largest first
    """
    return float(eigenvalues[0] / eigenvalues[-1])
