"""Correlation matrices of uncorrelated normal items, drawn without drawing any rows."""

import numpy as np

from erm_bridge.errors import InputError
from erm_bridge.numerics import FloatArray


def numbers_needed(items: int) -> int:
    """Return how many uniform numbers make one matrix: p(p + 1) / 2, whatever the number of rows."""
    return items * (items + 1) // 2


def null_correlations(uniforms: FloatArray, items: int, n: int) -> FloatArray:
    """Turn uniform numbers into sample correlation matrices of n rows of p independent normal items.

    The matrix of cross-products is Wishart with n - 1 degrees of freedom, and is drawn by its Cholesky
    factor: its i-th diagonal element is the root of a chi-square with n - i degrees of freedom (i from 1),
    the elements below the diagonal are standard normal. Scaling the rows of the factor to length 1
    makes the cross-products correlations. Same as `cor(matrix(rnorm(n * p), n))` in distribution, at a
    cost that does not depend on n.

    Parameters
    ----------
    uniforms : array, replicates x p(p + 1)/2
        In (0, 1): first p for the chi-squares, then the normal deviates below the diagonal, column by column.
    items : int
        p.
    n : int
        Rows of the data that are imitated, more than p.

    Returns
    -------
    array, replicates x p x p

    Raises
    ------
    InputError
        n is not larger than p.

    References
    ----------
    Bartlett, M. S. (1933). On the theory of statistical regression. Proceedings of the Royal Society of
    Edinburgh 53, 260-283.
    Odell, P. L. & Feiveson, A. H. (1966). A numerical procedure to generate a sample covariance matrix.
    Journal of the American Statistical Association 61(313), 199-203.
    """
    from scipy.special import gammaincinv, ndtri

    if n <= items:
        raise InputError(f"parallel analysis of {items} items needs more than {items} rows, found {n}")
    factors = np.zeros((len(uniforms), items, items))
    diagonal = np.arange(items)
    degrees = n - 1 - diagonal
    factors[:, diagonal, diagonal] = np.sqrt(2 * gammaincinv(degrees / 2, uniforms[:, :items]))
    columns, rows = np.triu_indices(items, 1)
    factors[:, rows, columns] = ndtri(uniforms[:, items:])
    factors /= np.linalg.norm(factors, axis=2, keepdims=True)
    correlations: FloatArray = factors @ factors.transpose(0, 2, 1)
    correlations[:, diagonal, diagonal] = 1.0
    return correlations
