"""The chi-square distribution far out in its tail, and its noncentrality parameter."""

import math

MOST_TERMS = 10_000
TINY = 1e-300


def log_chi2_tail(statistic: float, df: float) -> float:
    """Return the natural logarithm of the probability that a chi-square exceeds the statistic.

    Above the mean by a continued fraction of the incomplete gamma function, evaluated from the front;
    below by the other tail. Matching R call: `pchisq(statistic, df, lower.tail = FALSE, log.p = TRUE)`.

    Parameters
    ----------
    statistic : float
        At least 0.
    df : float
        More than 0.

    References
    ----------
    Olver, F. W. J. et al. (eds.), NIST Digital Library of Mathematical Functions, equation 8.9.2.
    Lentz, W. J. (1976). Generating Bessel functions in Mie scattering calculations using continued fractions.
    Applied Optics 15(3), 668-671.
    """
    from scipy.special import gammainc, gammaln

    a, x = df / 2, statistic / 2
    if x <= a + 1:
        return math.log1p(-float(gammainc(a, x)))
    return a * math.log(x) - x - float(gammaln(a)) + math.log(_fraction(a, x))


def chi2_tail(chi2: float, df: float) -> tuple[float, float]:
    """Return the upper tail probability of a chi-square and its decimal logarithm, also where it underflows.

    Matching R call: `pchisq(chi2, df, lower.tail = FALSE)`, and with `log.p = TRUE` over `log(10)`.
    """
    from scipy.special import chdtrc

    return float(chdtrc(df, chi2)), log_chi2_tail(chi2, df) / math.log(10)


def _fraction(a: float, x: float) -> float:
    """1/(x+1-a - 1(1-a)/(x+3-a - 2(2-a)/(x+5-a - ...))), for x > a + 1."""
    denominator = x + 1 - a
    value = 1 / denominator
    ratio, inverse = 1 / TINY, value
    for k in range(1, MOST_TERMS):
        numerator = -k * (k - a)
        denominator += 2
        inverse = 1 / _not_zero(numerator * inverse + denominator)
        ratio = _not_zero(denominator + numerator / ratio)
        value *= inverse * ratio
        if abs(inverse * ratio - 1) < 1e-16:
            break
    return value


def _not_zero(number: float) -> float:
    return number if abs(number) > TINY else TINY


def noncentrality(chi2: float, df: float, probability: float) -> float:
    """Return the noncentrality with which a chi-square is at most `chi2` with the given probability.

    Zero where it is not even so without any. Matching R call: `uniroot(function(x) pchisq(chi2, df,
    ncp = x) - probability, ...)$root`.
    """
    from scipy.special import chdtr, chndtrinc

    return float(chndtrinc(chi2, df, probability)) if chdtr(df, chi2) > probability else 0.0
