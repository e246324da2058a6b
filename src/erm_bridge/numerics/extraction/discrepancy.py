"""Discrepancies of correlations and factors as functions of the uniquenesses alone.

Given the uniquenesses the best loadings are known: with R = T T' in the metric T of the method, they
come from the largest eigenvalues g of M = T^-1 (R - Psi) T^-T, and what is left of the discrepancy is a sum
of h(g) over the other eigenvalues. M is linear in the uniquenesses, so gradient and Hessian are closed
forms of its eigenvectors. All functions work on stacks of b matrices.

=======  ==============  ==================  ==========================================
method   T               h(g)                discrepancy
=======  ==============  ==================  ==========================================
uls      identity        g^2 / 2             tr (R - S)^2 / 2, S = LL' + Psi
wls      roots of r^ii   g^2 / 2             sum of squared residuals / (r^ii r^jj) / 2
gls      root of R       g^2 / 2             tr (I - R^-1 S)^2 / 2
ml       root of R       g/(1-g) + log(1-g)  log|S| - log|R| + tr R S^-1 - p
=======  ==============  ==================  ==========================================

Here r^ii is the diagonal of the inverse of R. The eigenvalues 1 - g of gls and ml are the reciprocals of
those that Jöreskog takes, of Psi^-1/2 R Psi^-1/2, and ml is computed from his.

References
----------
Jöreskog, K. G. (1977). Factor analysis by least-squares and maximum-likelihood methods. In K. Enslein,
A. Ralston & H. S. Wilf (eds.), Statistical Methods for Digital Computers, Wiley, 125-153.
Jöreskog, K. G. & Goldberger, A. S. (1972). Factor analysis by generalized least squares. Psychometrika
37(3), 243-260.
Clarke, M. R. B. (1970). A rapidly convergent method for maximum-likelihood factor analysis. British
Journal of Mathematical and Statistical Psychology 23(1), 43-52.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from erm_bridge.numerics import BoolArray, FloatArray, IntArray
from erm_bridge.numerics.newton import Points

# Eigenvalues of a factor and of what is left out that are nearer have no second derivative to rely on.
LEAST_GAP = 1e-8
# Sum of the reciprocal eigenvalues of R above which the logarithm of the smallest eigenvalue lacks digits.
NEARLY_SINGULAR = 1e6


@dataclass(frozen=True, slots=True)
class Metric:
    """The metric T of b correlation matrices: `root` T and `inverse` T^-1 (b x p x p), and T^-1 R T^-T."""

    root: FloatArray
    inverse: FloatArray
    scaled: FloatArray

    def take(self, rows: IntArray) -> "Metric":
        """Return the metric of some matrices."""
        return Metric(self.root[rows], self.inverse[rows], self.scaled[rows])


def identity_metric(correlations: FloatArray) -> Metric:
    """Return T = I, in which all residuals count alike."""
    unit: FloatArray = np.broadcast_to(np.eye(correlations.shape[-1]), correlations.shape)
    return Metric(unit, unit, correlations)


def diagonal_metric(correlations: FloatArray) -> Metric:
    """Return T = roots of the diagonal of the inverse of R, in which residuals of clear items count less."""
    lengths: FloatArray = np.sqrt(np.diagonal(np.linalg.inv(correlations), axis1=-2, axis2=-1))
    unit: FloatArray = np.eye(correlations.shape[-1])
    scaled: FloatArray = correlations / lengths[:, :, None] / lengths[:, None, :]
    return Metric(unit * lengths[:, None, :], unit / lengths[:, None, :], scaled)


def correlation_metric(correlations: FloatArray) -> Metric:
    """Return the Cholesky root of R, in which R itself is the identity."""
    root = np.linalg.cholesky(correlations).astype(np.float64, copy=False)
    inverse = np.linalg.inv(root).astype(np.float64, copy=False)
    return Metric(root, inverse, np.broadcast_to(np.eye(root.shape[-1]), root.shape))


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Eigenvalues of M (b x p, ascending), its eigenvectors V, T^-T V (b x p x p), and which are factors."""

    values: FloatArray
    vectors: FloatArray
    items: FloatArray
    kept: BoolArray


def spectrum(metric: Metric, uniquenesses: FloatArray, factors: int) -> Spectrum:
    """Take M apart; factors are the k largest eigenvalues as far as they are positive."""
    left = metric.inverse * uniquenesses[:, None, :]
    values, vectors = np.linalg.eigh(metric.scaled - left @ metric.inverse.mT)
    kept = values > 0
    kept[:, : values.shape[1] - factors] = False
    return Spectrum(values, vectors, metric.inverse.mT @ vectors, kept)


def best_loadings(metric: Metric, uniquenesses: FloatArray, factors: int) -> FloatArray:
    """Return the loadings (b x p x k) that fit best given uniquenesses (b x p); by decreasing eigenvalue."""
    of = spectrum(metric, uniquenesses, factors)
    lengths = np.sqrt(np.where(of.kept, of.values, 0.0))[:, None, :]
    loadings: FloatArray = (metric.root @ (of.vectors * lengths))[:, :, ::-1][:, :, :factors]
    return loadings


