import numpy as np
import pytest

from erm_bridge.errors import EngineError
from erm_bridge.numerics.matching.nearest import nearest
from erm_bridge.numerics.matching.properties import check_match
from erm_bridge.numerics.matching.weights import matching_weights

SCORES = np.array([0.5, 0.9, 0.45, 0.6, 0.95, 0.1])
TREATED = np.array([True, True, False, False, False, False])


def check(matches, replace=True, ratio=2, caliper=None, weights=None, engine="some engine 1.0"):
    matches = np.array(matches)
    weights = matching_weights(matches, TREATED) if weights is None else weights
    check_match(
        SCORES, TREATED, matches, weights, ratio=ratio, replace=replace, caliper=caliper, engine=engine
    )


@pytest.mark.parametrize("replace", [True, False])
@pytest.mark.parametrize("seed", range(10))
def test_every_native_match_passes(seed: int, replace: bool):
    rng = np.random.default_rng(seed)
    scores = np.round(rng.random(150), [15, 1, 2][seed % 3])
    treated = rng.random(150) < [0.2, 0.7][seed % 2]
    for ratio, caliper in ((1, None), (4, 0.1), (3, 0.001)):
        matches = nearest(scores, treated, ratio, replace, caliper=caliper)
        check_match(
            scores,
            treated,
            matches,
            matching_weights(matches, treated),
            ratio=ratio,
            replace=replace,
            caliper=caliper,
            engine="python",
        )


def test_right_matches_pass():
    check([[2, 3], [4, 3]])
    check([[2, 3], [4, 5]], replace=False)
    check([[2, -1], [4, -1]], caliper=0.06)


@pytest.mark.parametrize(
    ("matches", "options", "what"),
    [
        ([[2, 2], [4, 3]], {}, "row 1 has the same control twice"),
        ([[2, 3], [4, 0]], {}, "row 2 is matched with a treated unit"),
        ([[2, 9], [4, 3]], {}, "row 1 is matched with a row that does not exist"),
        ([[2, 5], [4, 3]], {}, "row 1 does not have the nearest controls"),
        ([[2, 3], [4, -1]], {}, "row 2 does not have the nearest controls"),
        ([[2, 3], [4, -1]], {"caliper": 0.06}, "row 1 has a match beyond the caliper 0.06"),
        ([[2, 3], [4, 3]], {"replace": False}, "row 1 shares a control with another treated unit"),
        ([[2, 3], [4, -1]], {"replace": False}, "row 2 lacks a match although a control was free"),
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
