import numpy as np
import pytest

from erm_bridge.errors import EngineError
from erm_bridge.numerics.matching import METHODS, Caliper, Pairing, Problem
from erm_bridge.numerics.matching.properties import check_match
from erm_bridge.numerics.matching.weights import matching_weights

SCORES = np.array([0.5, 0.9, 0.45, 0.6, 0.95, 0.1])
TREATED = np.array([True, True, False, False, False, False])


def check(matches, replace=True, ratio=2, caliper=None, weights=None, engine="some engine 1.0", **options):
    matches = np.array(matches)
    weights = matching_weights(matches, TREATED) if weights is None else weights
    calipers = () if caliper is None else (Caliper(caliper),)
    options = {"calipers": calipers, **options}
    problem = Problem(TREATED, SCORES, ratio=ratio, replace=replace, **options)
    check_match(problem, Pairing(weights, matches), engine)


@pytest.mark.parametrize("replace", [True, False])
@pytest.mark.parametrize("seed", range(10))
def test_every_native_match_passes(seed: int, replace: bool):
    rng = np.random.default_rng(seed)
    scores = np.round(rng.random(150), [15, 1, 2][seed % 3])
    treated = rng.random(150) < [0.2, 0.7][seed % 2]
    for ratio, calipers in ((1, ()), (4, (Caliper(0.1),)), (3, (Caliper(0.001),))):
        problem = Problem(treated, scores, ratio=ratio, replace=replace, calipers=calipers)
        check_match(problem, METHODS["nearest"](problem), "python")


def test_right_matches_pass():
    check([[2, 3], [4, 3]])
    check([[2, 3], [4, 5]], replace=False)
    check([[2, -1], [4, -1]], caliper=0.06)


@pytest.mark.parametrize(
    ("matches", "options", "what"),
    [
        ([[2, 2], [4, 3]], {}, "row 1 has the same partner twice"),
        ([[2, 3], [4, 0]], {}, "row 2 is matched with a unit of its own group"),
        ([[2, 9], [4, 3]], {}, "row 1 is matched with a row that does not exist"),
        ([[2, 5], [4, 3]], {}, "row 1 does not have the nearest partners"),
        ([[2, 3], [4, -1]], {}, "row 2 does not have the nearest partners"),
        ([[2, 3], [4, -1]], {"caliper": 0.06}, "row 1 has a match beyond the caliper 0.06"),
        ([[2, 3], [4, 3]], {"replace": False}, "row 1 shares a partner with another unit"),
        ([[2, 3], [4, -1]], {"replace": False}, "row 2 does not have the nearest partners"),
        ([[4, 3], [4, 3]], {"replace": False, "reuse_max": 2}, "row 1 does not have the nearest partners"),
        ([[2, 3], [4, 3]], {"strata": np.arange(6) % 3}, "row 1 is matched with a row of another stratum"),
        ([[3, -1], [4, -1]], {"strata": np.zeros(6), "ratio": 2, "caliper": 0.06}, "beyond the caliper"),
        ([[3, -1], [4, -1]], {"strata": np.zeros(6), "caliper": 0.11}, "row 1 does not have the nearest"),
        (
            [[2, 3], [4, 3]],
            {"apart": np.array([[1, 0, 2, 1, 5, 5]]).T},
            "row 1 has a match that a caliper or",
        ),
        ([[2, 3], [4, 3]], {"usable": np.arange(6) != 3}, "row 1 is matched with a row that was discarded"),
        ([[2, 3], [4, 3]], {"usable": np.arange(6) != 1}, "row 2 is matched although it was discarded"),
        ([[2, 3], [4, 3]], {"caliper": -0.07}, "row 1 has a match nearer than 0.07"),
        ([[5, 3], [2, -1]], {"calipers": (Caliper(-0.07),)}, "row 2 does not have the nearest partners"),
        (
            [[2, 3], [4, 5]],
            {"replace": False, "units": np.array([0, 1, 2, 3, 4, 2])},
            "row 1 shares a partner",
        ),
        ([[2, 3], [4, 3]], {"max_controls": 4, "ratio": 3, "min_controls": 1}, "the matches are"),
        ([[2, 3]], {}, r"the matches are \(1, 2\), must be \(2, 2\)"),
    ],
)
def test_a_broken_promise_is_named_with_the_engine(matches, options, what):
    weights = np.ones(6) if matches in ([[2, 9], [4, 3]], [[2, 3]]) else None
    with pytest.raises(EngineError, match=f"^some engine 1.0: .*{what}"):
        check(matches, weights=weights, **options)


def test_weights_must_follow_from_the_pairs():
    weights = matching_weights(np.array([[2, 3], [4, 3]]), TREATED)
    weights[3] += 1e-6
    with pytest.raises(EngineError, match="the weight of row 4 is"):
        check([[2, 3], [4, 3]], weights=weights)
