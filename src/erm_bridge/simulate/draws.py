"""Random draws of whole columns from one generator."""

import numpy as np

from erm_bridge.numerics import BoolArray, FloatArray, IntArray


def pick(rng: np.random.Generator, shares: FloatArray, n: int | None = None) -> IntArray:
    """Draw positions of categories.

    Parameters
    ----------
    shares : array, k or n x k
        Shares of the categories, for everybody or row by row; they need not add up to 1.
    n : int, optional
        How many to draw; needed where the shares are the same for everybody.
    """
    limits = np.cumsum(shares, axis=-1)
    if shares.ndim == 1:
        return np.digitize(rng.random(n), limits[:-1] / limits[-1]).astype(np.int64)
    drawn = rng.random(len(shares)) * limits[:, -1]
    positions: IntArray = (drawn[:, None] >= limits[:, :-1]).sum(axis=1, dtype=np.int64)
    return positions


def happens(rng: np.random.Generator, log_odds: FloatArray) -> BoolArray:
    """Draw for each row whether something happens."""
    return rng.logistic(size=len(log_odds)) < log_odds


def whole(values: FloatArray) -> IntArray:
    """Cut off what stands behind the point."""
    return np.floor(values).astype(np.int64)
