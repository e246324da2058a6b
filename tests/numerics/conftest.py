"""Correlation matrices of the literature."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

REFERENCE = Path(__file__).parents[1] / "reference"
# Below the diagonal, row by row.
PRINTED = {
    # Eight measures of 305 girls: Harman, H. H. (1976), Modern Factor Analysis, 3rd edition, table 2.3, as in
    # R's datasets::Harman23.cor.
    "physical": """
        0.846
        0.805 0.881
        0.859 0.826 0.801
        0.473 0.376 0.380 0.436
        0.398 0.326 0.319 0.329 0.762
        0.301 0.277 0.237 0.327 0.730 0.583
        0.382 0.415 0.345 0.365 0.629 0.577 0.539
    """,
    # Six school subjects of 220 boys: Lawley, D. N. & Maxwell, A. E. (1971), Factor Analysis as a Statistical
    # Method, 2nd edition, Butterworths, also in Johnson, R. A. & Wichern, D. W., Applied Multivariate
    # Statistical Analysis, example "Rotated loadings for the examination scores".
    "subjects": """
        0.439
        0.410 0.351
        0.288 0.354 0.164
        0.329 0.320 0.190 0.595
        0.248 0.329 0.181 0.470 0.464
    """,
    # Nine cognitive tests of 211 children (Emmett 1949): Lawley & Maxwell (1971), chapter 4.
    "emmett": """
        0.523
        0.395 0.479
        0.471 0.506 0.355
        0.346 0.418 0.270 0.691
        0.426 0.462 0.254 0.791 0.679
        0.576 0.547 0.452 0.443 0.383 0.372
        0.434 0.283 0.219 0.285 0.149 0.314 0.385
        0.639 0.645 0.504 0.505 0.409 0.472 0.680 0.470
    """,
    # Nine ability tests of 213 pupils (Thurstone & Thurstone 1941): Bechtoldt, H. P. (1961), Psychometrika
    # 26, 405-432, chosen by McDonald, R. P. (1999), Test Theory; as in psych::Thurstone.
    "thurstone": """
        0.828
        0.776 0.779
        0.439 0.493 0.460
        0.432 0.464 0.425 0.674
        0.447 0.489 0.443 0.590 0.541
        0.447 0.432 0.401 0.381 0.402 0.288
        0.541 0.537 0.534 0.350 0.367 0.320 0.555
        0.380 0.358 0.359 0.424 0.446 0.325 0.598 0.452
    """,
}
# Population, school years, employment, services, house value of 12 census tracts: Harman (1976), page 14.
CENSUS_TRACTS = [
    [5700, 12.8, 2500, 270, 25000],
    [1000, 10.9, 600, 10, 10000],
    [3400, 8.8, 1000, 10, 9000],
    [3800, 13.6, 1700, 140, 25000],
    [4000, 12.8, 1600, 140, 25000],
    [8200, 8.3, 2600, 60, 12000],
    [1200, 11.4, 400, 10, 16000],
    [9100, 11.5, 3300, 60, 14000],
    [9900, 12.5, 3400, 180, 18000],
    [9600, 13.7, 3600, 390, 25000],
    [9600, 9.6, 3300, 80, 12000],
    [9400, 11.4, 4000, 100, 13000],
]


@pytest.fixture
def printed() -> Callable[[str], np.ndarray]:
    """Return the correlation matrix of a name.

    "psychological": 24 tests of 145 pupils (Holzinger & Swineford 1939), Harman (1976), table 7.4, as in R's
    datasets::Harman74.cor.
    """

    def matrix(name: str) -> np.ndarray:
        if name == "census":
            return np.corrcoef(np.transpose(CENSUS_TRACTS))
        if name == "psychological":
            lower = pd.read_csv(REFERENCE / "psychological_tests.csv", index_col="test").fillna(0).to_numpy()
            return lower + np.tril(lower, -1).T
        values = [float(text) for text in PRINTED[name].split()]
        p = round((1 + np.sqrt(1 + 8 * len(values))) / 2)
        lower = np.zeros((p, p))
        lower[np.tril_indices(p, -1)] = values
        return lower + lower.T + np.eye(p)

    return matrix
