"""How alike the factors of two solutions are: Tucker's coefficients, and which factor is which."""

import numpy as np

from erm_bridge.numerics import FloatArray, IntArray


def congruence(a: FloatArray, b: FloatArray) -> FloatArray:
    """Compute Tucker's coefficient of congruence of each factor of `a` with each factor of `b`.

    The cosine of two columns of loadings: 1 for proportional loadings, also where their mean is not
    zero. Matching R call: `psych::factor.congruence(a, b, digits = 16)`.

    Parameters
    ----------
    a, b : array, p x k and p x m
        Loadings of the same items in the same order.

    Returns
    -------
    array, k x m
        Within -1 and 1; NaN for a factor all of whose loadings are zero.

    References
    ----------
    Tucker, L. R. (1951). A method for synthesis of factor analysis studies. Personnel Research Section
    Report No. 984, Department of the Army.
    Burt, C. (1948). The factorial study of temperamental traits. British Journal of Psychology
    (Statistical Section) 1, 178-203.
    """
    lengths = np.outer(np.linalg.norm(a, axis=0), np.linalg.norm(b, axis=0))
    coefficients: FloatArray = np.full(lengths.shape, np.nan)
    return np.divide(a.T @ b, lengths, out=coefficients, where=lengths > 0)


def best_assignment(coefficients: FloatArray) -> IntArray:
    """Give each factor of one solution a factor of the other so that they are most alike altogether.

    The assignment with the largest sum of absolute coefficients, each factor taken at most once: picking the
    largest coefficient first can leave the rest with partners that do not fit.

    Parameters
    ----------
    coefficients : array, k x m
        As from `congruence`; NaN counts as 0.

    Returns
    -------
    array of int, k
        Position of the partner in the other solution; -1 for the k - m factors left over where k > m.

    References
    ----------
    Kuhn, H. W. (1955). The Hungarian method for the assignment problem. Naval Research Logistics
    Quarterly 2, 83-97.
    """
    from scipy.optimize import linear_sum_assignment

    partners = np.full(len(coefficients), -1, dtype=np.int64)
    rows, columns = linear_sum_assignment(np.nan_to_num(np.abs(coefficients)), maximize=True)
    partners[rows] = columns
    return partners
