"""Frames of a million rows whose transfer is measured."""

import numpy as np
import pandas as pd

ROWS, COLUMNS, LEVELS = 1_000_000, 10, 1_000
_TEXTS = np.array([f"level {number}" for number in range(LEVELS)], dtype=object)


def codes() -> np.ndarray:
    return np.random.default_rng(2).integers(0, LEVELS, ROWS)


def doubles() -> pd.DataFrame:
    random = np.random.default_rng(1)
    return pd.DataFrame({f"x{number}": random.random(ROWS) for number in range(COLUMNS)}, copy=False)


def strings() -> pd.DataFrame:
    return pd.DataFrame({"text": pd.array(_TEXTS[codes()], dtype="str")})


def categories() -> pd.DataFrame:
    return pd.DataFrame({"category": pd.Categorical.from_codes(codes(), _TEXTS)})


FRAMES = {"doubles": doubles, "strings": strings, "categories": categories}
