"""Units to be matched by the benchmarks: eight covariates, 17 % treated, their true propensity as score."""

import numpy as np
import pandas as pd

COVARIATES = [f"x{j + 1}" for j in range(8)]
SHARE, SEED = 0.17, 20171


def units(rows: int) -> pd.DataFrame:
    """Make `t` (0/1), `x1` to `x8` (five continuous, three binary) and `score`, their true propensity."""
    random = np.random.default_rng(SEED)
    x = random.normal(size=(rows, len(COVARIATES)))
    x[:, 5:] = x[:, 5:] > [0.0, 0.5, -0.5]
    slopes = np.array([0.5, -0.3, 0.2, 0.4, 0.0, 0.3, -0.4, 0.2])
    eta = x @ slopes
    low, high = -10.0, 10.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if np.mean(_inverse_logit(eta + middle)) < SHARE else (low, middle)
    score = _inverse_logit(eta + low)
    frame = pd.DataFrame(x, columns=COVARIATES)
    frame.insert(0, "t", (random.random(rows) < score).astype(np.float64))
    return frame.assign(score=score)


def _inverse_logit(eta: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-eta))