def least_squares(metric: Metric, uniquenesses: FloatArray, factors: int) -> Points:
    """Compute half the squared residuals in the metric: uls, wls or gls, with exact gradient and Hessian."""
    of = spectrum(metric, uniquenesses, factors)
    rest = np.where(of.kept, 0.0, of.values)
    gradient = -(np.square(of.items) @ rest[:, :, None])[:, :, 0]
    dropped = of.items * ~of.kept[:, None, :]
    hessian = np.square(dropped @ of.items.mT) + _turning(of, rest, factors, np.ones(rest.shape))
    return Points(0.5 * np.square(rest).sum(axis=1), gradient, hessian)


def likelihood(metric: Metric, uniquenesses: FloatArray, factors: int) -> Points:
    """Compute the discrepancy of maximum likelihood, with gradient and Hessian; `metric` is that of R.

    In terms of `standardised`, h is t - log(1 + t), with derivatives by the logarithms of the uniquenesses.
    Where R is nearly singular, M has elements as large as its inverse, and standardised residuals have not.
    """
    of = standardised(metric, uniquenesses, factors)
    rest = np.where(of.kept, 0.0, of.values)
    slopes = -(np.square(of.items) @ rest[:, :, None])[:, :, 0]
    dropped = of.items * ~of.kept[:, None, :]
    hessian = (dropped @ of.items.mT) * ((dropped * (1 + of.values[:, None, :])) @ of.items.mT)
    hessian += _turning(of, rest, factors, 1 + of.values)
    hessian /= uniquenesses[:, :, None] * uniquenesses[:, None, :]
    items = np.arange(uniquenesses.shape[1])
    hessian[:, items, items] -= slopes / np.square(uniquenesses)
    value = rest.sum(axis=1) - _log_rest(metric, uniquenesses, of)
    return Points(value, slopes / uniquenesses, hessian)


def standardised(metric: Metric, uniquenesses: FloatArray, factors: int) -> Spectrum:
    """Take Psi^-1/2 (R - Psi) Psi^-1/2 apart, with eigenvalues t = g/(1-g); `metric` is that of R."""
    whitened = metric.root / np.sqrt(uniquenesses)[:, :, None]
    values, vectors = np.linalg.eigh(whitened @ whitened.mT - np.eye(uniquenesses.shape[1]))
    kept = values > 0
    kept[:, : values.shape[1] - factors] = False
    return Spectrum(values, vectors, vectors, kept)


def most_likely_loadings(metric: Metric, uniquenesses: FloatArray, factors: int) -> FloatArray:
    """Return what `best_loadings` does in the metric of R, with all digits where R is nearly singular."""
    of = standardised(metric, uniquenesses, factors)
    lengths = np.sqrt(np.where(of.kept, of.values, 0.0))[:, None, :]
    loadings: FloatArray = (np.sqrt(uniquenesses)[:, :, None] * of.vectors * lengths)[:, :, ::-1]
    return loadings[:, :, :factors]


def _log_rest(metric: Metric, uniquenesses: FloatArray, of: Spectrum) -> FloatArray:
    """Sum log(1 + t) over what is left out; where R is nearly singular, from its determinant.

    There some 1 + t have no digits. The determinant may have few, but it is the same at all uniquenesses.
    """
    logs = np.log1p(np.maximum(of.values, -1 + np.finfo(float).eps))
    pivots = np.square(np.diagonal(metric.root, axis1=1, axis2=2))
    whole = np.log(pivots).sum(axis=1) - np.log(uniquenesses).sum(axis=1)
    # The sum of the reciprocal eigenvalues of R.
    singular = np.square(metric.inverse).sum(axis=(1, 2)) > NEARLY_SINGULAR
    rest: FloatArray = np.where(
        singular,
        whole - np.where(of.kept, logs, 0.0).sum(axis=1),
        np.where(of.kept, 0.0, logs).sum(axis=1),
    )
    return rest


def minimum_residuals(metric: Metric, uniquenesses: FloatArray, factors: int) -> Points:
    """Compute the squared residuals below the diagonal; `metric` is the identity.

    With d the diagonal residuals and H the Hessian of uls, uls has the gradient -d, d has the derivative
    -H, and without the squares of d the gradient is H d - d. The Hessian is H - H H but for a term that
    vanishes with d.
    """
    whole = least_squares(metric, uniquenesses, factors)
    diagonal = -whole.gradient
    gradient = (whole.hessian @ diagonal[:, :, None])[:, :, 0] - diagonal
    value = whole.value - 0.5 * np.square(diagonal).sum(axis=1)
    return Points(value, gradient, whole.hessian - whole.hessian @ whole.hessian)


def _turning(of: Spectrum, slopes: FloatArray, factors: int, halves: FloatArray) -> FloatArray:
    """Second derivatives from the turning of what is left out towards the factors.

    A sum over pairs of a factor and an eigenvector left out, weighted by the slope of the latter times both
    `halves` added up (b x p: 1 of M, which is linear in the uniquenesses) over the gap of the eigenvalues.
    """
    values = of.values[:, None, :]
    kept, roots = of.kept[:, -factors:, None], of.items[:, :, -factors:].mT
    gaps = np.maximum(of.values[:, -factors:, None] - values, LEAST_GAP)
    both = halves[:, -factors:, None] + halves[:, None, :]
    weights = np.where(kept & ~of.kept[:, None, :], -both * slopes[:, None, :] / gaps, 0.0)
    turned = (of.items[:, None] * weights[:, :, None, :]) @ of.items.mT[:, None]
    found: FloatArray = (turned * (roots[:, :, :, None] * roots[:, :, None, :])).sum(axis=1)
    return found


Discrepancy = Callable[[Metric, FloatArray, int], Points]
