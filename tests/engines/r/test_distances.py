"""Distances of R: equal to those of Python to the last digit that is matched on."""

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist

from erm_bridge.engines.python.matches.distance import measure
from erm_bridge.engines.python.matching import match as python_match
from erm_bridge.engines.r.matching import match
from erm_bridge.numerics.links import LINKS
from erm_bridge.study.models import Matching

pytestmark = pytest.mark.r

N = 120


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """Whole numbers and two categories, so that many units are equally far apart."""
    rng = np.random.default_rng(12)
    x, y = rng.integers(0, 5, N).astype(float), rng.integers(0, 4, N).astype(float)
    treated = (rng.random(N) < 1 / (1 + np.exp(2.5 - 0.5 * x))).astype(float)
    frame = pd.DataFrame({"t": treated, "x": x, "y": y, "w": rng.uniform(0.5, 2, N)})
    frame["g"] = pd.Categorical(rng.choice(["a", "b", "c"], N))
    frame["h"] = pd.Categorical(rng.choice(["u", "v"], N))
    return frame


def options(**changes) -> Matching:
    given = {
        "treatment": {"column": "t"},
        "covariates": ("x", "y", "g", "h"),
        "replace": True,
        "order": "data",
    }
    return Matching.model_validate(given | changes)


@pytest.mark.parametrize("link", LINKS)
def test_scores_are_equal_to_the_last_digit(frame, link):
    asked = options(
        distance={"link": link, "linear": link == "probit"},
        survey_weights="w",
        discard="both",
        reestimate=True,
    )
    found, expected = match(frame, asked), measure(frame, asked, None, frame["t"].to_numpy() == 1)
    np.testing.assert_array_equal(found.distance, expected.scores)
    np.testing.assert_array_equal(found.discarded, ~expected.usable)
    np.testing.assert_array_equal(found.survey_weights, frame["w"])
    np.testing.assert_allclose(found.score_coefficients, expected.coefficients, rtol=1e-9)


@pytest.mark.parametrize("method", ["mahalanobis", "robust_mahalanobis", "scaled_euclidean", "euclidean"])
def test_partners_are_the_nearest_by_the_coordinates_of_python(frame, method):
    # Exactly the nearest: coordinates that differed in their last digits would break ties in another way.
    asked = options(distance={"method": method}, survey_weights="w")
    found = match(frame, asked)
    treated = frame["t"].to_numpy() == 1
    placed = measure(frame, asked, None, treated).coordinates
    distances = cdist(placed[treated], placed[~treated])
    taken = distances[np.arange(treated.sum()), (np.cumsum(~treated) - 1)[found.positions[:, 0]]]
    np.testing.assert_array_equal(taken, distances.min(axis=1))
    assert found.distance is None
    assert found.score_coefficients is None
    assert "(distance)" not in found.balance.index


def test_a_matrix_is_matched_on(frame):
    treated = frame["t"].to_numpy() == 1
    rng = np.random.default_rng(1)
    matrix = rng.random((treated.sum(), (~treated).sum()))
    found = match(frame, options(), scores=matrix)
    np.testing.assert_array_equal(found.positions[:, 0], np.flatnonzero(~treated)[matrix.argmin(axis=1)])


def test_the_hull_is_that_of_python(frame):
    asked = options(distance={"method": "mahalanobis"}, covariates=("x", "y", "w"), discard="hull_treated")
    found, expected = match(frame, asked), measure(frame, asked, None, frame["t"].to_numpy() == 1)
    np.testing.assert_array_equal(found.discarded, ~expected.usable)
    assert found.discarded.sum() > 0


FREE = {"replace": False, "discard": "both", "reestimate": True, "order": "largest"}
PAIRS = [
    {"distance": {"method": "mahalanobis"}},
    {"distance": {"method": "robust_mahalanobis"}, "replace": False, "ratio": 2},
    {"distance": {"method": "scaled_euclidean"}, "replace": False, "survey_weights": "w"},
    {"distance": {"method": "euclidean"}, "discard": "hull_both", "replace": False},
    {"distance": {"link": "probit"}, **FREE},
    {"distance": {"link": "cauchit", "linear": True}, "caliper": {"value": 0.3, "unit": "sd"}, **FREE},
]


@pytest.mark.parametrize("changes", PAIRS)
def test_pairs_and_weights_are_those_of_python(frame, changes):
    asked = options(**changes)
    found, expected = match(frame, asked), python_match(frame, asked)
    pd.testing.assert_frame_equal(found.match_matrix, expected.match_matrix, check_dtype=False)
    np.testing.assert_allclose(found.weights, expected.weights, rtol=1e-12)
    pd.testing.assert_frame_equal(found.balance, expected.balance, rtol=1e-9, atol=1e-9)
    pd.testing.assert_frame_equal(found.sizes, expected.sizes)
