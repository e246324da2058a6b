"""Tucker's congruence, by `psych::factor.congruence`."""

import numpy as np

from erm_bridge.bridge.pool import process_pool
from erm_bridge.numerics import FloatArray


def congruence(a: FloatArray, b: FloatArray) -> FloatArray:
    """Let R compute the coefficients of two matrices of loadings (p x k and p x m).

    Raises
    ------
    EngineError
        R is not usable or failed.
    """
    with process_pool().lend() as worker:
        found = worker.call("congruence", {"a": a, "b": b})
    coefficients: FloatArray = np.asarray(found, dtype="float64")
    return coefficients
