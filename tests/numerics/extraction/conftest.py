"""Simulated correlation matrices and loadings."""

from collections.abc import Callable

import numpy as np
import pytest


@pytest.fixture
def sample() -> Callable[[int, int, int, int], np.ndarray]:
    """Return `sample(seed, p, k, n)`: correlations of p simulated items with k clear factors, n rows."""

    def matrix(seed: int, p: int, k: int, n: int) -> np.ndarray:
        rng = np.random.default_rng(seed)
        loadings = rng.uniform(-0.3, 0.3, (p, k))
        loadings[np.arange(p), np.arange(p) % k] = rng.uniform(0.5, 0.8, p)
        noise = rng.normal(size=(n, p)) * np.sqrt(1 - np.square(loadings).sum(1))
        return np.corrcoef((rng.normal(size=(n, k)) @ loadings.T + noise).T)

    return matrix


@pytest.fixture
def structured() -> Callable[[int, int, int], np.ndarray]:
    """Return `structured(seed, p, k)`: p x k loadings, of which each item has a large one."""

    def loadings(seed: int, p: int, k: int) -> np.ndarray:
        values = np.random.default_rng(seed).uniform(-0.35, 0.35, (p, k))
        values[np.arange(p), np.arange(p) % k] += 0.5
        return values

    return loadings
