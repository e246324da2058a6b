"""The default survey at full size has the published figures; recomputed from the table alone."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from erm_bridge.simulate import SimulatedSurvey
from erm_bridge.simulate.answers import ITEM_NAMES, REVERSED_ITEMS
from erm_bridge.simulate.calibration import NEAR, calibrate, figures
from erm_bridge.simulate.constants import CALIBRATED, DEFAULT_EFFECT, DEFAULT_SEED, PUBLISHED
from erm_bridge.simulate.persons import cohort
from erm_bridge.simulate.seeds import streams


def kaisers_varimax(loadings: np.ndarray) -> np.ndarray:
    """Varimax with Kaiser normalisation by plane rotations (Kaiser 1958), to convergence."""
    lengths = np.sqrt(np.square(loadings).sum(axis=1, keepdims=True))
    z = loadings / lengths
    p, k = z.shape
    for _ in range(200):
        largest = 0.0
        for i in range(k):
            for j in range(i + 1, k):
                u, v = z[:, i] ** 2 - z[:, j] ** 2, 2 * z[:, i] * z[:, j]
                top = 2 * (u @ v) - 2 * u.sum() * v.sum() / p
                bottom = (u @ u - v @ v) - (u.sum() ** 2 - v.sum() ** 2) / p
                angle = np.arctan2(top, bottom) / 4
                c, s = np.cos(angle), np.sin(angle)
                z[:, [i, j]] = z[:, [i, j]] @ np.array([[c, -s], [s, c]])
                largest = max(largest, abs(angle))
        if largest < 1e-12:
            break
    return z * lengths


@pytest.fixture(scope="module")
def index(members: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Index, rotated loadings and shares, without any code of the simulator or of numerics."""
    items = members[list(ITEM_NAMES)].copy()
    items[list(REVERSED_ITEMS)] *= -1
    z = ((items - items.mean()) / items.std()).to_numpy()
    values, vectors = np.linalg.eigh(np.corrcoef(z.T))
    kept = values > 1
    loadings = kaisers_varimax(vectors[:, kept] * np.sqrt(values[kept]))
    loadings *= np.sign(loadings.sum(axis=0))
    shares = np.square(loadings).sum(axis=0) / len(values)
    scores = z @ np.linalg.solve(np.corrcoef(z.T), loadings)
    return 100 * scores @ shares, loadings, shares


def test_group_means_and_spreads(index: tuple, members: pd.DataFrame) -> None:
    points, host = index[0], members["host_insurance"].to_numpy() == 1
    assert points.mean() == pytest.approx(0, abs=1e-8)
    assert points[host].mean() == pytest.approx(6.471, rel=0.01)
    assert points[~host].mean() == pytest.approx(-1.438, rel=0.01)
    assert points[host].std(ddof=1) == pytest.approx(34.383, rel=0.01)
    assert points[~host].std(ddof=1) == pytest.approx(32.795, rel=0.01)
    assert points.std(ddof=1) == pytest.approx(33.224, rel=0.01)
    test = stats.f_oneway(points[host], points[~host])
    assert test.statistic == pytest.approx(28.3, rel=0.02)


def test_participation_is_the_largest_of_four_factors(index: tuple) -> None:
    _, loadings, shares = index
    assert len(shares) == 4
    first = int(np.argmax(shares))
    assert shares[first] / shares.sum() == pytest.approx(0.4542, rel=0.01)
    assert 0.51 < shares.sum() < 0.64
    largest = [name for name, row in zip(ITEM_NAMES, loadings, strict=True) if np.argmax(row) == first]
    assert largest == [name for name in ITEM_NAMES if name < "Q503" and name not in ("Q501C", "Q501D")]


def test_metadata_states_the_raw_difference(
    index: tuple, members: pd.DataFrame, full: SimulatedSurvey
) -> None:
    points, host = index[0], members["host_insurance"].to_numpy() == 1
    stated = full.metadata["effect"]
    assert stated["raw_difference"] == pytest.approx(points[host].mean() - points[~host].mean(), abs=1e-2)
    assert stated["realised"] == pytest.approx(DEFAULT_EFFECT, rel=0.1)


def test_default_seed_is_as_near_as_the_calibration_asks() -> None:
    sample = cohort(streams(DEFAULT_SEED).cohort, 3333, 606, DEFAULT_EFFECT, CALIBRATED)
    assert figures(sample).near(PUBLISHED, NEAR)
    assert not figures(sample).near(PUBLISHED, NEAR / 1000)


def test_constants_stay_where_calibration_left_them() -> None:
    again = calibrate(CALIBRATED, persons=150_000, steps=1)
    for kind, value in CALIBRATED.loadings.items():
        assert again.loadings[kind] == pytest.approx(value, rel=0.01)
    assert again.shift_per_point == pytest.approx(CALIBRATED.shift_per_point, rel=0.05)
    assert again.confounding == pytest.approx(CALIBRATED.confounding, rel=0.2)
    assert again.centre == pytest.approx(CALIBRATED.centre, abs=0.01)
