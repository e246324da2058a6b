"""The chi-square distribution far out in its tail, and its noncentrality parameter."""

import numpy as np


def chi2_tail(chi2: float, df: float) -> tuple[float, float]:
    """Return the upper tail probability of a chi-square and its decimal logarithm, also where it underflows.

    Matching R call: `pchisq(chi2, df, lower.tail = FALSE)`, and with `log.p = TRUE` over `log(10)`.
    """
    from scipy.special import chdtrc

    p = float(chdtrc(df, chi2))
    return p, float(np.log10(p)) if p > 1e-290 else _far_log10_tail(chi2, df)


def _far_log10_tail(chi2: float, df: float) -> float:
    """Logarithm of an incomplete gamma function far out, by its continued fraction (Lentz's method)."""
    from scipy.special import gammaln

    a, x = df / 2, chi2 / 2
    b = x + 1 - a
    c, d = 1e300, 1 / b
    value = d
    for i in range(1, 100_000):
        step = -i * (i - a)
        b += 2
        d, c = 1 / (step * d + b), b + step / c
        value *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return float((a * np.log(x) - x - gammaln(a) + np.log(value)) / np.log(10))


def noncentrality(chi2: float, df: float, probability: float) -> float:
    """Return the noncentrality with which a chi-square is at most `chi2` with the given probability.

    Zero where it is not even so without any. Matching R call: `uniroot(function(x) pchisq(chi2, df,
    ncp = x) - probability, ...)$root`.
    """
    from scipy.special import chdtr, chndtrinc

    return float(chndtrinc(chi2, df, probability)) if chdtr(df, chi2) > probability else 0.0
