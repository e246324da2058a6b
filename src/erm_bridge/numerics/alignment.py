"""Factors of many solutions brought into the order and sign of one."""

from dataclasses import dataclass

import numpy as np

from erm_bridge.numerics import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Alignment:
    """Which factor of each solution stands for which factor of the target, and its sign.

    Attributes
    ----------
    order : array of int, b x k
        For each factor of the target the position of its counterpart.
    signs : array, b x k
        1 or -1 for each factor, after ordering.
    """

    order: IntArray
    signs: FloatArray

    def of_factors(self, loadings: FloatArray) -> FloatArray:
        """Return loadings (b x p x k) with their columns in the order and sign of the target."""
        aligned: FloatArray = np.take_along_axis(loadings, self.order[:, None, :], axis=2)
        return aligned * self.signs[:, None, :]

    def of_correlations(self, phi: FloatArray) -> FloatArray:
        """Return correlations of factors (b x k x k) in the order and sign of the target."""
        rows = np.take_along_axis(phi, self.order[:, :, None], axis=1)
        both: FloatArray = np.take_along_axis(rows, self.order[:, None, :], axis=2)
        return both * self.signs[:, :, None] * self.signs[:, None, :]


def align(loadings: FloatArray, target: FloatArray) -> Alignment:
    """Reflect and interchange the factors of each solution so that its loadings are nearest to the target's.

    Of all orders and signs, those with the smallest sum of squared differences: the sum of the absolute
    inner products of counterparts is largest. Nothing is rotated: where a rotation has been asked for, its
    own variability belongs to that of the loadings, and a rotation towards the target (Procrustes, as in
    `psych::fa(n.iter)`) would take part of it away.

    Parameters
    ----------
    loadings : array, b x p x k
    target : array, p x k

    References
    ----------
    Zhang, G., Preacher, K. J. & Luo, S. (2010). Bootstrap confidence intervals for ordinary least squares
    factor loadings and correlations in exploratory factor analysis. Multivariate Behavioral Research 45(1),
    104-134 (column reflection and interchange).
    Timmerman, M. E., Kiers, H. A. L. & Smilde, A. K. (2007). Estimating confidence intervals for principal
    component loadings. British Journal of Mathematical and Statistical Psychology 60(2), 295-314 (fixed
    criterion against rotation towards the sample).
    """
    products = target.T @ loadings
    order = np.abs(products).argmax(axis=2)
    # The largest product of every row is the best choice if no two rows want the same factor.
    k = target.shape[1]
    contested = (np.sort(order, axis=1) != np.arange(k)).any(axis=1)
    for b in np.flatnonzero(contested):
        order[b] = _assignment(np.abs(products[b]))
    chosen = np.take_along_axis(products, order[:, :, None], axis=2)[:, :, 0]
    return Alignment(order.astype(np.int64), np.where(chosen < 0, -1.0, 1.0))


def _assignment(gains: FloatArray) -> IntArray:
    """Give each row (of k x k) a column of its own so that the sum of the gains is largest."""
    from scipy.optimize import linear_sum_assignment

    _, columns = linear_sum_assignment(gains, maximize=True)
    return np.asarray(columns, dtype=np.int64)
