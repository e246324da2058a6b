"""The number of factors from the eigenvalues of the correlation matrix alone."""

import numpy as np

from erm_bridge.errors import InputError
from erm_bridge.numerics import FloatArray


def kaiser(eigenvalues: FloatArray) -> int:
    """Count the eigenvalues of the correlation matrix that are greater than 1.

    Matching R call: `sum(eigen(R)$values > 1)`.

    Parameters
    ----------
    eigenvalues : array, p

    Raises
    ------
    InputError
        None is: the items are uncorrelated.

    References
    ----------
    Kaiser, H. F. (1960). The application of electronic computers to factor analysis. Educational and
    Psychological Measurement 20(1), 141-151.
    """
    count = int(np.sum(eigenvalues > 1))
    if count == 0:
        raise InputError("no eigenvalue of the correlations is above 1; give factors as a number")
    return count


def leading(observed: FloatArray, limits: FloatArray) -> int:
    """Count the eigenvalues before the first that does not exceed its limit (both p, largest first)."""
    exceeds = observed > limits
    return int(len(exceeds) if exceeds.all() else np.argmin(exceeds))
