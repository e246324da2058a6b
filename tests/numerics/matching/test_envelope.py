from itertools import combinations, product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import erm_bridge as eb
from erm_bridge.numerics.matching import Caliper, Problem
from erm_bridge.numerics.matching.envelope import tie_envelope

LALONDE = Path(__file__).parents[3] / "studies" / "lalonde" / "lalonde.csv"


def every_choice(problem: Problem, outcome: np.ndarray) -> list[float]:
    """Effects of all combinations of choices, each unit's among sets of equally near partners."""
    options = []
    for unit in np.flatnonzero(problem.focal):
        there = [
            c
            for c in np.flatnonzero(~problem.focal)
            if problem.strata[c] == problem.strata[unit]
            and abs(problem.scores[c] - problem.scores[unit]) <= problem.distance_caliper
        ]
        apart = {c: abs(problem.scores[c] - problem.scores[unit]) for c in there}
        count = min(problem.ratio, len(there))
        if not count:
            continue
        last = sorted(apart.values())[count - 1]
        sure = [c for c in there if apart[c] < last]
        tied = [c for c in there if apart[c] == last]
        sets = [sure + list(chosen) for chosen in combinations(tied, count - len(sure))]
        options.append([outcome[unit] - np.mean(outcome[one]) for one in sets])
    sign = -1 if problem.estimand == "ATC" else 1
    return [sign * float(np.mean(chosen)) for chosen in product(*options)]


@pytest.mark.parametrize("estimand", ["ATT", "ATC"])
@pytest.mark.parametrize("ratio", [1, 2, 3])
@pytest.mark.parametrize("seed", range(6))
def test_bounds_are_those_of_all_choices(seed: int, ratio: int, estimand: str):
    rng = np.random.default_rng(seed)
    treated = rng.permutation(12) < (4 if estimand == "ATT" else 8)
    problem = Problem(
        treated,
        rng.integers(0, 6, 12) / 4,
        estimand=estimand,
        ratio=ratio,
        replace=True,
        strata=rng.integers(0, 2, 12),
        calipers=(Caliper(0.5),),
    )
    outcome = rng.normal(size=12)
    effects = every_choice(problem, outcome)
    found = tie_envelope(problem, outcome)
    expected = (min(effects), max(effects), np.mean(effects))
    np.testing.assert_allclose((found.low, found.high, found.mean), expected, atol=1e-12)


@pytest.mark.parametrize(
    ("ratio", "caliper", "low", "high"),
    [(1, None, 1668.7, 2264.3), (4, None, 1215.2, 1340.1), (4, 0.02, 1500.8, 1628.5)],
)
def test_lalonde(ratio: int, caliper: float | None, low: float, high: float, monkeypatch):
    frame = pd.read_csv(LALONDE)
    frame["race"] = frame["race"].astype("category")
    covariates = ["age", "educ", "race", "married", "nodegree", "re74", "re75"]
    scores = eb.match(frame, treatment="treat", covariates=covariates).distance.to_numpy()
    problem = Problem(
        frame["treat"].to_numpy() == 1,
        scores,
        ratio=ratio,
        replace=True,
        calipers=() if caliper is None else (Caliper(caliper),),
    )
    found = tie_envelope(problem, frame["re78"].to_numpy(float))
    assert (round(found.low, 1), round(found.high, 1)) == (low, high)
    assert found.low < found.mean < found.high
    monkeypatch.setattr("erm_bridge.numerics.matching.envelope.BLOCK_PAIRS", 7)
    assert tie_envelope(problem, frame["re78"].to_numpy(float)).mean == pytest.approx(found.mean, rel=1e-12)
